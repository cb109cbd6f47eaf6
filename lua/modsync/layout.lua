--[[
The parts of a parameter vector: names, places, and what they are at the start. A part is
{ name, offset (from 0), rows, cols, role, hidden }, in order and without gaps. A tied
part is another name of an earlier one.
]]
local colon = require "modsync.colon"
local initialisers = require "modsync.initialisers"
local kind = require "modsync.kind"
local misuse = require "modsync.misuse"

--- The parts of a parameter vector, in the order they are added.
---@class modsync.layout
---@field parts modsync.model_part[]
---@field count integer  parameters so far
local Layout = {}
Layout.__index = Layout
Layout.__name = "modsync.layout"

function Layout:__tostring()
  return ("layout: %d parts, %d parameters"):format(#self.parts, self.count)
end

--- require "modsync.layout": layouts of parameter vectors.
---@class modsync.layouts
local M = {}

--- An empty layout.
---@param init string|function  initialiser of weights that say nothing else
---@param tie table<string, string>?  parts that are an earlier part
---@return modsync.layout
function M.new(init, tie)
  return setmetatable({ parts = {}, starts = {}, named = {}, count = 0, init = init,
    tie = tie or {} }, Layout)
end

--- Is there a part of this name?
---@param name string
---@return boolean
function Layout:has(name)
  return self.named[name] ~= nil
end

--- An initialiser fills W: what it returns, unless that is W, would be lost.
local function filling(start, what)
  return function(rng, W, ...)
    local returned = start(rng, W, ...)
    if returned ~= nil and not rawequal(returned, W) then
      misuse("%s must fill the tensor that it is given, such as by W:fill_(0.1), and " ..
        "return nothing, not %s", what, kind.show(returned))
    end
  end
end

--- An initialiser by name, or the function itself.
---@param start string|function
---@return function
function Layout.initialiser(start)
  if type(start) == "function" then return filling(start, "the start of a part") end
  local named = initialisers[start]
    or misuse("there is no initialiser %s", kind.show(start))
  return filling(named, ("the initialiser '%s'"):format(start))
end

M.initialiser = Layout.initialiser

local function tied(self, name, rows, cols)
  local other = self.named[self.tie[name]]
  if not other then
    misuse("tie: %s cannot be %s, which is no earlier part", name, self.tie[name])
  end
  if other.rows ~= rows or other.cols ~= cols then
    misuse("tie: %s is %d x %d and cannot be %s, which is %d x %d", name, rows, cols,
      other.name, other.rows, other.cols)
  end
  self.named[name] = other
  return other
end

--- A complaint about what is no part.
local function check_part(name, rows, cols, role)
  local function bad(what, value)
    misuse("layout:add(name, rows, cols, role): %s, not %s", what, kind.show(value))
  end
  local function check_size(what, size)
    if kind.whole(size, 1) then return end
    bad(("%s of %s must be a whole number, 1 or more"):format(what, name), size)
  end
  if type(name) ~= "string" then bad("the name must be a string", name) end
  check_size("rows", rows)
  check_size("cols", cols)
  if type(role) == "string" then return end
  bad(("the role of %s must be a word"):format(name), role)
end

--[[
Adds a part. role: "weight", "bias", or a word of the architecture's own ("scale",
"slope" ...). more.hidden: hidden-to-hidden, what pruning may touch. more.start: what the
part is at the start, a number, the name of an initialiser or a function (rng, tensor,
rows, cols, views) that fills it; without it weights follow 'init', all else is zero.
]]
---@param name string
---@param rows integer
---@param cols integer
---@param role string
---@param more { hidden?: boolean, start?: number|string|function }?
---@return modsync.model_part
function Layout:add(name, rows, cols, role, more)
  more = more or {}
  check_part(name, rows, cols, role)
  if self.tie[name] then return tied(self, name, rows, cols) end
  if self.named[name] then misuse("two parts of the model are called %s", name) end
  local start = more.start or (role == "weight" and self.init or 0)
  if type(start) ~= "number" then start = self.initialiser(start) end
  local part = { name = name, offset = self.count, rows = rows, cols = cols, role = role,
    hidden = more.hidden or nil }
  self.parts[#self.parts + 1] = part
  self.starts[#self.parts] = start
  self.named[name] = part
  self.count = self.count + rows * cols
  return part
end

--[[
The same layout for a part of a model: names are prefixed, "u." .. name. M.within is the
matching view of parameters.
]]
---@param prefix string
---@return table
function Layout:within(prefix)
  local inner = { initialiser = self.initialiser }
  function inner.has(_, name) return self:has(prefix .. name) end
  function inner.add(_, name, rows, cols, role, more)
    local copy = {}
    for key, value in pairs(more or {}) do copy[key] = value end
    local start = copy.start
    if type(start) == "function" then
      copy.start = function(rng, part, fan_in, fan_out, views)
        start(rng, part, fan_in, fan_out, M.within(views, prefix))
      end
    end
    return self:add(prefix .. name, rows, cols, role, copy)
  end
  return inner
end

--- What stands under a prefix in a table by name; what watches the hidden layers, at [1],
--- is told their names with the prefix.
---@param named table<string, any>
---@param prefix string
---@return table<string, any>
function M.within(named, prefix)
  local watch = rawget(named, 1)
  local function watch_within(name, units) return watch(prefix .. name, units) end
  return setmetatable({ watch and watch_within or nil }, {
    __index = function(_, name) return named[prefix .. name] end,
  })
end

--- Fills the views of all parts.
---@param rng modsync.rng
---@param views table<string, modsync.tensor>
function Layout:fill(rng, views)
  for i, part in ipairs(self.parts) do
    local start = self.starts[i]
    if type(start) == "number" then
      views[part.name]:fill_(start)
    else
      start(rng, views[part.name], part.rows, part.cols, views)
    end
  end
end

--- Every part as a tensor [rows, cols] that shares the memory of theta, by name.
---@param theta modsync.tensor
---@return table<string, modsync.tensor>
function Layout:views(theta)
  local views = {}
  for name, part in pairs(self.named) do
    views[name] = theta:narrow(1, part.offset + 1, part.rows * part.cols)
      :reshape(part.rows, part.cols)
  end
  return views
end

colon.guard(Layout, "layout")

return M
