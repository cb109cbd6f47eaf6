local misuse = require "modsync.misuse"

return {
  name = "fixed",
  summary = "the factors that are given, 1 where none is",
  paper = "none",
  options = {
    { name = "factors", type = "factors",
      text = "by term, { boundary = 100 }, or a list in the order of the terms; in " ..
        "text boundary=100+initial=10" },
  },
  weights = function(values, _, _, options, context)
    local factors, known = {}, {}
    for k = 1, values:size(1) do
      local name = context.names and context.names[k]
      if name then known[name] = true end
      factors[k] = options.factors and (options.factors[name] or options.factors[k]) or 1
    end
    for key, factor in pairs(options.factors or {}) do
      if not (known[key] or math.type(key) and factors[key]) then
        misuse("weighting 'fixed': there is no term %s%s", tostring(key), context.names
          and " (known: " .. table.concat(context.names, ", ") .. ")"
          or " whose name is known: bind the losses, cf:bind(L)")
      end
      if not (math.type(factor) and factor >= 0 and factor < math.huge) then
        misuse("weighting 'fixed': the factor of %s is %s; expected a number, 0 or more",
          tostring(key), tostring(factor))
      end
    end
    return factors
  end,
}
