--[[
The options that every architecture takes besides its own, as the records of options that
registry.lua checks and modsync --help prints. What they mean is in model.lua and
layers.lua.
]]
return {
  { name = "inputs", type = "table", text = "names of the coordinates, p.coords" },
  { name = "outputs", type = "table", text = "names of the fields, p.fields" },
  { name = "seed", type = "integer", default = 1, min = 0,
    text = "of the stream \"init\" and of fixed random features" },
  { name = "standardise", type = "boolean", default = true,
    text = "centre and scale the inputs over the domain; without it a wide network " ..
      "starts almost linear and may collapse to u = 0" },
  { name = "domain", type = "table",
    text = "what to standardise by, p.domain; p.coords carries it" },
  { name = "limits", type = "table",
    text = "the same as a plain table, { x = {-1, 1} }" },
  { name = "periodic", type = "table",
    text = "inputs in which the fields are exactly periodic: { \"x\" }, with the " ..
      "length of the domain as period, or { x = period }" },
  { name = "harmonics", type = "integer", default = 1, min = 1,
    text = "waves of a periodic input that the network sees" },
  { name = "fourier", type = "integer", default = 0, min = 0,
    text = "random Fourier features that take the inputs' place, a sine and a cosine " ..
      "each; 0 for none" },
  { name = "fourier_scale", type = "number", default = 1, min = 0,
    text = "standard deviation of their wave numbers" },
  { name = "init", type = "string", default = "glorot",
    text = "of the weights, a name in ms.initialisers" },
  { name = "transform", type = "function",
    text = "a function (s, fields) -> fields for conditions that hold exactly; the " ..
      "problem's own, hard = ..., by default" },
  { name = "tie", type = "table",
    text = "parts that are another part: { W3 = \"W2\" }" },
  { name = "freeze", type = "table",
    text = "patterns of the names of parts that stay as they are: { \"[Wb]1\" }" },
  { name = "rates", type = "table",
    text = "factors of the learning rate by pattern, { [\"parameter%..*\"] = 10 }" },
  { name = "parameters", type = "table",
    text = "trainable coefficients of the equations; p.fields carries the problem's" },
}
