--[[
Keeps weights that are drawn by lot, from the start: the control that every other choice
of as many weights must beat.
]]
local core = require "modsync.core"

return {
  name = "random",
  summary = "keeps weights drawn by lot, a control",
  paper = "none",
  defaults = { schedule = "one-shot", start = 0 },
  score = function(context)
    return context.random("scores"):uniform(core.zeros(context.model:count()))
  end,
}
