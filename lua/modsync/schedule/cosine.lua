--[[
rate = from * step / warmup in the warm-up; then, with x from 0 in the step after it to 1
in step 'steps', rate = to + (from - to) (1 + cos(pi x)) / 2; 'to' ever after.
]]
local misuse = require "modsync.misuse"

local function rate(step, options)
  local from, to, warmup, steps = options.from, options.to, options.warmup, options.steps
  if not steps then
    misuse("the cosine schedule needs 'steps', the step in which it reaches its end")
  end
  if step <= warmup then return from * step / warmup end
  local length = steps - warmup - 1
  if step >= steps or length < 1 then return to end
  local x = (step - 1 - warmup) / length
  return to + (from - to) * (1 + math.cos(math.pi * x)) / 2
end

return {
  name = "cosine",
  summary = "half a cosine wave from one rate to another, after a linear warm-up",
  paper = "arXiv:1608.03983",
  options = {
    { name = "from", type = "number", default = 1e-3, min = 0,
      text = "the rate after the warm-up (ms.train: that of the optimizer)" },
    { name = "to", type = "number", default = 0, min = 0,
      text = "the rate of the last step" },
    { name = "steps", type = "integer", min = 1,
      text = "the step that has the rate 'to' (ms.train: its number of steps)" },
    { name = "warmup", type = "integer", default = 0, min = 0,
      text = "steps of linear growth before" },
  },
  rate = rate,
}
