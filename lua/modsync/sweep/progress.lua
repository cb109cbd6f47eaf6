--[[
How far a sweep is, and the time left: what the cells that are left are expected to take,
each as the ended cells most like it did. On a terminal one line, redrawn; elsewhere a
line for each cell that ends.
]]
local core = require "modsync.core"
local clock = require "modsync.report".clock
local kind = require "modsync.kind"
local misuse = require "modsync.misuse"

---@class modsync.sweep_progress
local Progress = {}
Progress.__index = Progress

local REDRAW_SECONDS = 0.25

--- The fields of a cell in short: "conflict=dcgd problem=burgers seed=1".
---@param fields table<string, any>
---@return string
function Progress.label(fields)
  local parts = {}
  for name, value in pairs(fields) do
    parts[#parts + 1] = name .. "=" .. (type(value) == "table" and "{...}"
      or tostring(value))
  end
  table.sort(parts)
  return table.concat(parts, " ")
end

--- mode: "live", "plain", "quiet" or false; live on a terminal, else plain.
---@param cells { fields: table<string, any> }[]  all of them
---@param jobs integer
---@param mode string|false|nil
---@return modsync.sweep_progress
function Progress.new(cells, jobs, mode)
  if mode == nil then mode = core.isatty(io.stderr) and "live" or "plain" end
  if mode == false then mode = "quiet" end
  if mode ~= "live" and mode ~= "plain" and mode ~= "quiet" then
    misuse("a report is \"live\", \"plain\" or \"quiet\", not %s", kind.show(mode))
  end
  local self = setmetatable({ cells = cells, jobs = jobs, mode = mode, ended = {},
    running = {}, kinds = {}, kind_of = {}, done = 0, broken = 0, drawn_at = -math.huge },
    Progress)
  for i, cell in ipairs(cells) do
    local fields = {}
    for name, value in pairs(cell.fields) do fields[name] = value end
    fields.seed = nil
    local label = Progress.label(fields)
    self.kinds[label] = self.kinds[label] or { fields = fields, sum = 0, count = 0 }
    self.kind_of[i] = self.kinds[label]
  end
  return self
end

--- A cell that has ended, now or in an earlier sweep. message: why it is broken.
---@param i integer
---@param seconds number?
---@param message string?
function Progress:count(i, seconds, message)
  self.ended[i], self.running[i] = true, nil
  self.done = self.done + 1
  if seconds then
    local mine = self.kind_of[i]
    mine.sum, mine.count = mine.sum + seconds, mine.count + 1
    for _, each in pairs(self.kinds) do each.expected = nil end
  end
  if message then self.broken = self.broken + 1 end
end

--- How many fields two kinds of cells share.
local function likeness(a, b)
  local same = 0
  for name, value in pairs(a) do
    if b[name] == value then same = same + 1 end
  end
  return same
end

--- Seconds that a cell will take: the mean of the ended cells most like it; nil while
--- none has ended.
local function expected(self, i)
  local mine = self.kind_of[i]
  if mine.expected then return mine.expected end
  local best, sum, count = -1, 0, 0
  for _, other in pairs(self.kinds) do
    local like = other.count > 0 and likeness(mine.fields, other.fields) or -1
    if like > best then best, sum, count = like, 0, 0 end
    if like == best and like >= 0 then
      sum, count = sum + other.sum, count + other.count
    end
  end
  mine.expected = count > 0 and sum / count or nil
  return mine.expected
end

--- Seconds that a running cell will take by its own pace, once that says something.
local function by_pace(running)
  if not running or running.share < 0.02 then return nil end
  return (core.time() - running.since) / running.share
end

--- Mean pace of what runs, for cells of which nothing is known.
local function mean_pace(self)
  local sum, count = 0, 0
  for _, running in pairs(self.running) do
    local seconds = by_pace(running)
    if seconds then sum, count = sum + seconds, count + 1 end
  end
  return count > 0 and sum / count or nil
end

--- Seconds until the end; nil while nothing is known.
---@return number?
function Progress:left()
  local total, otherwise = 0, mean_pace(self)
  for i in ipairs(self.cells) do
    if not self.ended[i] then
      local running = self.running[i]
      local seconds = by_pace(running) or expected(self, i) or otherwise
      if not seconds then return nil end
      total = total + seconds * (1 - (running and running.share or 0))
    end
  end
  return total / math.max(1, math.min(self.jobs, #self.cells - self.done))
end

local function line(self)
  local running = 0
  for _ in pairs(self.running) do running = running + 1 end
  local left = self:left()
  return table.concat({
    ("%d/%d"):format(self.done, #self.cells),
    ("%3.0f%%"):format(100 * self.done / #self.cells),
    ("%d running"):format(running),
    (left and clock(left) or "?") .. " left",
    self.broken > 0 and ("%d broken"):format(self.broken) or nil,
  }, "  ")
end

---@private
function Progress:draw(now)
  if self.mode ~= "live" then return end
  if not now and core.time() - self.drawn_at < REDRAW_SECONDS then return end
  self.drawn_at = core.time()
  -- no line wrap: a line wider than the window would not be redrawn in place
  io.stderr:write("\r\27[?7l", line(self), "\27[K\27[?7h")
  io.stderr:flush()
  self.drawn = true
end

--- A line of its own, above the one that is redrawn.
---@param text string
function Progress:say(text)
  if self.mode == "quiet" then return end
  io.stderr:write(self.drawn and "\r\27[K" or "", text, "\n")
  self.drawn = false
end

--- What a process said: see pool.lua.
---@param what string
---@param i integer?  the number of the cell
---@param value number?
function Progress:hear(what, i, value)
  if what == "start" then
    self.running[i] = { since = core.time(), share = 0 }
  elseif what == "at" and self.running[i] then
    self.running[i].share = value
  elseif what == "end" then
    self.running[i] = nil
  end
  self:draw()
end

--- A cell has just ended.
---@param i integer
---@param seconds number?
---@param message string?  why it is broken
function Progress:finish(i, seconds, message)
  self:count(i, seconds, message)
  local label = Progress.label(self.cells[i].fields)
  if message then
    self:say(("%s: broken: %s"):format(label, message:match "^[^\n]*"))
  elseif self.mode == "plain" then
    local left = self:left()
    self:say(("%d/%d  %s: %s, %s left"):format(self.done, #self.cells, label,
      clock(seconds or 0), left and clock(left) or "?"))
  end
  self:draw()
end

--- The line that is redrawn has its end.
function Progress:close()
  self:draw(true)
  if self.drawn then io.stderr:write "\n" end
  self.drawn = false
end

return Progress
