-- What pictures are made of: scales and their labels, colours, PNG bytes, rasters.
local check = require "tests.support.check"
local core = require "modsync.core"
local color = require "modsync.plot.color"
local png = require "modsync.plot.png"
local raster = require "modsync.plot.raster"
local scale = require "modsync.plot.scale"

local nan = 0 / 0

-- Scales ------------------------------------------------------------------------------

local function labels(s)
  local out = {}
  for i, tick in ipairs(s.ticks) do
    local label = tick.label
    out[i] = type(label) == "table" and label.text .. "^" .. label.exponent or label
  end
  return table.concat(out, " ")
end

check.test("linear ticks", function()
  local M = "\u{2212}"
  local cases = {
    { -1, 1, 5, M .. "1.0 " .. M .. "0.5 0.0 0.5 1.0" },
    { 0, 1, 5, "0.0 0.2 0.4 0.6 0.8 1.0" },
    { 0, 20000, 5, "0 5000 10000 15000 20000" },
    { 0, 2 * math.pi, 4, "0 2 4 6" },
    { 0.0012, 0.0098, 5, "0.002 0.004 0.006 0.008" },
    { 1e9, 1e9 + 4, 4, "1.000000000 1.000000001 1.000000002 1.000000003 1.000000004", 9 },
    { 0, 3e-7, 3, "0 1 2 3", -7 },
    { -250000, 0, 5, M .. "2.5 " .. M .. "2.0 " .. M .. "1.5 " .. M .. "1.0 " .. M
      .. "0.5 0.0", 5 },
    { 0.1, 0.3, 2, "0.1 0.2 0.3" },
  }
  for _, case in ipairs(cases) do
    local s = scale.linear(case[1], case[2], case[3])
    check.equal(labels(s), case[4])
    check.equal(s.exponent, case[5])
    check.equal(s:place(case[1]), 0.0)
    check.equal(s:place(case[2]), 1.0)
  end
end)

