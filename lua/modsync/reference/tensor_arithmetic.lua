-- src/luabind/tensor_arithmetic.c

local methods = {}

local function add(name, signature, text, example)
  methods[#methods + 1] = { name, signature, text, example }
end

-- A method in new memory, and the one that works in the memory of the tensor.
local function both(name, formula, text, other)
  local signature = "(other: number|tensor): tensor"
  add(name, signature, formula .. text .. ".", ("t:%s(%s)"):format(name, other))
  add(name .. "_", signature, ("t = %s in place; returns t."):format(formula),
    ("t:%s_(%s)"):format(name, other))
end

both("add", "t + other", ", with broadcasting", "1")
both("sub", "t - other", ", with broadcasting", "t")
both("mul", "t * other", ", element by element, with broadcasting", "2")
both("div", "t / other", ", with broadcasting", "2")
both("pow", "t ^ other", ", with broadcasting", "2")
both("mod", "t % other", ", with the sign of the divisor, as of numbers", "2")
both("idiv", "t // other", ", rounded down", "2")
both("maximum", "the larger of t and other", "; NaN where one is", "2")
both("minimum", "the smaller of t and other", "; NaN where one is", "2")
both("atan2", "the angle of the point (other, t)", "", "1")
both("eq", "t == other, 1 or 0", ", element by element", "2")
both("ne", "t ~= other, 1 or 0", ", element by element", "2")
both("lt", "t < other, 1 or 0", ", element by element", "2")
both("le", "t <= other, 1 or 0", ", element by element", "2")
both("gt", "t > other, 1 or 0", ", element by element", "2")
both("ge", "t >= other, 1 or 0", ", element by element", "2")
both("logical_and", "t & other", ": 1 where neither is 0, else 0", "t:gt(1)")
both("logical_or", "t | other", ": 1 where one is not 0, else 0", "t:gt(1)")
both("logical_xor", "t ~ other", ": 1 where one of the two is 0, else 0", "t:gt(1)")

add("clamp", "(low?: number|tensor, high?: number|tensor): tensor",
  "The elements, but at least 'low' and at most 'high'; NaN where one is. A plain "
    .. "number as a limit is not NaN.", "t:clamp(2, 4)")
add("clamp_", "(low?: number|tensor, high?: number|tensor): tensor",
  "The same in place; returns t.", "t:clamp_(2, 4)")
add("allclose", "(other: number|tensor, relative?: number, absolute?: number, "
  .. "nan_equal?: boolean): boolean",
  "Whether every |t - other| is at most absolute (1e-8) + relative (1e-5) |other|, with "
    .. "broadcasting; infinities are close to themselves, NaN to NaN if 'nan_equal'. "
    .. "Tolerances are finite.",
  "t:allclose(t + 1e-9)")
add("axpy_", "(a: number, x: number|tensor): tensor",
  "t = t + a x in place, without a tensor in between; returns t.", "t:axpy_(0.5, t)")
add("copy_", "(other: number|tensor): tensor",
  "Takes the elements of another tensor, broadcast; returns t.", "t:copy_(0)")

return methods
