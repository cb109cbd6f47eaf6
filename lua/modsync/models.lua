--[[
Architectures: ms.models.mlp { inputs = p.coords, outputs = p.fields } makes a model; see
model.lua. pairs(ms.models) walks the names.
]]
local model = require "modsync.model"
local registry = require "modsync.registry"

return registry.namespace("models", { new = model.make })
