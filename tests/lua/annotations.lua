-- The reader of annotations, on sources made up for it.
local annotations = require "modsync.annotations"
local reference = require "modsync.reference"
local check = require "tests.support.check"

local text = [=[
--[[ What the file is. ]]
local core = require "core"

--- A box of things.
---@class box.of : base
---@field low number        lowest
---@field map? "a"|"b"      how, or not
---@field by table<string, fun(x: number): any>  tables
---@field [string] integer  others
---@overload fun(a: integer, b?: string): box.of
local Box = {}

--- Settings alone.
---@class settings
---@field n integer

local M = { limit = 3 } -- no comment of a function

--[[
Takes a part. It does so
with care.

  example(1)
]]
---@param first integer  where
---@param last integer?
---@param how { a: integer, b?: string }?  the way, # 2
---@return Box, string? message
---@return integer code  a number
function Box:take(first, last,
                  how)
  return 1 -- trailing
end

---@private
function Box.hidden() end

local function inner(x) return x end

function box_of_all(x) end

--- Made otherwise.
Box.other = function(...) end

--- What the file gives.
---@param ... any
return function(...)
  return ...
end
]=]

local found = annotations.read(text)
local by_name = {}
for _, each in ipairs(found.functions) do by_name[each.name] = each end

check.test("functions in tables, with a colon or a dot, and what is returned", function()
  local names = {}
  for i, each in ipairs(found.functions) do names[i] = each.name end
  check.equal(names, { "take", "hidden", "other", "" })
  check.equal(by_name.take.table, "Box")
  check.equal(by_name.take.method, true)
  check.equal(by_name.hidden.method, false)
  check.equal(by_name.take.arguments, { "first", "last", "how" })
  check.equal(by_name[""].arguments, { "..." })
  check.equal(by_name.take.line, 30)
  check.equal(by_name.hidden.private, true)
  check.equal(by_name.take.private, false)
end)

check.test("the text is what is no tag", function()
  check.equal(by_name.take.text,
    "Takes a part. It does so\nwith care.\n\n  example(1)")
  check.equal(annotations.summary(by_name.take.text), "Takes a part")
  check.equal(by_name.hidden.text, "")
  check.equal(by_name.other.text, "Made otherwise.")
end)

check.test("parameters and results", function()
  local params = by_name.take.params
  check.equal(params[1], { name = "first", type = "integer", optional = false,
    text = "where" })
  check.equal(params[2].optional, true)
  check.equal(params[3], { name = "how", type = "{ a: integer, b?: string }?",
    optional = true, text = "the way, # 2" })
  local returns = by_name.take.returns
  check.equal(#returns, 3)
  check.equal(returns[1].type, "Box")
  check.equal({ returns[2].type, returns[2].name }, { "string?", "message" })
  check.equal(returns[3], { name = "code", type = "integer", optional = false,
    text = "a number" })
end)

check.test("what a tag says goes on in the next lines", function()
  local read = annotations.read [[
--- Compares.
---@param options { a: integer,
---  b: number }?  points a
--- term (5)
---@return boolean good  or
--- not
---
--- Beside it.
function M.compare(options) end

--- A class.
---@class other
---@field draws integer  the
--- least
local Other = {}
]]
  local compare = read.functions[1]
  check.equal(compare.text, "Compares.\n\nBeside it.")
  check.equal(compare.params[1].type, "{ a: integer, b: number }?")
  check.equal(compare.params[1].text, "points a term (5)")
  check.equal({ compare.returns[1].name, compare.returns[1].text }, { "good", "or not" })
  check.equal(read.classes[1].fields[1].text, "the least")
  check.equal(read.classes[1].text, "A class.")
end)

check.test("classes: fields, parent, call, the table below", function()
  local class, settings = found.classes[1], found.classes[2]
  check.equal({ class.name, class.parent, class.variable, class.text },
    { "box.of", "base", "Box", "A box of things." })
  check.equal(class.call, "(a: integer, b?: string): box.of")
  check.equal(class.fields[1], { name = "low", type = "number", optional = false,
    text = "lowest" })
  check.equal(class.fields[2].type, '"a"|"b"')
  check.equal(class.fields[2].optional, true)
  check.equal(class.fields[3].type, "table<string, fun(x: number): any>")
  check.equal(class.fields[4].name, "[string]")
  check.equal({ settings.name, settings.variable }, { "settings", nil })
end)

check.test("where a type ends", function()
  for _, case in ipairs {
    { "integer  the rest", "integer" }, { "a|b # c", "a|b" }, { "a | b  c", "a | b" },
    { "fun(a: b, c: d): e?  f", "fun(a: b, c: d): e?" }, { "(a|b)[], c", "(a|b)[]" },
    { '"x y"|"z" w', '"x y"|"z"' }, { "a?, b", "a?" },
  } do
    check.equal((annotations.type(case[1])), case[2])
  end
end)

check.test("summaries end with the first sentence", function()
  check.equal(annotations.summary "One.5 of two. And three.", "One.5 of two")
  check.equal(annotations.summary "One, such as\ntwo:\n\n  three", "One, such as two")
  check.equal(annotations.summary "", "")
end)

check.test("signatures", function()
  local params, returns = reference.signature(
    "(t: tensor, n?: integer, ...: number|symbol): tensor?, string? message")
  check.equal(params[1], { name = "t", type = "modsync.tensor", text = "",
    optional = false })
  check.equal({ params[2].name, params[2].optional }, { "n", true })
  check.equal({ params[3].name, params[3].type }, { "...", "number|modsync.symbol" })
  check.equal({ returns[1].type, returns[2].name }, { "modsync.tensor?", "message" })
  params, returns = reference.signature "()"
  check.equal({ #params, #returns }, { 0, 0 })
end)

check.done()
