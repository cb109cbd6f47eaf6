--[[
Convection at speed 40: u_t + 40 u_x = 0 on x in [0, 2 pi], t in [0, 1]; u(x, 0) = sin x,
u(0, t) = u(2 pi, t).
]]
local ms = require "modsync"
local pi, sin = math.pi, ms.sin
local speed = 40

return ms.problem {
  name = "convection", source = "arXiv:2109.01050",
  summary = "Convection of a sine wave at speed 40, periodic",
  coords = { "x", "t" }, fields = { "u" },
  domain = ms.box { x = { 0, 2 * pi }, t = { 0, 1 } },
  terms = {
    { name = "residual", on = "interior", points = 1280,
      expr = function(s) return s.u_t + speed * s.u_x end },
    { name = "boundary", on = ms.periodic "x", points = 128,
      expr = function(left, right) return left.u - right.u end },
    { name = "initial", on = "t=0", points = 128,
      expr = function(s) return s.u - sin(s.x) end },
  },
  exact = { u = function(s) return sin(s.x - speed * s.t) end },
}
