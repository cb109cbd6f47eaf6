--[[
Poisson equation whose solution has boundary values: u_xx + u_yy = f on [-1, 1]^2,
u = sin(pi x) sin(4 pi y) + sinh(2 x) sin(2 y) / sinh(2), of which the second part is
harmonic. Where helmholtz lets a network fall to u = 0, the boundary values forbid it.
]]
local ms = require "modsync"
local pi, sin, sinh = math.pi, ms.sin, ms.sinh

local function wave(s)
  return sin(pi * s.x) * sin(4 * pi * s.y)
end

local function exact(s)
  return wave(s) + sinh(2 * s.x) * sin(2 * s.y) / sinh(2)
end

return ms.problem {
  name = "poisson_harmonic", source = "none",
  summary = "Poisson equation, four waves along y and boundary values",
  coords = { "x", "y" }, fields = { "u" },
  domain = ms.box { x = { -1, 1 }, y = { -1, 1 } },
  terms = {
    { name = "residual", on = "interior", points = 1280,
      expr = function(s) return s.u_xx + s.u_yy + 17 * pi ^ 2 * wave(s) end },
    { name = "boundary", on = "boundary", points = 128,
      expr = function(s) return s.u - exact(s) end },
  },
  exact = { u = exact },
}
