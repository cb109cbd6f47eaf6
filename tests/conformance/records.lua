-- What records say of themselves is complete: summaries, papers, options, derivatives.

local check = require "tests.support.check"
local ms = require "modsync"

local registry = ms.registry

local function is_paper(text)
  return text == "none" or text:find "arXiv:%d%d%d%d%.%d%d%d%d%d?" ~= nil
    or text:find "doi:10%.%d%d%d%d" ~= nil
end

check.test("the rule for papers knows one", function()
  for _, good in ipairs { "none", "arXiv:1412.6980, arXiv:1711.05101",
    "doi:10.1137/070709359" } do
    check.ok(is_paper(good))
  end
  for _, bad in ipairs { "", "Kingma", "arXiv:141", "doi:11.1" } do
    check.ok(not is_paper(bad))
  end
end)

local types = {
  number = function(value) return math.type(value) ~= nil end,
  integer = function(value) return math.type(value) == "integer" end,
  boolean = function(value) return type(value) == "boolean" end,
  string = function(value) return type(value) == "string" end,
  method = function(value) return value == nil end,
  groups = function(value) return value == nil end,
  factors = function(value) return value == nil end,
  table = function(value) return type(value) == "table" end,
  ["function"] = function(value) return type(value) == "function" end,
}

--- What is wrong with an option, or nil.
local function option_problem(option)
  if #(option.text or "") < 4 then return "says nothing" end
  local value = option.default
  if option.type == "choice" then
    if #(option.choices or {}) < 2 then return "has no choices" end
    for _, choice in ipairs(option.choices) do
      if choice == value then return end
    end
    return "has a default that is no choice"
  end
  local fits = types[option.type]
  if not fits then return "has no type" end
  if value ~= nil and not fits(value) then return "has a default of another type" end
  if option.type ~= "number" and option.type ~= "integer" then return end
  if not option.min and not option.max then return "has no range" end
  local low, high = option.min or -math.huge, option.max or math.huge
  if low > high then return "has an empty range" end
  if value and (value < low or value > high or option.below and value == high) then
    return "has a default outside its range"
  end
end

check.test("the rules for options catch what they are for", function()
  local good = { type = "number", text = "a number", min = 0, default = 1 }
  check.equal(option_problem(good), nil)
  for key, value in pairs { text = "", type = "real", default = -1 } do
    local bad = setmetatable({ [key] = value }, { __index = good })
    check.ok(option_problem(bad), key)
  end
  check.ok(option_problem { type = "number", text = "no range" })
  check.ok(option_problem { type = "choice", text = "no choices", choices = { "a" } })
end)

--- Problems of all methods of a family.
local function family_problems(family)
  local found = {}
  for _, name in ipairs(registry.names(family.key)) do
    local record = registry.record(family.key, name)
    local function bad(what) found[#found + 1] = ("%s: %s"):format(name, what) end
    if #record.summary < 10 then bad "no summary" end
    if not is_paper(record.paper or "") then bad "no paper, nor \"none\"" end
    for _, option in ipairs(registry.all_options(record)) do
      local problem = option_problem(option)
      if problem then bad(("option %s %s"):format(option.name, problem)) end
    end
    for _, slot in ipairs(record.slots or {}) do
      if #slot.text < 4 then bad(("state %s says nothing"):format(slot.name)) end
    end
  end
  return found
end

for _, family in ipairs(registry.families()) do
  check.test(family.plural, function()
    check.none(family_problems(family))
    check.ok(#registry.names(family.key) > 0)
  end)
end

check.test("the registry knows the family of every record of the core", function()
  for _, record in ipairs(ms.records()) do
    check.ok(registry.family(record.family), record.name)
  end
end)

check.test("samplers", function()
  for _, sampler in ipairs(ms.samplers()) do
    check.ok(#sampler.summary >= 10, sampler.name)
    check.ok(is_paper(sampler.paper), sampler.name .. ": " .. sampler.paper)
  end
end)

check.test("elementary functions have a summary and derivatives", function()
  for _, op in ipairs(ms.ops()) do
    check.ok(#op.summary >= 5 and op.summary:find "%.$", op.name)
    check.equal(#op.derivative, op.arity, op.name)
    for _, formula in ipairs(op.derivative) do check.ok(formula:find "%S", op.name) end
  end
end)

check.test("problems have a summary and a source", function()
  for _, name in ipairs(ms.problem.names()) do
    local problem = ms.problem(name)
    check.ok(#(problem.summary or "") >= 10, name .. " has no summary")
    check.ok(is_paper(problem.source or ""), name .. " has no source")
  end
end)

check.done()
