local check = require "tests.support.check"
local core = require "modsync.core"
local messages = require "tests.support.messages"

local t = core.zeros(3, 4)

-- Every line: a call, and the text that must come after "file:line: ".
local cases = {
  { function() return t * core.zeros(5) end,
    "tensor 'mul': shapes 3x4 and 5 do not broadcast" },
  { function() return core.zeros(5) - t end,
    "tensor 'sub': shapes 5 and 3x4 do not broadcast" },
  { function() return t + {} end,
    "tensor 'add': operand 2 is a table, expected a number or a tensor" },
  { function() return nil / t end,
    "tensor 'div': operand 1 is nil, expected a number or a tensor" },
  { function() return t ^ true end,
    "tensor 'pow': operand 2 is true, expected a number or a tensor" },
  { function() return t * core.rng(1, "x") end,
    "tensor 'mul': operand 2 is a modsync.rng, expected" },
  { function() return t + "x" end,
    "tensor 'add': operand 2 is 'x', expected a number or a tensor" },
  { function() return t:add_(core.zeros(5)) end,
    "tensor 'add_': shape 5 does not broadcast to 3x4" },
  { function() return core.zeros(4):mul_(t) end,
    "tensor 'mul_': shape 3x4 does not broadcast to 4" },
  { function() return t:sub_(nil) end,
    "tensor 'sub_': operand 2 is nil, expected a number or a tensor" },
  { function() return t:copy_(core.zeros(3)) end,
    "tensor 'copy_': shape 3 does not broadcast to 3x4" },
  { function() return t:copy_ {} end, "tensor 'copy_': operand 2 is a table" },
  { function() return t:axpy_(2, core.zeros(3)) end,
    "tensor 'axpy_': shape 3 does not broadcast to 3x4" },
  { function() return t:axpy_(t, t) end,
    "bad argument #1 to 'axpy_' (number expected, got modsync.tensor)" },
  { function() return t:axpy_(2) end,
    "tensor 'axpy_': operand 3 is nothing, expected a number or a tensor" },
  { function() return t:fill_ "x" end,
    "bad argument #1 to 'fill_' (number expected, got string)" },
  { function() return t:dot(core.zeros(4, 3)) end,
    "tensor 'dot': shapes 3x4 and 4x3 differ" },
  { function() return t:dot(3) end,
    "bad argument #1 to 'dot' (expected a tensor, got 3)" },
  { function() return t:matmul(t) end,
    "tensor 'matmul': shapes 3x4 and 3x4 do not multiply" },
  { function() return t:matmul() end,
    "bad argument #1 to 'matmul' (expected a tensor, got nothing)" },
  { function() return t:sum(3) end, "tensor 'sum': axis is 3, expected 1..2 or -2..-1" },
  { function() return t:mean(0) end,
    "tensor 'mean': axis is 0, expected 1..2 or -2..-1" },
  { function() return t:min "x" end,
    "bad argument #1 to 'min' (number expected, got string)" },
  { function() return core.zeros(0):max() end,
    "tensor 'max': no elements to take the max of" },
  { function() return core.zeros(2, 0):mean(2) end,
    "tensor 'mean': no elements to take the mean of" },
  { function() return core.tensor(1):sum(1) end,
    "tensor 'sum': a tensor without axes has no axis 1" },
  { function() return t:size(-3) end,
    "tensor 'size': axis is -3, expected 1..2 or -2..-1" },
  { function() return #core.tensor(1) end,
    "tensor '#': a tensor without axes has no length" },
  { function() return t:item() end,
    "tensor 'item': a tensor of shape 3x4, expected exactly one element" },
  { function() return t:reshape(5, 2) end,
    "tensor 'reshape': shape 5x2 does not hold the elements of 3x4" },
  { function() return t:reshape(5, -1) end,
    "tensor 'reshape': no size of axis 2 makes 12 elements" },
  { function() return t:reshape(0, -1) end,
    "tensor 'reshape': no size of axis 2 makes 12 elements" },
  { function() return t:reshape(-1, -1) end,
    "tensor 'reshape': the sizes of axes 1 and 2 are both -1" },
  { function() return t:reshape(-2) end,
    "tensor 'reshape': size of axis 1 is -2, expected a whole number or -1" },
  { function() return t:narrow(2, 4, 2) end,
    "tensor 'narrow': 2 positions from position 4 on axis 2 of size 4" },
  { function() return t:narrow(2, 1, -1) end,
    "tensor 'narrow': -1 positions from position 1 on axis 2 of size 4" },
  { function() return t:narrow(2, 5, 1) end,
    "tensor 'narrow': position 5 on axis 2, expected 1..4 or -4..-1" },
  { function() return t:select(1, 4) end,
    "tensor 'select': position 4 on axis 1, expected 1..3 or -3..-1" },
  { function() return t:row(0) end,
    "tensor 'row': position 0 on axis 1, expected 1..3 or -3..-1" },
  { function() return core.zeros(3):row(1) end,
    "tensor 'row': a tensor with 1 axes has no rows" },
  { function() return core.zeros(2, 3, 4):transpose() end,
    "tensor 'transpose': a tensor with 3 axes needs to be told" },
  { function() return t:transpose(1, 3) end,
    "tensor 'transpose': axis is 3, expected 1..2 or -2..-1" },
  { function() return core.zeros(2, -1) end,
    "zeros: size of axis 2 is -1, expected a whole number of at least 0" },
  { function() return core.zeros(2, 1.5) end,
    "zeros: size of axis 2 is 1.5, expected a whole number of at least 0" },
  { function() return core.ones("3") end,
    "ones: size of axis 1 is '3', expected a whole number of at least 0" },
  { function() return core.zeros { 2, {} } end,
    "zeros: size of axis 2 is a table, expected" },
  { function() return core.zeros(1, 1, 1, 1, 1, 1, 1, 1, 1) end,
    "zeros: 9 axes, expected at most 8" },
  { function() return core.zeros(1 << 40, 1 << 40) end,
    "shape 1099511627776x1099511627776 has more elements than" },
  { function() return core.full(3, 1) end,
    "bad argument #1 to 'full' (table expected, got number)" },
  { function() return core.full({ 3 }) end,
    "bad argument #2 to 'full' (number expected, got no value)" },
  { function() return core.tensor "x" end,
    "tensor: got 'x', expected a number, a list or a tensor" },
  { function() return core.tensor() end,
    "tensor: got nothing, expected a number, a list or a tensor" },
  { function() return core.tensor { 1, "x" } end,
    "tensor: item [2] is 'x', expected a number" },
  { function() return core.tensor { { 1, 2 }, { 3, {} } } end,
    "tensor: item [2, 2] is a table, expected a number" },
  { function() return core.tensor { { 1, 2 }, 3 } end,
    "tensor: item [2] is 3, expected a list" },
  { function() return core.tensor { { 1, 2 }, { 3 } } end,
    "tensor: list [2] has 1 items, the first of its kind has 2" },
  { function() return core.tensor { 1, 2, x = 3 } end,
    "tensor: list [] has the key 'x', expected items alone" },
  { function() return core.tensor { x = 3 } end,
    "tensor: list [] has the key 'x', expected items alone" },
  { function() return core.tensor { { 1, 2 }, { 3, 4, [0.5] = 5 } } end,
    "tensor: list [2] has the key 0.5, expected items alone" },
  { function() return core.tensor { { 1, nil, 3 } } end,
    "tensor: item [1, 2] is nil, expected a number" },
}

