--[[
One network per field, of any architecture: their parameters stand under the field's name,
"u.W1". Inputs are standardised, made periodic and so on by each network itself; tie,
freeze, rates, transform and parameters are of the whole model.

  ms.models.separate { inputs = p.coords, outputs = p.fields, each = { width = 30 },
    fields = { p = { model = "siren", width = 10 } }, freeze = { "p%.W1" } }
]]
local kind = require "modsync.kind"
local layouts = require "modsync.layout"
local misuse = require "modsync.misuse"
local model = require "modsync.model"
local registry = require "modsync.registry"

--- What every network takes over, unless its own options say otherwise.
local shared = { "standardise", "limits", "periodic", "harmonics", "fourier",
  "fourier_scale", "init" }

--- What no network has for itself.
local of_the_whole = { "inputs", "outputs", "tie", "freeze", "rates", "transform",
  "parameters" }

--- What is said of the network of the i-th field.
local function own_options(o, i)
  local options = {}
  for _, more in ipairs { o.each or {}, o.fields and o.fields[o.outputs[i]] or {} } do
    for name, value in pairs(more) do options[name] = value end
  end
  return options
end

--- Architecture and options of the network of the i-th field.
local function inner(o, i)
  local field, options = o.outputs[i], own_options(o, i)
  for _, name in ipairs(shared) do
    if options[name] == nil then options[name] = o[name] end
  end
  options.seed = options.seed or o.seed + i - 1
  options.inputs, options.outputs = o.inputs, { field }
  local record = registry.record("models", options.model or "mlp")
  return record, model.working(record, model.complete(record, options))
end

--- A complaint about options in 'each' or of a field that its network cannot have.
local function check_own(options, where, field)
  for _, name in ipairs(of_the_whole) do
    if options[name] ~= nil then
      misuse("separate: %s: %s is an option of the whole model: write it beside each, " ..
        "where the parts of the network of %s are %s.W1 and so on", where, name, field,
        field)
    end
  end
  if options.model == "separate" or options.model == "traced" then
    misuse("separate: %s: a network of a single field cannot be of the architecture %s",
      where, options.model)
  end
end

local function prepare(o)
  local known = {}
  for _, field in ipairs(o.outputs) do known[field] = true end
  check_own(o.each or {}, "each", o.outputs[1])
  for field, options in pairs(o.fields or {}) do
    if not known[field] then
      misuse("separate: fields: there is no field %s", kind.show(field))
    end
    if type(options) ~= "table" then
      misuse("separate: fields: the options of %s must be a table, not %s", field,
        kind.show(options))
    end
    check_own(options, "fields." .. field, field)
  end
end

local function layout(o, parts)
  for i, field in ipairs(o.outputs) do
    local record, options = inner(o, i)
    record.layout(options, parts:within(field .. "."))
  end
end

local function fields(o, _, p, s)
  local named = {}
  for i, field in ipairs(o.outputs) do
    local record, options = inner(o, i)
    named[field] = model.assemble(record, options, s, layouts.within(p, field .. "."))
  end
  return named
end

local function chains(o)
  local list = {}
  for i, field in ipairs(o.outputs) do
    local record, options = inner(o, i)
    local prefix = field .. "."
    for _, chain in ipairs(record.chains and record.chains(options) or {}) do
      list[#list + 1] = { prefix = prefix .. chain.prefix, layers = chain.layers,
        unit = chain.unit }
    end
    if #list < i then return nil end
  end
  return list
end

--- Every field has options of its own then, with the widths of its chains.
local function resize(o, widths)
  local resized, at = {}, 0
  for i, field in ipairs(o.outputs) do
    local record, options = inner(o, i)
    local count = #record.chains(options)
    resized[field] = own_options(o, i)
    record.resize(resized[field], table.move(widths, at + 1, at + count, 1, {}))
    at = at + count
  end
  o.each, o.fields = nil, resized
end

return {
  name = "separate",
  summary = "one network per field, of any architecture",
  paper = "none",
  options = {
    { name = "each", type = "table",
      text = "options of every network, with model = \"NAME\" (mlp)" },
    { name = "fields", type = "table",
      text = "options of the networks of single fields, by field" },
  },
  prepare = prepare, layout = layout, fields = fields, chains = chains,
  resize = resize,
}
