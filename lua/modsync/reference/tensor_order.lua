-- src/luabind/tensor_order.c

local methods = {}

local function add(name, signature, text, example)
  methods[#methods + 1] = { name, signature, text, example }
end

local function both(name, signature, text, example)
  local twin = name .. "_"
  add(name, signature, text .. ".", example:format(name))
  add(twin, signature, text .. ", in place; returns t.", example:format(twin))
end

local along = " along an axis, which may be left out where it is the only one"

for _, scan in ipairs { { "cumsum", "Running sums" }, { "cumprod", "Running products" },
  { "cummax", "The largest so far" }, { "cummin", "The smallest so far" } } do
  both(scan[1], "(axis?: integer): tensor", scan[2] .. along, "t:row(1):%s()")
end
both("sort", "(axis?: integer, descending?: boolean): tensor",
  "The elements in order" .. along .. "; NaN last", "t:row(1):%s()")
add("argsort", "(axis?: integer, descending?: boolean): tensor",
  "The positions that the elements in order had" .. along .. ".", "t:row(1):argsort()")
add("topk", "(k: integer, axis?: integer, smallest?: boolean): tensor values, "
  .. "tensor positions", "The k largest (or smallest) elements" .. along
  .. ", and their positions.", "t:row(1):topk(2)")
add("unique", "(): tensor values, tensor counts",
  "The different elements in order, and how often each occurs.", "t:unique()")
add("histogram", "(bins: integer, low: number, high: number): tensor",
  "How many elements lie in each of so many equal parts of that range.",
  "t:histogram(3, 0, 6)")

return methods
