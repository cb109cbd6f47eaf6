--[[
Nonlinear Klein-Gordon equation with a source made from the solution:
u_tt - u_xx + u^3 = f on [0, 1]^2, values on x = 0 and x = 1, value and velocity at t = 0.
]]
local ms = require "modsync"
local pi, cos = math.pi, ms.cos

local function exact(s)
  return s.x * cos(5 * pi * s.t) + (s.x * s.t) ^ 3
end

--- exact_tt - exact_xx + exact^3
local function source(s)
  local x, t = s.x, s.t
  local exact_tt = -25 * pi ^ 2 * x * cos(5 * pi * t) + 6 * x ^ 3 * t
  return exact_tt - 6 * x * t ^ 3 + exact(s) ^ 3
end

return ms.problem {
  name = "klein_gordon", source = "arXiv:2001.04536",
  summary = "Klein-Gordon equation with a cubic term",
  coords = { "x", "t" }, fields = { "u" },
  domain = ms.box { x = { 0, 1 }, t = { 0, 1 } },
  terms = {
    { name = "residual", on = "interior", points = 1280,
      expr = function(s) return s.u_tt - s.u_xx + s.u ^ 3 - source(s) end },
    { name = "boundary", on = { "x.min", "x.max" }, points = 128,
      expr = function(s) return s.u - exact(s) end },
    { name = "initial", on = "t=0", points = 128,
      expr = function(s) return s.u - s.x end },
    { name = "velocity", on = "t=0", points = 128,
      expr = function(s) return s.u_t end },
  },
  exact = { u = exact },
}
