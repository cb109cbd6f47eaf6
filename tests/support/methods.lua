-- What the conformance tests of all families of methods ask of a record and its options,
-- and the same state carried over from one object to another.

local check = require "tests.support.check"
local core = require "modsync.core"

local M = {}

--- The records of a family; there must be some.
function M.records(family)
  local found = {}
  for _, record in ipairs(core.records()) do
    if record.family == family then found[#found + 1] = record end
  end
  check.ok(#found > 0, "no methods in the family " .. family)
  return found
end

--- Tables of options: one for each value of each choice, the first of them the defaults.
function M.variants(record)
  local variants = { {} }
  for _, option in ipairs(record.options) do
    for i = 2, #(option.choices or {}) do
      variants[#variants + 1] = { [option.name] = option.choices[i] }
    end
  end
  return variants
end

--- The same, and every value of the choice 'name' with every value of the other choices.
function M.pairs_with(record, name)
  local all, values = M.variants(record), {}
  for _, option in ipairs(record.options) do
    if option.name == name then values = option.choices or {} end
  end
  for i = 2, #values do
    for _, option in ipairs(record.options) do
      for j = 2, option.name ~= name and #(option.choices or {}) or 0 do
        all[#all + 1] = { [name] = values[i], [option.name] = option.choices[j] }
      end
    end
  end
  return all
end

--- A name for messages: "dcgd {variant = average}".
function M.title(record, options)
  local parts = {}
  for name, value in pairs(options or {}) do
    parts[#parts + 1] = ("%s = %s"):format(name, value)
  end
  if #parts == 0 then return record.name end
  table.sort(parts)
  return ("%s {%s}"):format(record.name, table.concat(parts, ", "))
end

local function check_texts(record)
  check.ok(record.name:find "^[%l%d-]+$", "the name")
  check.ok(#record.summary > 10 and not record.summary:find "\n", "a summary of one line")
  check.ok(record.paper == "none" or record.paper:find "arXiv:%d+%.%d+"
    or record.paper:find "doi:10%.", "a paper or 'none'")
  for _, list in ipairs { record.options, record.slots } do
    local seen = {}
    for _, item in ipairs(list) do
      check.ok(item.name:find "^[%l_%d]+$", "the name of a slot or option: " .. item.name)
      check.ok(#item.text > 0, "a text for " .. item.name)
      check.ok(not seen[item.name], item.name .. " twice")
      seen[item.name] = true
    end
  end
  for _, slot in ipairs(record.slots) do
    check.ok(#slot.shape > 0, "a shape of " .. slot.name)
  end
end

-- Values that the option must not take.
local function bad_values(option)
  if option.type == "choice" then return { {}, true, 1, "no such choice", "" } end
  if option.type == "boolean" then return { {}, 1, "true" } end
  local bad = { {}, true, "fast", 0 / 0, 1 / 0 }
  if option.min then bad[#bad + 1] = option.min - 1 end
  if option.max then bad[#bad + 1] = option.below and option.max or option.max + 1 end
  if option.type == "integer" then bad[#bad + 1] = option.default + 0.5 end
  return bad
end

local function check_options(record)
  local made = core.method(record.family, record.name):options()
  for _, option in ipairs(record.options) do
    local name = option.name
    check.equal(made[name], option.default, "the default of " .. name)
    local again = core.method(record.family, record.name, { [name] = option.default })
    check.equal(again:options()[name], option.default, name)
    for _, value in ipairs(bad_values(option)) do
      local text = check.fails(function()
        core.method(record.family, record.name, { [name] = value })
      end, "option '" .. name .. "' is ")
      check.ok(text:find(record.name, 1, true) and text:find "expected", text)
    end
  end
  check.fails(function() core.method(record.family, record.name, { nonsense = 1 }) end,
    "no option 'nonsense'")
end

--- The record says what it must, takes its own defaults and refuses what it should.
function M.check_record(record)
  check_texts(record)
  check_options(record)
end

--- A new object of the record in the same state, from copies; 'prepare' may set it up.
function M.twin(object, record, options, prepare)
  local copies, twin = {}, core.method(record.family, record.name, options)
  for name, tensor in pairs(object:state()) do copies[name] = tensor:clone() end
  if prepare then prepare(twin) end
  twin:restore(copies)
  return twin
end

--- The state has the slots of the record, each a tensor with as many axes.
function M.check_state(object, record)
  local state, count = object:state(), 0
  for _, slot in ipairs(record.slots) do
    check.ok(state[slot.name], "no state " .. slot.name)
    check.equal(state[slot.name]:dim(), #slot.shape, slot.name)
    count = count + 1
  end
  for _ in pairs(state) do count = count - 1 end
  check.equal(count, 0, "more state than slots")
end

return M
