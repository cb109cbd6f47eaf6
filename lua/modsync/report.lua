--[[
The progress line of a run: step, speed, time left, losses, errors, sparsity. On a
terminal it is redrawn in place, at most four times a second; elsewhere nothing is
written, or with 'verbose' a plain line at every tenth of the run.
]]
local check_keys = require "modsync.check_keys"
local colon = require "modsync.colon"
local core = require "modsync.core"
local kind = require "modsync.kind"
local misuse = require "modsync.misuse"

--- The progress line of a run.
---@class modsync.report
local report = {}
report.__index = report
report.__name = "modsync.report"

function report:__tostring()
  return ("report: the progress line of a run, %s"):format(self.mode)
end

local REDRAW_SECONDS = 0.25

--- 75 -> "1:15", 3700 -> "1:01:40"
---@param seconds number
---@return string
function report.clock(seconds)
  if seconds ~= seconds or seconds == math.huge then return "?" end
  local s = math.floor(seconds + 0.5)
  if s >= 3600 then return ("%d:%02d:%02d"):format(s // 3600, s // 60 % 60, s % 60) end
  return ("%d:%02d"):format(s // 60, s % 60)
end

--- A report. mode: "live" (redrawn in place), "plain" (a line per tenth), "quiet"; by
--- default live on a terminal and quiet elsewhere.
---@param options { stream?: file*, mode?: string }?
---@return modsync.report
function report.new(options)
  options = options or {}
  check_keys(options, { "stream", "mode" }, "a report")
  local stream = options.stream or io.stderr
  local mode = options.mode or (core.isatty(stream) and "live" or "quiet")
  if mode ~= "live" and mode ~= "plain" and mode ~= "quiet" then
    misuse("a report is \"live\", \"plain\" or \"quiet\", not %s", kind.show(mode))
  end
  return setmetatable({ stream = stream, mode = mode, drawn = false,
    warns = options.mode ~= "quiet" }, report)
end

--- The line itself.
---@param run modsync.run
---@param rate number  steps per second
---@return string
function report.line(run, rate)
  local parts = {
    ("%d/%d"):format(run.step, run.steps),
    ("%3.0f%%"):format(100 * run.step / run.steps),
    (rate < 10 and "%.1f/s" or "%.0f/s"):format(rate),
    report.clock((run.steps - run.step) / rate) .. " left",
  }
  for k, name in ipairs(run.values and run.losses.names or {}) do
    parts[#parts + 1] = ("%s %.2e"):format(name, run.values:get(k))
  end
  for _, field in ipairs(run.fields or {}) do
    local error_now = run.rel_l2[field]
    if error_now then parts[#parts + 1] = ("L2 %s %.2e"):format(field, error_now) end
  end
  for _, coefficient in ipairs(run.problem and run.problem.parameters or {}) do
    parts[#parts + 1] = ("%s %.4g"):format(coefficient.name,
      run.net:coefficient(coefficient.name))
  end
  if run.sparsity and run.sparsity > 0 then
    parts[#parts + 1] = ("zero %.0f%%"):format(100 * run.sparsity)
  end
  return table.concat(parts, "  ")
end

--- Before the first step.
---@param run modsync.run
function report:begin(run)
  self.started, self.first = core.time(), run.step
  self.drawn_at = -math.huge
  local objection = run.conflict and run.conflict:objection(run.optimizer)
  if objection then self:warn(objection) end
end

--- After every step; nearly free when nothing is due.
---@param run modsync.run
function report:update(run)
  if self.mode == "quiet" then return end
  if self.mode == "plain" then
    local tenth = run.steps / 10
    if run.step // tenth == (run.step - 1) // tenth then return end
  end
  local now = core.time()
  if self.mode == "live" and now - self.drawn_at < REDRAW_SECONDS then return end
  self:draw(run, now)
end

---@private
function report:draw(run, now)
  self.drawn_at = now
  local rate = (run.step - self.first) / math.max(now - self.started, 1e-9)
  local text = report.line(run, rate)
  if self.mode == "live" then
    -- no line wrap while drawing: a line wider than the window would not be redrawn in
    -- place
    self.stream:write("\r\27[?7l", text, "\27[K\27[?7h")
    self.drawn = true
  else
    self.stream:write(text, "\n")
  end
  self.stream:flush()
end

--- A warning in a line of its own, also where there is no progress line; none if a quiet
--- report was asked for.
---@param text string
function report:warn(text)
  if not self.warns then return end
  self.stream:write(self.drawn and "\n" or "", "modsync: ", text, "\n")
  self.stream:flush()
end

--- The last state, and the cursor on a line of its own.
---@param run modsync.run
function report:finish(run)
  if self.mode == "live" and run.step > self.first then
    self:draw(run, core.time())
    self.stream:write("\n")
    self.stream:flush()
  end
end

colon.guard(report, "report")

return report
