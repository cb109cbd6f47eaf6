-- src/luabind/tensor_functions.c; the elementary functions speak for themselves.
local core = require "modsync.core"

local methods = {}

local function both(name, text)
  methods[#methods + 1] = { name, "(): tensor", text, ("t:%s()"):format(name) }
  methods[#methods + 1] = { name .. "_", "(): tensor",
    ("t = t:%s() in place; returns t."):format(name), ("t:%s_()"):format(name) }
end

for _, op in ipairs(core.ops()) do
  if op.arity == 1 then both(op.name, op.summary:gsub("^%l", string.upper)) end
end
both("floor", "Rounded down to whole numbers.")
both("ceil", "Rounded up to whole numbers.")
both("round", "Rounded to the nearest whole numbers, halves to even ones.")
both("trunc", "Rounded to whole numbers towards 0.")
both("isnan", "1 where an element is NaN, else 0.")
both("isinf", "1 where an element is infinite, else 0.")
both("isfinite", "1 where an element is neither NaN nor infinite, else 0; is_finite asks "
  .. "about all of them.")
both("logical_not", "~t: 1 where an element is 0, else 0.")

return methods
