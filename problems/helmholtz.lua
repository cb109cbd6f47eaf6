--[[
Helmholtz equation with wave number 1 and a source made from the solution:
u_xx + u_yy + u = f on [-1, 1]^2, u = 0 on the boundary.
]]
local ms = require "modsync"
local pi, sin = math.pi, ms.sin

local function exact(s)
  return sin(pi * s.x) * sin(4 * pi * s.y)
end

return ms.problem {
  name = "helmholtz", source = "arXiv:2409.18426",
  summary = "Helmholtz equation, four waves along y",
  coords = { "x", "y" }, fields = { "u" },
  domain = ms.box { x = { -1, 1 }, y = { -1, 1 } },
  terms = {
    { name = "residual", on = "interior", points = 1280,
      expr = function(s)
        return s.u_xx + s.u_yy + s.u - (1 - 17 * pi ^ 2) * exact(s)
      end },
    { name = "boundary", on = "boundary", points = 128,
      expr = function(s) return s.u - exact(s) end },
  },
  exact = { u = exact },
}
