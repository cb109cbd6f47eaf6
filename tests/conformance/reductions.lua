-- What every reduction of tensors promises, against loops over plain numbers: any set of
-- axes, kept or not, any layout; and that a tensor of the kept shape broadcasts back.

local check = require "tests.support.check"
local core = require "modsync.core"

local function fold(start, step)
  return function(list)
    local total = start
    for _, x in ipairs(list) do total = step(total, x) end
    return total
  end
end

local sum = fold(0, function(a, b) return a + b end)

local function mean(list) return sum(list) / #list end

local function variance(correction)
  return function(list)
    local m, total = mean(list), 0
    for _, x in ipairs(list) do total = total + (x - m) ^ 2 end
    return total / (#list - correction)
  end
end

local function norm(p)
  return function(list)
    local total = 0
    for _, x in ipairs(list) do total = total + math.abs(x) ^ p end
    return total ^ (1 / p)
  end
end

local function quantile(level)
  return function(list)
    table.sort(list)
    local place = (#list - 1) * level
    local i = math.floor(place)
    local below, above = list[i + 1], list[i + 2] or list[i + 1]
    return below + (place - i) * (above - below)
  end
end

local function largest(list) return math.max(table.unpack(list)) end

local function truth(all)
  return function(list)
    local count = 0
    for _, x in ipairs(list) do count = count + (x ~= 0 and 1 or 0) end
    return (all and count == #list or not all and count > 0) and 1 or 0
  end
end

-- name, what it is of a list of numbers, call(tensor, axes, keep)
local reductions = {
  { "sum", sum },
  { "mean", mean },
  { "prod", fold(1, function(a, b) return a * b end) },
  { "min", function(list) return math.min(table.unpack(list)) end },
  { "max", largest },
  { "any", truth(false) },
  { "all", truth(true) },
  { "var", variance(0) },
  { "std", function(list) return math.sqrt(variance(0)(list)) end },
  { "median", quantile(0.5) },
  { "logsumexp", function(list)
    local total = 0
    for _, x in ipairs(list) do total = total + math.exp(x) end
    return math.log(total)
  end },
  { "norm 2", norm(2), function(t, ...) return t:norm(2, ...) end },
  { "norm 1", norm(1), function(t, ...) return t:norm(1, ...) end },
  { "norm 3", norm(3), function(t, ...) return t:norm(3, ...) end },
  { "norm inf", function(list)
    for i, x in ipairs(list) do list[i] = math.abs(x) end
    return largest(list)
  end, function(t, ...) return t:norm(math.huge, ...) end },
  { "quantile", quantile(0.3), function(t, ...) return t:quantile(0.3, ...) end },
}

-- Views of one shape in several layouts, with some zeros.
local function layouts(shape)
  local rng = core.rng(4, "reductions")
  local t = rng:normal(core.zeros(shape)) * rng:bernoulli(0.8, core.zeros(shape))
  local turned, order = t, {}
  for axis = #shape, 1, -1 do order[#order + 1] = axis end
  turned = t:permute(order):clone():permute(order)
  return { plain = t, ["turned round"] = turned, flipped = t:flip():clone():flip() }
end

-- All sets of axes of a tensor with so many.
local function sets(dims)
  local all = {}
  for bits = 0, (1 << dims) - 1 do
    local set = {}
    for axis = 1, dims do
      if bits >> (axis - 1) & 1 == 1 then set[#set + 1] = axis end
    end
    all[#all + 1] = set
  end
  return all
end

-- Lists of numbers by the place that the reduction has in its result, in row-major order.
local function lists_of(t, axes)
  local shape, reduced, lists, order = t:shape(), {}, {}, {}
  for _, axis in ipairs(axes) do reduced[axis] = true end
  local function visit(view, axis, key)
    if axis > #shape then
      if not lists[key] then
        lists[key] = {}
        order[#order + 1] = key
      end
      lists[key][#lists[key] + 1] = view:item()
      return
    end
    for i = 1, shape[axis] do
      visit(view:narrow(axis, i, 1), axis + 1,
        reduced[axis] and key or key .. ("%03d "):format(i))
    end
  end
  visit(t, 1, "")
  table.sort(order)
  for i, key in ipairs(order) do order[i] = lists[key] end
  return order
end

local function copy(list) return table.move(list, 1, #list, 1, {}) end

for _, row in ipairs(reductions) do
  local name, of_list = row[1], row[2]
  local call = row[3] or function(t, ...) return t[name](t, ...) end
  for _, shape in ipairs { { 7 }, { 5, 6 }, { 3, 4, 5 } } do
    check.test(name .. " of " .. table.concat(shape, "x"), function()
      local first
      for layout, t in pairs(layouts(shape)) do
        for _, axes in ipairs(sets(#shape)) do
          local kept, want = call(t, axes, true), {}
          for i, list in ipairs(lists_of(t, axes)) do want[i] = of_list(copy(list)) end
          check.near(kept:flatten(), want, 1e-13, layout)
          local dropped = call(t, axes)
          if #axes < #shape then check.equal(dropped:flatten(), kept:flatten()) end
          check.equal((t - kept):shape(), shape)
        end
        local whole = call(t)
        if type(whole) == "boolean" then whole = whole and 1 or 0 end
        check.equal(whole, call(t, nil, true):item())
        first = first or whole
        if name ~= "prod" then check.near(whole, first, 1e-13) end
      end
    end)
  end
end

check.test("long lanes, of every place in memory", function()
  local t = core.rng(1, "long"):normal(core.zeros(3, 3000))
  local turned = t:transpose():clone()
  for _, row in ipairs(reductions) do
    local call = row[3] or function(x, ...) return x[row[1]](x, ...) end
    check.equal(call(t, 2), call(turned, 1), row[1]) -- the same bits
    check.equal(call(t, 1), call(turned, 2), row[1])
  end
end)

check.test("NaN and infinity", function()
  local nan, inf = 0 / 0, math.huge
  local t = core.tensor { { 1, nan }, { inf, 2 } }
  for _, name in ipairs { "sum", "mean", "prod", "min", "max", "var", "std", "median" } do
    local result = t[name](t, 1)
    check.ok(result[2] ~= result[2], name)
  end
  check.equal(t:sum(1)[1], inf)
  check.equal(t:max(1)[1], inf)
  check.equal(t:min(1)[1], 1)
  check.equal({ t:any(), t:all() }, { true, true })
  check.equal(core.tensor({ nan, 0 }):all(), false)
end)

check.test("nothing", function()
  check.equal({ core.zeros(0):sum(), core.zeros(0):prod() }, { 0, 1 })
  check.equal({ core.zeros(0):any(), core.zeros(0):all() }, { false, true })
  check.equal(core.zeros(2, 0):prod(2):totable(), { 1, 1 })
  check.equal(core.zeros(2, 0):norm(1, 2):totable(), { 0, 0 })
  check.equal(core.zeros(0, 2):sum(2):shape(), { 0 })
  check.equal(core.tensor(5):sum(), 5)
  check.equal(core.tensor(5):var(), 0)
end)

check.test("a large mean costs no digits", function()
  local t = core.tensor { 4, 7, 13, 16 } + 1e9
  check.equal(t:var(), 22.5)
  check.equal(t:var(nil, false, 1), 30)
  check.equal(t:std(1, true, 1):shape(), { 1 })
end)

check.done()
