-- Pictures as files and text: structure, labels, where things are. Their looks were
-- judged by eye; what can be counted is counted here.
local check = require "tests.support.check"
local core = require "modsync.core"
local plot = require "modsync.plot"
local png = require "modsync.plot.png"
local raster = require "modsync.plot.raster"

local nan = 0 / 0

-- Reading pictures --------------------------------------------------------------------


-- The elements of an SVG as { name, attributes, text }, in the order of opening. Raises
-- when tags do not match, an attribute stands twice or an entity is unknown.
local function read_svg(text)
  local open, all, at = {}, {}, 1
  while at <= #text do
    local start = text:find("<", at, true)
    local between = text:sub(at, (start or #text + 1) - 1)
    assert(not between:gsub("&%a+;", ""):find "[&>]", "bare & or >: " .. between)
    for entity in between:gmatch "&(%a+);" do
      assert(({ amp = 1, lt = 1, gt = 1, quot = 1 })[entity], entity)
    end
    if #open > 0 then open[#open].text = open[#open].text .. between end
    if not start then break end
    local close, tag, attributes, empty, stop =
      text:match("^<(/?)([%a]+)([^<>]-)(/?)>()", start)
    assert(tag, "no tag at " .. text:sub(start, start + 40))
    if close == "/" then
      assert(open[#open].name == tag, "closes " .. open[#open].name .. " by " .. tag)
      open[#open] = nil
    else
      local element = { name = tag, text = "" }
      local rest = attributes:gsub('%s+([%w:-]+)="([^"<>]*)"', function(key, value)
        assert(element[key] == nil, key)
        element[key] = value
        return ""
      end)
      assert(rest:match "^%s*$", "attributes: " .. rest)
      all[#all + 1] = element
      if empty == "" then open[#open + 1] = element end
    end
    at = stop
  end
  assert(#open == 0, "an element is not closed")
  return all
end

local function select_by(elements, name, key, value)
  local out = {}
  for _, element in ipairs(elements) do
    if element.name == name and (not key or element[key] == value) then
      out[#out + 1] = element
    end
  end
  return out
end

local function texts(elements)
  local out = {}
  for i, element in ipairs(select_by(elements, "text")) do out[i] = element.text end
  return out
end

local function contains(list, wanted)
  for _, item in ipairs(list) do
    if item == wanted then return true end
  end
  return false
end

local function decode_base64(text)
  local alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
  local bits, out, held = 0, {}, 0
  for char in text:gmatch "[^=]" do
    held = held << 6 | alphabet:find(char, 1, true) - 1
    bits = bits + 6
    if bits >= 8 then
      bits = bits - 8
      out[#out + 1] = string.char(held >> bits & 255)
    end
  end
  return table.concat(out)
end

local function image_of(element)
  return decode_base64(element["xlink:href"]:match "^data:image/png;base64,(.*)$")
end

local function grid(nx, ny, f)
  local rows = {}
  for j = 1, ny do
    rows[j] = {}
    for i = 1, nx do rows[j][i] = f((i - 1) / (nx - 1), (j - 1) / (ny - 1)) end
  end
  return rows
end

-- SVG ---------------------------------------------------------------------------------

local x, y = core.linspace(-1, 1, 21), core.linspace(0, 1, 11)
local u = core.tensor(grid(21, 11, function(s, t) return 4 * s + t end))

local function three(options)
  local panels = {
    { title = "u", values = u }, { title = "exact <u> & \"more\"", values = u },
    { title = "error", values = u - 2, map = "diverging" },
  }
  local all = { x = x, y = y, panels = panels }
  for key, value in pairs(options or {}) do all[key] = value end
  return all
end

check.test("three fields: one picture each, a bar each, labels", function()
  local text = plot.fields(three { title = "burgers", ylabel = "t" })
  local elements = read_svg(text)
  check.equal(#select_by(elements, "image"), 6)
  local said = texts(elements)
  for _, wanted in ipairs { "u", "error", "burgers", "x", "t", "\u{2212}1.0", "1.0",
    "exact &lt;u&gt; &amp; &quot;more&quot;" } do
    check.ok(contains(said, wanted), wanted)
  end
  check.ok(not text:find "nan" and not text:find "inf", "coordinates are numbers")
  check.equal(plot.fields(three { title = "burgers", ylabel = "t" }), text)
end)

check.test("the picture of a field shows its values, largest y on top", function()
  local elements = read_svg(plot.fields(three()))
  local image = select_by(elements, "image")[1]
  local rows = raster.resample(x:totable(), y:totable(), u:totable(), 384, 384)
  check.ok(image_of(image) == raster.image(rows, 0, 5, "viridis"))
  check.near(rows[1][384], 5, 0.02)
  check.near(rows[384][384], 4, 0.02)
end)

-- The labels of the colour bars, which alone are set to the right of their place.
local function bar_labels(panels)
  local elements = read_svg(plot.fields { x = x, y = y, panels = panels })
  return table.concat(texts(select_by(elements, "text", "text-anchor", "start")), " ")
end

check.test("limits: shared by name, around zero, given", function()
  local small = u * 0.5
  check.equal(bar_labels { { values = u }, { values = small } },
    "0 1 2 3 4 5 0.0 0.5 1.0 1.5 2.0 2.5")
  check.equal(bar_labels { { values = u, scale = 1 }, { values = small, scale = 1 } },
    "0 1 2 3 4 5 0 1 2 3 4 5")
  check.equal(bar_labels { { values = u, map = "diverging" } },
    "\u{2212}4 \u{2212}2 0 2 4")
  check.equal(bar_labels { { values = u, limits = { 0, 2 } } }, "0.0 0.5 1.0 1.5 2.0")
end)

check.test("many panels break into rows inside the picture", function()
  local panels = {}
  for i = 1, 7 do panels[i] = { title = "field " .. i, values = u } end
  for columns, rows in pairs { [2] = 4, [3] = 3, [10] = 1 } do
    local options = { x = x, y = y, panels = panels, columns = columns }
    local elements = read_svg(plot.fields(options))
    local width, height = tonumber(elements[1].width), tonumber(elements[1].height)
    local tops, count = {}, 0
    for _, image in ipairs(select_by(elements, "image")) do
      check.ok(image.x + image.width <= width and image.y + image.height <= height)
      if not tops[image.y] then count = count + 1 end
      tops[image.y] = true
    end
    check.equal(count, rows)
  end
end)

check.test("fields that are constant or without a value are drawn", function()
  read_svg(plot.fields { x = x, y = y, panels = {
    { title = "constant", values = core.full({ 11, 21 }, 3.5) },
    { title = "zero error", values = core.zeros(11, 21), map = "diverging" },
    { title = "nothing", values = core.full({ 11, 21 }, nan) },
  } })
end)

check.test("over one coordinate panels are curves", function()
  local elements = read_svg(plot.fields { x = x, panels = {
    { title = "u", values = x }, { title = "exact", values = x:reshape(21, 1) },
  } })
  check.equal(#select_by(elements, "image"), 0)
  local paths = select_by(elements, "path")
  check.equal(#paths, 2)
  local _, corners = paths[1].d:gsub("[ML]", "")
  check.equal(corners, 21)
  check.equal(paths[1].d, paths[2].d)
end)

-- Corners of a path as pairs of numbers, lines and gaps: { {M, x, y}, {L, x, y}, ... }.
local function corners_of(path)
  local out = {}
  for kind, px, py in path.d:gmatch "([ML])(%S+) ([-%d.]+)" do
    out[#out + 1] = { kind, tonumber(px), tonumber(py) }
  end
  return out
end

local function chart(options)
  local elements = read_svg(plot.lines(options))
  local box
  for _, element in ipairs(select_by(elements, "svg")) do box = element end
  return elements, { width = tonumber(box.width), height = tonumber(box.height) }
end

check.test("a curve goes where its points are", function()
  local elements, box = chart {
    series = { { x = { 0, 1, 4 }, y = core.tensor { 10, 30, 20 } } }, ylim = { 10, 30 },
  }
  local corners = corners_of(select_by(elements, "path")[1])
  check.equal(#corners, 3)
  check.near({ corners[1][2], corners[1][3] }, { 0, box.height }, 0.01)
  check.near({ corners[2][2], corners[2][3] }, { box.width / 4, 0 }, 0.01)
  check.near({ corners[3][2], corners[3][3] }, { box.width, box.height / 2 }, 0.01)
end)

check.test("logarithmic axes", function()
  local elements, box = chart {
    logx = true, logy = true, ylim = { 1e-4, 1 },
    series = { { x = { 1, 10, 100 }, y = { 1, 1e-2, 1e-4 } } },
  }
  local corners = corners_of(select_by(elements, "path")[1])
  check.near({ corners[2][2], corners[2][3] }, { box.width / 2, box.height / 2 }, 0.01)
end)

check.test("what cannot be shown is a gap, a point alone is a dot", function()
  local elements = chart {
    logy = true,
    series = { { x = { 1, 2, 3, 4, 5, 6, 7, 8 }, y = { 1, 2, nan, 3, 0, 4, 5, 1 / 0 } } },
  }
  local paths = select_by(elements, "path")
  check.equal(#paths, 2)
  local kinds = {}
  for i, corner in ipairs(corners_of(paths[1])) do kinds[i] = corner[1] end
  check.equal(table.concat(kinds), "MLML")
  check.ok(paths[2].d:find "^M%S+ %S+h0$", paths[2].d)
end)

check.test("long curves are thinned and keep their extremes", function()
  local n = 100000
  local xs, ys, rng = {}, {}, core.rng(1, "noise")
  for i = 1, n do xs[i], ys[i] = i, rng:uniform() end
  ys[4321], ys[77777] = 3, -2
  local text = plot.lines { series = { { x = xs, y = ys } }, ylim = { -2, 3 } }
  check.ok(#text < 150000, "size " .. #text)
  local elements, box = chart { series = { { x = xs, y = ys } }, ylim = { -2, 3 } }
  local top, bottom, last = box.height, 0, -1
  for _, corner in ipairs(corners_of(select_by(elements, "path")[1])) do
    top, bottom = math.min(top, corner[3]), math.max(bottom, corner[3])
    check.ok(corner[2] >= last)
    last = corner[2]
  end
  check.near({ top, bottom, last }, { 0, box.height, box.width }, 0.01)
end)

check.test("legend, title, labels, broken lines", function()
  local elements = read_svg(plot.lines {
    title = "a & b", xlabel = "step", ylabel = "loss", logy = true,
    width = 500, height = 300,
    series = {
      { name = "one", x = { 1, 2 }, y = { 1, 2 } },
      { name = "two", x = { 1, 2 }, y = { 2, 1 }, dash = true, color = "#123456" },
      { x = { 1, 2 }, y = { 3, 3 } },
    },
  })
  local said = texts(elements)
  for _, wanted in ipairs { "one", "two", "a &amp; b", "step", "loss" } do
    check.ok(contains(said, wanted), wanted)
  end
  check.equal(elements[1].width, "500")
  check.equal(#select_by(elements, "path", "stroke", "#123456"), 2)
  check.equal(#select_by(elements, "path", "stroke-dasharray", "6 3"), 2)
  check.equal(#select_by(elements, "path"), 5)
end)

check.test("charts of nothing are drawn", function()
  read_svg(plot.lines { series = {} })
  local nothing = { { x = { -1 }, y = { nan } } }
  read_svg(plot.lines { logx = true, logy = true, series = nothing })
end)

check.test("files are written, and trouble with them is an outcome", function()
  local path = check.scratch "plot-test.svg"
  check.equal(plot.lines { path = path, series = {} }, true)
  local file = io.open(path, "rb")
  check.equal(file:read "a", plot.lines { series = {} })
  file:close()
  os.remove(path)
  local missing = check.scratch "no-such-folder/x.svg"
  local empty = { path = missing, series = {} }
  local _, code = check.refuses("No such file", plot.lines(empty))
  check.equal(code, "io")
  check.refuses("No such file", plot.fields(three { path = missing }))
  missing = check.scratch "no-such-folder/x.png"
  check.refuses("No such file", plot.png(missing, { { { 0, 0, 0 } } }))
end)

check.test("mistakes are named, at the caller's line", function()
  local ones = core.ones(11, 21)
  local cases = {
    { function() plot.fields() end, "expected a table of options, got a nil" },
    { function() plot.fields { y = y } end, "x: expected a tensor of one axis, got a" },
    { function() plot.fields { x = ones } end, "x: expected a tensor of one axis" },
    { function() plot.fields { x = { 1 } } end, "x: expected at least two values" },
    { function() plot.fields { x = { 0, 1, 1 } } end,
      "x: expected finite values that rise, item 3 is 1" },
    { function() plot.fields { x = x, y = y } end, "panels: expected at least one" },
    { function() plot.fields { x = x, y = y, panels = { { title = "u" } } } end,
      "panel 1 ('u'): expected a tensor of two axes, got a nil" },
    { function()
      plot.fields { x = x, y = y, panels = { { values = ones:transpose(1, 2) } } }
    end, "panel 1 ('nil'): expected values of shape 11x21 (y by x), got 21x11" },
    { function() plot.fields { x = x, panels = { { values = { 1, 2 } } } } end,
      "expected 21 values, got 2" },
    { function()
      plot.fields { x = x, y = y, panels = { { values = ones, map = "jet" } } }
    end, "map: expected 'viridis', 'magma' or 'diverging', got 'jet'" },
    { function()
      plot.fields { x = x, y = y, panels = { { values = ones, limits = { 2, 1 } } } }
    end, "limits: expected { low, high }" },
    { function() plot.fields(three { columns = 0 }) end, "columns: expected a positive" },
    { function() plot.lines {} end, "series: expected a list of tables" },
    { function() plot.lines { series = { x = { 1 }, y = { 1 } } } end,
      "series: expected a list of tables, { { ... }, { ... } }, not one table with" },
    { function() plot.fields { x = x, y = y, panels = { values = ones } } end,
      "panels: expected a list of tables" },
    { function() plot.lines { series = { { x = { 1 }, y = { 1 }, nmae = "a" } } } end,
      "series 1 has no option 'nmae'; did you mean 'name'?" },
    { function()
      plot.fields { x = x, y = y, panels = { { values = ones, titel = "u" } } }
    end, "panel 1 has no option 'titel'; did you mean 'title'?" },
    { function() plot.lines { path = "a.png", series = {} } end,
      'it writes SVG, to a file that ends in .svg, not to "a.png"' },
    { function() plot.fields(three { path = "x/a.PNG" }) end, "it writes SVG" },
    { function() plot.lines { path = 3, series = {} } end, "path must be a string" },
    { function() plot.png("a.svg", ones) end, "it writes PNG" },
    { function() plot.lines { series = { { name = "a", x = { 1 }, y = { 1, 2 } } } } end,
      "series 1 ('a'): x has 1 values, y has 2" },
    { function() plot.lines { series = { { name = "a", x = { 1 } } } } end,
      "series 1 ('a'), y: expected a tensor of one axis, got a nil" },
    { function() plot.lines { series = {}, logy = true, ylim = { 0, 1 } } end,
      "ylim: expected { low, high }, both positive on a logarithmic axis" },
    { function() plot.lines { series = {}, width = 50 } end, "leaves no room" },
    { function() plot.ascii(3) end, "values: expected a tensor of two axes, got 3" },
    { function() plot.ascii({ { 1, 2 }, { 3 } }) end, "row 2 has 1 values, row 1 has 2" },
    { function() plot.ascii(ones, { colors = "many" }) end, "colors: expected '256' or" },
  }
  for _, case in ipairs(cases) do
    local message = check.fails(case[1])
    check.ok(message:find(case[2], 1, true), message)
    check.ok(message:find "^[^ ]*tests/lua/plot%.lua:%d+: plot%.%a+: ", message)
  end
  local _, message = pcall(plot.ascii, 3)
  check.ok(message:find "^[^ ]*tests/lua/plot%.lua:%d+: plot%.ascii: ", message)
end)

check.test("options that there are not are refused", function()
  for _, case in ipairs {
    { function() plot.lines { sereis = {} } end, "plot.lines has no option 'sereis'" },
    { function() plot.fields(three { titel = "x" }) end, "did you mean 'title'" },
    { function() plot.ascii(core.ones(2, 2), { widht = 3 }) end,
      "plot.ascii has no option 'widht'; did you mean 'width'" },
  } do
    local message = check.fails(case[1], "^[^ ]*tests/lua/plot%.lua:%d+: ")
    check.ok(message:find(case[2], 1, true), message)
  end
end)

check.test("plot.png writes clamped samples, the first row on top", function()
  local path = check.scratch "plot-test.png"
  local pixels = core.tensor { { { 0, 0.5, 1 }, { -3, 7, 0.2 } } }
  check.equal(plot.png(path, pixels), true)
  local file = io.open(path, "rb")
  local bytes = file:read "a"
  file:close()
  os.remove(path)
  check.equal(bytes, png.rgb { "\0\128\255\0\255\51" })
  check.equal(plot.png(nil, pixels), bytes)
  check.equal(plot.png(nil, { { { nan, 0, 0 } } }), png.rgb { "\0\0\0" })
  check.fails(function() plot.png(path, core.zeros(2, 2)) end,
    "plot%.lua:%d+: plot%.png: expected a tensor of shape height x width x 3")
end)

-- Text --------------------------------------------------------------------------------

check.test("a heat map as text, row by row", function()
  local values = { { 0, 0.26 }, { 0.5, 1 } }
  check.equal(plot.ascii(values, { width = 2, height = 1, limits = { 0, 1 } }),
    "\u{2591}\u{2592}\n0 \u{2591}\u{2592}\u{2593}\u{2588} 1")
  local text = plot.ascii(core.tensor { { 0, 1, nan } }, { width = 3 })
  check.equal(text, "\u{2591}\u{2588}\u{B7}\n0 \u{2591}\u{2592}\u{2593}\u{2588} 1")
  local rows = plot.ascii({ { 0, 0 }, { 1, 1 } }, { width = 4, height = 4 })
  check.equal(rows, table.concat({ ("\u{2588}"):rep(4), ("\u{2593}"):rep(4),
    ("\u{2591}"):rep(4), (" "):rep(4), "0 \u{2591}\u{2592}\u{2593}\u{2588} 1" }, "\n"))
  check.ok(not plot.ascii(u):find "\27", "no escape codes unless asked")
  check.equal(select(2, plot.ascii(u):gsub("\n", "")), 20)
end)

check.test("colours in a terminal: two pixels a character, reset after a line", function()
  local values = { { 0, 0 }, { 1, 1 } }
  local limits = { 0.25, 0.75 }
  local full = plot.ascii(values,
    { width = 2, height = 1, colors = "24bit", limits = limits })
  local line = full:match "^[^\n]*"
  check.equal(line, "\27[38;2;253;231;37;48;2;68;1;84m\u{2580}\u{2580}\27[0m")
  local cube = plot.ascii(values,
    { width = 1, height = 1, colors = "256", limits = limits })
  check.equal(cube:match "^[^\n]*", "\27[38;5;220;48;5;53m\u{2580}\27[0m")
  check.ok(full:find "0%.25 \27.*\27%[0m 0%.75$")
end)

check.done()
