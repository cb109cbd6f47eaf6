--[[
Any network written as a function of expressions:

  ms.model { inputs = p.coords, outputs = p.fields,
    params = { { "W1", 2, 50 }, { "b1", 1, 50, init = 0 },
               { "W2", 50, 1 }, { "b2", 1, 1, init = 0 } },
    forward = function(x, p, s)
      return ms.linear(ms.tanh(ms.linear(x, p.W1, p.b1)), p.W2, p.b2)
    end }

params is a list of { name, rows, cols, init =, role =, hidden = }: init is a number or
the name of an initialiser (the option init by default); role is "bias" where init is a
number, else "weight"; hidden = true is what pruning may touch. forward gets the input
stage x [n, columns], the parameters p and the coordinates s, is called once a graph, and
returns one symbol with a column for every field, or a table field -> symbol.

A checkpoint keeps the parameters but no function: ms.load(path, { net = { forward = f }
}), or a file of its own in lua/modsync/models/.
]]
local check_keys = require "modsync.check_keys"
local kind = require "modsync.kind"
local misuse = require "modsync.misuse"

local known = { "name", "rows", "cols", "init", "role", "hidden", 1, 2, 3 }

local function check_part(given, i)
  local place = ("traced: params[%d]"):format(i)
  local name = type(given) == "table" and (given.name or given[1])
  if type(name) ~= "string" then
    misuse("%s must be { name, rows, cols }, not %s", place, kind.show(given))
  end
  check_keys(given, known, place)
  local rows = kind.whole(given.rows or given[2], 1)
  local cols = kind.whole(given.cols or given[3], 1)
  if not rows or not cols then
    misuse("%s (%s): rows and columns must be positive whole numbers", place, name)
  end
  if given.init ~= nil and type(given.init) ~= "number" and
    type(given.init) ~= "string" then
    misuse("%s (%s): init must be a number or the name of an initialiser, not %s", place,
      name, kind.show(given.init))
  end
  local role = given.role or (type(given.init) == "number" and "bias" or "weight")
  return { name = name, rows = rows, cols = cols, init = given.init, role = role,
    hidden = given.hidden and true or nil }
end

local function prepare(o)
  if o.params == nil or #o.params == 0 then
    misuse "traced: params must be a list of { name, rows, cols }"
  end
  local params = {}
  for i, part in ipairs(o.params) do params[i] = check_part(part, i) end
  o.params = params
end

local function layout(o, parts)
  if type(o.forward) ~= "function" then
    misuse("traced: forward must be a function (x, p, s), not %s: a checkpoint does " ..
      "not hold it", kind.show(o.forward))
  end
  for _, part in ipairs(o.params) do
    parts:add(part.name, part.rows, part.cols, part.role,
      { start = part.init or (part.role == "weight" and o.init or 0),
        hidden = part.hidden })
  end
end

return {
  name = "traced",
  summary = "a network written as a function of expressions",
  paper = "none",
  options = {
    { name = "params", type = "table",
      text = "the parameters, { name, rows, cols } each" },
    { name = "forward", type = "function", text = "function (x, p, s) -> outputs" },
  },
  prepare = prepare, layout = layout,
  fields = function(o, x, p, s) return o.forward(x, p, s) end,
}
