-- Command lines of the scripts.
local command = require "modsync.command"
local nearest = require "modsync.nearest"
local check = require "tests.support.check"

local options = {
  { name = "steps", value = "N", type = "integer", min = 1, default = 20,
    text = "steps" },
  { name = "lr", value = "RATE", type = "number", min = 0, text = "rate" },
  { name = "sampler", value = "NAME", choices = { "lhs", "sobol" }, text = "sampler" },
  { name = "plot", negatable = true, default = true, text = "draw" },
  { name = "json", text = "one line of JSON" },
  { name = "set", value = "X", again = true, text = "many" },
}

local function parse(...)
  return command.parse(options, { ... })
end

check.test("values, words, defaults", function()
  local values, words, given = parse("one", "--steps", "5", "--lr=1e-3", "--json", "two")
  check.equal(values, { steps = 5, lr = 1e-3, json = true, plot = true })
  check.equal(words, { "one", "two" })
  check.equal(given, { steps = true, lr = true, json = true })
  check.equal(parse().steps, 20)
end)

check.test("switches that can be turned off, lists, the end of the options", function()
  check.equal(parse("--no-plot").plot, false)
  check.equal(parse("--set", "a", "--set=b").set, { "a", "b" })
  local values, words = parse("--", "--json")
  check.equal(values.json, nil)
  check.equal(words, { "--json" })
end)

check.test("mistakes are named", function()
  check.refuses("unknown option %-%-step; did you mean %-%-steps%?", parse("--step", "5"))
  check.refuses("unknown option %-%-zebra$", parse("--zebra"))
  check.refuses("%-%-steps expects a whole number, not '1.5'", parse("--steps", "1.5"))
  check.refuses("%-%-steps is 0; expected at least 1", parse("--steps", "0"))
  check.refuses("%-%-lr expects a number, not 'fast'", parse("--lr", "fast"))
  check.refuses("%-%-lr expects a number, not 'nan'", parse("--lr", "nan"))
  check.refuses("%-%-steps needs a value: %-%-steps N", parse("--steps"))
  check.refuses("%-%-json takes no value", parse("--json=1"))
  check.refuses("%-%-sampler is 'grid'; expected one of lhs, sobol",
    parse("--sampler", "grid"))
end)

check.test("the help names every option", function()
  local text = command.describe(options)
  for _, option in ipairs(options) do check.ok(text:find(option.name, 1, true)) end
  check.ok(text:find("--[no-]plot", 1, true))
  check.ok(text:find("--steps N                 steps (20)", 1, true), text)
end)

check.test("nearest words", function()
  local known = { "adam", "sgd", "config", "dcgd", "sum" }
  check.equal(nearest("adm", known), { "adam" })
  check.equal(nearest("dgcd", known)[1], "dcgd")
  check.equal(nearest("conf", known), { "config" })
  check.equal(nearest("xyzzy", known), {})
end)

check.done()