messages("tests/lua/tensor_errors.lua", cases)

check.test("out of memory", function()
  core.debug.fail_after(1)
  local ok, message = pcall(core.zeros, 3)
  core.debug.fail_after(0)
  check.ok(not ok and message:find "out of memory: a tensor needs")
end)

check.test("a list that contains itself", function()
  local loop = {}
  loop[1] = loop
  check.fails(function() core.tensor(loop) end, "tensor: lists nested deeper than 8")
end)

check.test("no use of a closed tensor", function()
  local closed, open = core.zeros(2, 2), core.ones(2, 2)
  closed:close()
  for name, method in pairs(debug.getmetatable(open).methods) do
    if name ~= "close" then
      local message = check.fails(function() method(closed) end)
      check.ok(message:find "the tensor is closed", name .. ": " .. message)
    end
  end
  check.fails(function() closed:set(1, 1, 0) end, "the tensor is closed")
  check.fails(function() return closed + 1 end, "the tensor is closed")
  check.fails(function() return 1 + closed end, "the tensor is closed")
  check.fails(function() return open:add_(closed) end, "the tensor is closed")
  check.fails(function() return open:matmul(closed) end, "the tensor is closed")
  check.fails(function() return -closed end, "the tensor is closed")
  check.fails(function() return #closed end, "the tensor is closed")
  check.fails(function() return closed == open end, "the tensor is closed")
  check.fails(function() return closed[1] end, "the tensor is closed")
  check.fails(function() closed[1] = 2 end, "the tensor is closed")
  check.fails(function() open[1] = closed end, "the tensor is closed")
  check.fails(function() return core.tensor(closed) end, "the tensor is closed")
  check.fails(function() core.rng(1, "x"):uniform(closed) end, "the tensor is closed")
  check.equal(tostring(closed), "tensor (closed)")
  closed:close()
end)

check.done()
