-- JSON both ways, and what each refuses.
local check = require "tests.support.check"
local json = require "modsync.json"

check.test("encode is deterministic and compact", function()
  check.equal(json.encode { b = 1, a = { 1, 2, { x = true } }, c = "s" },
    '{"a":[1,2,{"x":true}],"b":1,"c":"s"}')
  local many, keys = {}, {}
  for i = 1, 200 do
    keys[i] = ("key%03d"):format(i)
    many[keys[i]] = i
  end
  local text = json.encode(many)
  local seen = {}
  for key in text:gmatch '"(key%d+)"' do seen[#seen + 1] = key end
  check.equal(seen, keys)
end)

check.test("indented", function()
  local value = { a = { 1, { b = 2 } }, c = {}, d = json.array {} }
  check.equal(json.encode(value, { indent = 2 }),
    '{\n  "a": [\n    1,\n    {\n      "b": 2\n    }\n  ],\n  "c": {},\n  "d": []\n}')
end)

check.test("numbers read back to the same bits and kind", function()
  local numbers = {
    0, -1, math.maxinteger, math.mininteger, 0.0, -0.0, 1.0, 0.1, 1 / 3, -2.5e-300, 1e300,
    5e-324, 1.7976931348623157e308, 2.0 ^ 53, 2.0 ^ 63, 123456789012345680.0, 1e-7,
  }
  for _, x in ipairs(numbers) do
    local back = json.decode(json.encode(x))
    check.equal(math.type(back), math.type(x), json.encode(x))
    check.equal(string.pack("n", back), string.pack("n", x), json.encode(x))
  end
  check.equal(json.encode(0.1), "0.1")
  check.equal(json.encode(1.0), "1.0")
  check.equal(json.encode(-0.0), "-0.0")
  check.equal(json.encode(1e300), "1e+300")
  check.equal(json.encode(7), "7")
end)

check.test("NaN and infinities are strings, and json.number turns them back", function()
  check.equal(json.encode { 0 / 0, 1 / 0, -1 / 0 }, '["NaN","Infinity","-Infinity"]')
  for _, x in ipairs { 1 / 0, -1 / 0, 2.5, 3 } do
    check.equal(json.number(json.decode(json.encode(x))), x)
  end
  local nan = json.number(json.decode(json.encode(0 / 0)))
  check.ok(nan ~= nan)
  check.equal(json.number "1", nil)
  check.equal(json.number(nil), nil)
end)

check.test("empty tables are objects unless marked, and the mark survives", function()
  check.equal(json.encode {}, "{}")
  check.equal(json.encode(json.array {}), "[]")
  for _, text in ipairs { "[]", "{}", '{"a":[],"b":{}}', "[[],{}]" } do
    check.equal(json.encode(json.decode(text)), text)
  end
  local list = json.decode "[1]"
  check.ok(json.is_array(list))
  list[1] = nil
  check.equal(json.encode(list), "[]")
  check.ok(not json.is_array(json.decode "{}"))
  check.ok(not json.is_array(1))
end)

check.test("null", function()
  check.equal(json.encode { json.null, a = nil }, "[null]")
  check.equal(json.decode "[null]"[1], json.null)
  check.equal(json.decode "null", json.null)
  check.equal(tostring(json.null), "null")
end)

check.test("strings", function()
  local text = "\0\1\31\127\"\\/\b\f\n\r\t h\u{e9} \u{1F600} \u{FFFF}"
  check.equal(json.encode(text), '"\\u0000\\u0001\\u001f\\u007f\\"\\\\/'
    .. '\\b\\f\\n\\r\\t h\u{e9} \u{1F600} \u{FFFF}"')
  check.equal(json.decode(json.encode(text)), text)
  check.equal(json.decode [["\ud83d\uDE00\u00e9\/\u0000"]], "\u{1F600}\u{e9}/\0")
  check.equal(json.decode '""', "")
end)

check.test("encode refuses what JSON cannot hold, and names the place", function()
  local cases = {
    { { a = { b = print } }, "value%.a%.b is a function" },
    { { 1, { x = io.stdout } }, "value%[2%]%.x is a userdata" },
    { { 1, nil, 3 }, "value has a key that is not a string %(%d%)" },
    { { [1] = 1, x = 2 }, "value has a key that is not a string %(1%)" },
    { { a = { [1.5] = 1 } }, "value%.a has a key that is not a string %(1%.5%)" },
    { { "\255" }, "value%[1%] is not UTF%-8" },
    { { ["\255"] = 1 }, "value's key is not UTF%-8" },
  }
  for _, case in ipairs(cases) do
    local message = check.fails(function() json.encode(case[1]) end, case[2])
    check.ok(message:find "^[^ ]*json%.lua:%d+: json%.encode: ", message)
  end
  local loop = {}
  loop.loop = loop
  check.fails(function() json.encode(loop) end, "does the table contain itself")
end)

check.test("decode takes white space anywhere between tokens", function()
  check.equal(json.decode ' \t\r\n{ "a" : [ 1 , 2 ] , "b" : { } }\n',
    { a = { 1, 2 }, b = {} })
  check.equal(json.decode "[0,-0.5,1e2,1E+2,1e-2,true,false]",
    { 0, -0.5, 100.0, 100.0, 0.01, true, false })
end)

check.test("decode refuses everything else, with line and column", function()
  local cases = {
    { "", 1, 1, "expected a value, got the end" },
    { "  \n ", 2, 2, "expected a value, got the end" },
    { "[1,]", 1, 4, "expected a value, got ']'" },
    { "[1 2]", 1, 4, "expected ',' or ']' in an array, got '2'" },
    { "[1", 1, 3, "expected ',' or ']' in an array, got the end" },
    { '{"a":1,}', 1, 8, "expected a key in quotes, got '}'" },
    { "{a:1}", 1, 2, "expected a key in quotes, got 'a'" },
    { '{"a" 1}', 1, 6, "expected ':' after the key 'a', got '1'" },
    { '{"a":1 "b"', 1, 8, "expected ',' or '}' in an object, got '\"'" },
    { '{\n  "a": 1,\n  "a": 2\n}', 3, 3, "the key 'a' stands here twice" },
    { '{"a": null, "a": 1}', 1, 13, "stands here twice" },
    { "nul", 1, 1, "expected a value, got 'nul'" },
    { "NaN", 1, 1, "expected a value, got 'NaN'" },
    { "'a'", 1, 1, "expected a value, got '''" },
    { "// x\n1", 1, 1, "expected a value, got '/'" },
    { "1 2", 1, 3, "expected the end, got '2'" },
    { '"\u{e9}" x', 1, 5, "expected the end, got 'x'" },
    { '["\u{e9}\u{1F600}", \u{e9}]', 1, 8, "expected a value, got '\u{e9}'" },
    { "01", 1, 1, "'01' is not a number" },
    { "1.", 1, 1, "'1.' is not a number" },
    { "1.e3", 1, 1, "'1.e3' is not a number" },
    { "1e", 1, 1, "'1e' is not a number" },
    { "0x10", 1, 1, "'0x10' is not a number" },
    { "-", 1, 1, "expected a digit after '-'" },
    { "+1", 1, 1, "expected a value, got '+'" },
    { ".5", 1, 1, "expected a value, got '.'" },
    { '"abc', 1, 1, "a string that does not end" },
    { '"a\nb"', 1, 3, "character 10 in a string must be escaped" },
    { '"a\0b"', 1, 3, "character 0 in a string must be escaped" },
    { [["\x"]], 1, 2, "unknown escape \\'x'" },
    { [["\u12g4"]], 1, 2, "four hexadecimal digits" },
    { [["\uDC00"]], 1, 2, "second half of a surrogate pair" },
    { [["\uD800x"]], 1, 2, "first half of a surrogate pair" },
    { [["\uD800\u0041"]], 1, 2, "first half of a surrogate pair" },
    { '["a\255"]', 1, 4, "not UTF-8" },
    { "\u{FEFF}1", 1, 1, "expected a value, got '\u{FEFF}'" },
    { ("["):rep(2000), 1, 1001, "more than 1000 levels" },
  }
  for _, case in ipairs(cases) do
    local value, message = json.decode(case[1])
    check.equal(value, nil, case[1])
    local start = ("line %d, column %d: "):format(case[2], case[3])
    check.equal(message:sub(1, #start), start, case[1] .. " -> " .. message)
    check.ok(message:find(case[4], #start, true), case[1] .. " -> " .. message)
  end
  check.fails(function() json.decode(nil) end, "expected a string, got a nil")
end)

check.test("deep but allowed", function()
  local text = ("["):rep(1000) .. ("]"):rep(1000)
  check.equal(json.encode(json.decode(text)), text)
end)

check.done()
