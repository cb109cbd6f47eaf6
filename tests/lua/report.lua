-- The progress line.
local ms = require "modsync"
local check = require "tests.support.check"
local report = ms.report

--- A stream that keeps what is written.
local function recorder()
  local parts = {}
  return {
    write = function(self, ...)
      for _, text in ipairs { ... } do parts[#parts + 1] = text end
      return self
    end,
    flush = function() end,
    text = function() return table.concat(parts) end,
  }
end

local function run_at(step)
  return {
    step = step, steps = 200, losses = { names = { "residual", "boundary" } },
    values = ms.tensor { 12.5, 0.003 }, fields = { "u", "v" }, rel_l2 = { u = 0.25 },
    sparsity = 0.5,
  }
end

check.test("clock", function()
  check.equal(report.clock(0.4), "0:00")
  check.equal(report.clock(59.6), "1:00")
  check.equal(report.clock(3700), "1:01:40")
  check.equal(report.clock(0 / 0), "?")
  check.equal(report.clock(math.huge), "?")
end)

check.test("the line says it all", function()
  check.equal(report.line(run_at(50), 30),
    "50/200   25%  30/s  0:05 left  residual 1.25e+01  boundary 3.00e-03  " ..
    "L2 u 2.50e-01  zero 50%")
  check.equal(report.line(run_at(199), 0.5):match("0.5/s  0:02 left") ~= nil, true)
end)

check.test("a line at every tenth where there is no terminal", function()
  local stream = recorder()
  local plain = report.new { stream = stream, mode = "plain" }
  plain:begin(run_at(0))
  for step = 1, 200 do plain:update(run_at(step)) end
  plain:finish(run_at(200))
  local steps = {}
  for step in stream.text():gmatch("(%d+)/200[^\n]*\n") do
    steps[#steps + 1] = tonumber(step)
  end
  check.equal(steps, { 20, 40, 60, 80, 100, 120, 140, 160, 180, 200 })
end)

check.test("redrawn in place, a few times a second at most", function()
  local stream = recorder()
  local live = report.new { stream = stream, mode = "live" }
  live:begin(run_at(0))
  for step = 1, 200 do live:update(run_at(step)) end
  live:finish(run_at(200))
  local drawn = select(2, stream.text():gsub("\r", ""))
  check.ok(drawn >= 2 and drawn <= 4, "drawn " .. drawn .. " times")
  check.equal(select(2, stream.text():gsub("\n", "")), 1)
  check.equal(stream.text():match("200/200[^\n]*\n$") ~= nil, true)
end)

check.test("quiet writes nothing, and is the default for a file", function()
  local stream = recorder()
  local quiet = report.new { stream = stream, mode = "quiet" }
  quiet:begin(run_at(0))
  quiet:update(run_at(1))
  quiet:finish(run_at(1))
  check.equal(stream.text(), "")
  local file = check.ok(io.tmpfile())
  check.equal(report.new({ stream = file }).mode, "quiet")
  file:close()
end)

check.done()
