local a = math.pi, string.rep, _G.print
local ms = require "modsync"
return ms.problem { name = "line", coords = { "x" }, fields = { "u" },
  domain = ms.box { x = { 0, 1 } },
  terms = { { name = "r", on = "interior", expr = function(s) return s.u end } } }
