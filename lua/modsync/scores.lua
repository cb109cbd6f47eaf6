--[[
Scores of pruning methods by name: how strongly every connection is pulled, or how soon it
is dropped (modsync-m). The table is open,

  ms.scores.second = function(importance, model, state) return importance:row(2) end
  local sync = ms.prune.modsync { score = "second" }

and a function may also stand for its name. It is called at the end of every round, with
the importances of the connections for the tasks, a tensor T x S, and returns S numbers,
0 or more. The S connections are those of model:hidden_blocks() (with include = "all" of
every weight matrix), block after block, each row by row. In state the function may keep
named tensors, numbers, strings and booleans: a checkpoint stores them. It finds a
function by its name alone.
]]

--- Scores of pruning methods by name; add your own functions to the table.
---@class modsync.scores
local M = {}

--- How strongly every connection is pulled, S numbers, from its importances, T x S.
---@alias modsync.score
---| fun(importance: modsync.tensor, model: modsync.model, state: table): modsync.tensor

return M
