--[[
The viscosity of Burgers' equation from measurements: u_t + u u_x = nu u_xx, nu unknown,
and u at 500 random places with 1 % noise (of the standard deviation of u). The truth is
nu = 0.01 / pi, the solution that of burgers.

The misfit is taken 10 times: what is measured is worth more than an equation that holds
at the true viscosity only. A run of 5 x 20 units, 20,000 steps of Adam from 5e-3 on the
sum of the gradients (seed 1) ends 1.4 % off; with 3 in place of 10, 5 % off.
]]
local ms = require "modsync"
local forward = ms.problem "burgers"

local points = ms.sample_box("uniform", ms.rng(1, "places"), ms.zeros(500, 2), { -1, 0 },
  { 1, 1 })
local exact = forward:exact(points):reshape(500)
local deviation = ((exact - exact:mean()):norm() ^ 2 / 500) ^ 0.5
local noise = ms.rng(1, "noise"):normal(ms.zeros(500))

return ms.problem {
  name = "burgers_inverse", source = "doi:10.1016/j.jcp.2018.10.045",
  summary = "the viscosity of Burgers' equation from 500 noisy values",
  coords = { "x", "t" }, fields = { "u" },
  domain = ms.box { x = { -1, 1 }, t = { 0, 1 } },
  parameters = {
    nu = { start = 0.05, positive = true, rate = 3, exact = 0.01 / math.pi },
  },
  terms = {
    { name = "residual", on = "interior", points = 1280,
      expr = function(s) return s.u_t + s.u * s.u_x - s.nu * s.u_xx end },
    { name = "data", on = points, values = { u_obs = exact + 0.01 * deviation * noise },
      expr = function(s) return 10 * (s.u - s.u_obs) end },
  },
  exact = { u = forward.exact.u },
}
