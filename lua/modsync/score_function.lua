--[[
The option 'score' of a method in C that is a function in Lua, or the name of one: see
scores.lua. The object keeps the function as 'scorer' and its state in 'memory'; the core
goes on as if the option had its default, and its scores are overwritten.
]]
local kind = require "modsync.kind"
local misuse = require "modsync.misuse"
local scores = require "modsync.scores"

local M = {}

--- The option of a method whose scores can be overwritten.
local function choice_of(record)
  local scored = record.events or false
  for _, slot in ipairs(record.slots or {}) do scored = scored or slot.name == "score" end
  for _, option in ipairs(scored and record.options or {}) do
    if option.name == "score" and option.choices then return option end
  end
end

--- The function that the options name, and the options without it.
---@private
function M.take(record, options)
  local wanted = type(options) == "table" and options.score
  local choice = wanted and choice_of(record)
  if not choice then return nil, options end
  for _, known in ipairs(choice.choices) do
    if wanted == known then return nil, options end
  end
  local scorer = type(wanted) == "string" and rawget(scores, wanted) or wanted
  if type(scorer) ~= "function" then
    misuse("option 'score' of '%s' is %s; expected one of %s, a function, or its name " ..
      "in ms.scores", record.name, kind.show(wanted), table.concat(choice.choices, ", "))
  end
  local others = {}
  for name, value in pairs(options) do
    if name ~= "score" then others[name] = value end
  end
  return scorer, others
end

local function place_of(scorer)
  local info = debug.getinfo(scorer, "S")
  return ("%s:%d"):format(info.short_src, info.linedefined)
end

--- What the function returned, checked.
local function call(self, model, state, count)
  local made = self.scorer(state.importance:clone(), model, self.memory)
  local function bad(what)
    misuse("%s: the score function at %s returned %s; expected a tensor of %d finite " ..
      "numbers, 0 or more", self.name, place_of(self.scorer), what, count)
  end
  if kind.of(made) ~= "tensor" then bad(kind.show(made)) end
  if made:size() ~= count then bad(("%d numbers"):format(made:size())) end
  if not made:is_finite() then bad("numbers that are not finite") end
  if made:min() < 0 then bad(("%g among them"):format(made:min())) end
  return made:reshape(count)
end

--- Keep-scores of the scope, for a method with events: what is pulled most goes first.
---@private
function M.keep(self, model)
  local state = self.core:state()
  local made = call(self, model, state, state.mask:size())
  return made:max() - made
end

--- In every block, the sum that the core's own scores have.
local function match(blocks, made, own)
  local at = 0
  for _, block in ipairs(blocks) do
    local n = block.rows * block.cols
    local part = made:narrow(1, at + 1, n)
    local sum = part:sum()
    if sum > 0 then part:mul_(own:narrow(1, at + 1, n):sum() / sum) end
    at = at + n
  end
end

--- At the end of a round: the function's scores in place of the core's.
---@private
function M.write(self, model)
  local own = self.core:scores()
  local made = call(self, model, self.core:state(), own:size())
  if self.chosen.dose == "matched" then
    made = made:clone()
    match(self.blocks, made, own)
  end
  own:copy_(made)
end

return M