check.test("ticks of any interval lie in it, rise, and say what they are", function()
  local rng = core.rng(1, "intervals")
  for _ = 1, 2000 do
    local size = 10 ^ (40 * rng:uniform() - 20)
    local lo = (2 * rng:uniform() - 1) * size * 10 ^ (3 * rng:uniform())
    local s = scale.linear(lo, lo + size, 5)
    check.ok(#s.ticks >= 2 and #s.ticks <= 6, labels(s))
    for i, tick in ipairs(s.ticks) do
      check.ok(tick.value >= s.lo - 1e-5 * size and tick.value <= s.hi + 1e-5 * size)
      check.ok(i == 1 or tick.value > s.ticks[i - 1].value)
      local said = tonumber((tick.label:gsub("\u{2212}", "-"))) * 10 ^ (s.exponent or 0)
      check.near(said, tick.value, 1e-6 * size, labels(s))
    end
  end
end)

check.test("an interval that is a point is widened", function()
  for _, v in ipairs { 0, 5, -1e-9, 1e12 } do
    local s = scale.linear(v, v, 5)
    check.ok(s.lo < v and v < s.hi and #s.ticks >= 2)
    check.near(s:place(v), 0.5, 1e-9)
  end
end)

check.test("logarithmic ticks", function()
  local M = "\u{2212}"
  local cases = {
    { 1, 1000, "10^0 10^1 10^2 10^3" },
    { 2e-3, 0.5, "10^" .. M .. "2 10^" .. M .. "1" },
    { 1e-20, 1, ("10^-20 10^-15 10^-10 10^-5 10^0"):gsub("-", M) },
    { 15, 80, "2\u{D7}10^1 5\u{D7}10^1" },
    { 3.05, 3.35, "3.1 3.2 3.3" },
  }
  for _, case in ipairs(cases) do
    local s = scale.log(case[1], case[2])
    check.equal(labels(s), case[3])
    check.near(s:place(math.sqrt(case[1] * case[2])), 0.5, 1e-12)
    for _, value in ipairs(s.minor) do
      check.ok(value >= s.lo * 0.999 and value <= s.hi * 1.001)
    end
  end
  local point = scale.log(3, 3)
  check.ok(point.lo < 3 and point.hi > 3)
  local s = scale.log(1, 10)
  for _, bad in ipairs { 0, -1, nan } do check.ok(s:place(bad) ~= s:place(bad)) end
end)

check.test("the extent of values ignores what is not finite", function()
  check.equal({ scale.extent { { 1, nan, 3 }, { 1 / 0, -2 } } }, { -2, 3 })
  check.equal({ scale.extent({ 1, -5, 0, 7 }, true) }, { 1, 7 })
  check.equal(scale.extent { nan, 1 / 0 }, nil)
end)

-- Colours and PNG ---------------------------------------------------------------------

check.test("colour maps", function()
  check.equal(color.map("viridis")[1], { 0x44, 0x01, 0x54 })
  check.equal(color.map("viridis")[255], { 0xFD, 0xE7, 0x25 })
  check.equal(color.map("magma")[1], { 0, 0, 4 })
  for _, name in ipairs { "viridis", "magma" } do
    local map, last = color.map(name), -1
    check.equal(#map, 255)
    for i = 1, 255, 2 do
      local lightness = 0.2126 * map[i][1] + 0.7152 * map[i][2] + 0.0722 * map[i][3]
      check.ok(lightness > last, name .. " gets darker at " .. i)
      last = lightness
    end
  end
  local middle = color.map("diverging")[128]
  check.ok(math.min(table.unpack(middle)) > 235, "near white at zero")
  check.equal({ color.level(0), color.level(0.5), color.level(1) }, { 1, 128, 255 })
  local outside = { color.level(-1 / 0), color.level(1 / 0), color.level(nan) }
  check.equal(outside, { 1, 255, 256 })
end)

-- Chunks of a PNG as { kind, data }, their CRCs checked.
local function read_png(bytes)
  assert(bytes:sub(1, 8) == "\137PNG\r\n\26\n")
  local chunks, at = {}, 9
  while at <= #bytes do
    local size, kind, stop = string.unpack(">I4c4", bytes, at)
    local data = bytes:sub(stop, stop + size - 1)
    assert(string.unpack(">I4", bytes, stop + size) == core.crc32(kind .. data))
    chunks[#chunks + 1] = { kind = kind, data = data }
    at = stop + size + 4
  end
  return chunks
end

-- What a zlib stream of stored blocks (level 0) holds.
local function stored(stream)
  local out, at = {}, 3
  repeat
    local last, size, inverse, stop = string.unpack("<BI2I2", stream, at)
    assert(size == ~inverse & 0xFFFF)
    out[#out + 1] = stream:sub(stop, stop + size - 1)
    at = stop + size
  until last == 1
  return table.concat(out)
end

check.test("PNG of palette indices, byte by byte", function()
  local chunks = read_png(png.indexed({ "\0\1\2", "\2\1\0" },
    { { 1, 2, 3 }, { 4, 5, 6 }, { 255, 0, 7 } }, 0))
  check.equal(#chunks, 4)
  check.equal(chunks[1], { kind = "IHDR", data = "\0\0\0\3\0\0\0\2\8\3\0\0\0" })
  check.equal(chunks[2], { kind = "PLTE", data = "\1\2\3\4\5\6\255\0\7" })
  check.equal(stored(chunks[3].data), "\0\0\1\2\0\2\1\0")
  check.equal(chunks[4], { kind = "IEND", data = "" })
end)

check.test("PNG of true colours, unfiltered again", function()
  local rows = { "\1\2\3\250\0\9\0\0\0", "\5\5\5\5\5\5\255\254\253" }
  local chunks = read_png(png.rgb(rows, 0))
  check.equal(chunks[1].data, "\0\0\0\3\0\0\0\2\8\2\0\0\0")
  local lines = stored(chunks[2].data)
  for j, row in ipairs(rows) do
    local line = lines:sub(10 * j - 9, 10 * j)
    check.equal(line:byte(1), 1)
    local pixel, out = { 0, 0, 0 }, {}
    for i = 0, 8 do
      local c = i % 3 + 1
      pixel[c] = (pixel[c] + line:byte(i + 2)) & 255
      out[i + 1] = string.char(pixel[c])
    end
    check.equal(table.concat(out), row)
  end
end)

check.test("base64", function()
  local cases = {
    [""] = "", f = "Zg==", fo = "Zm8=", foo = "Zm9v", foob = "Zm9vYg==",
    ["\255\239"] = "/+8=",
  }
  for bytes, text in pairs(cases) do check.equal(png.base64(bytes), text) end
end)

-- Rasters -----------------------------------------------------------------------------

check.test("a field of first degree is resampled exactly, on uneven grids too", function()
  local x, y = { 0, 0.1, 0.5, 1 }, { -1, 2, 3 }
  local values = {}
  for j = 1, 3 do
    values[j] = {}
    for i = 1, 4 do values[j][i] = 2 * x[i] - 3 * y[j] + 1 end
  end
  local rows = raster.resample(x, y, values, 7, 5)
  for j = 1, 5 do
    for i = 1, 7 do
      local px, py = (i - 0.5) / 7, 3 - 4 * (j - 0.5) / 5
      check.near(rows[j][i], 2 * px - 3 * py + 1, 1e-12)
    end
  end
end)

check.test("a value that is missing does not spread", function()
  local row = { 1, nan, 3 }
  local rows = raster.resample({ 0, 1, 2 }, { 0, 1 }, { row, row }, 8, 1)
  local seen = {}
  for i, value in ipairs(rows[1]) do
    seen[i] = value ~= value and "-" or tostring(value)
  end
  check.equal(table.concat(seen, " "), "1 1 - - - - 3 3")
end)

check.done()
