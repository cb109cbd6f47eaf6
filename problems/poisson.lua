--[[
Poisson equation: -(u_xx + u_yy) = 2 pi^2 sin(pi x) sin(pi y) on [0, 1]^2,
u = 0 on the boundary.
]]
local ms = require "modsync"
local pi, sin = math.pi, ms.sin

local function exact(s)
  return sin(pi * s.x) * sin(pi * s.y)
end

return ms.problem {
  name = "poisson", source = "none",
  summary = "Poisson equation with a single bump",
  coords = { "x", "y" }, fields = { "u" },
  domain = ms.box { x = { 0, 1 }, y = { 0, 1 } },
  terms = {
    { name = "residual", on = "interior", points = 1280,
      expr = function(s) return s.u_xx + s.u_yy + 2 * pi ^ 2 * exact(s) end },
    { name = "boundary", on = "boundary", points = 128,
      expr = function(s) return s.u end },
  },
  exact = { u = exact },
}
