---@meta _
-- Written by `modsync docs` from the records and the reference.

--- How points are drawn.
---@alias modsync.sampler
---| string
---| "grid"
---| "uniform"
---| "lhs"
---| "sobol"
---| "halton"

--- A name in ms.activations.
---@alias modsync.activation
---| string
---| "gelu"
---| "sigmoid"
---| "silu"
---| "sin"
---| "softplus"
---| "tanh"

--- A name in ms.initialisers.
---@alias modsync.initialiser
---| string
---| "glorot"
---| "glorot_uniform"
---| "he"
---| "he_uniform"

--- What require "modsync" returns.
---@class modsync : modsync.core
---@field activations modsync.activations
---@field conflict modsync.conflicts
---@field help modsync.help
---@field initialisers modsync.initialisers
---@field json modsync.json
---@field optim modsync.optimizers
---@field plot modsync.plot
---@field problem modsync.problems
---@field prune modsync.prunes
---@field registry modsync.registry
---@field report modsync.report
---@field schedule modsync.schedules
local ms = {}

--- ms.box { x = {-1, 1}, t = {0, 1} }: the product of intervals.
---@param limits table<string, number[]>
---@return modsync.box
function ms.box(limits) end

--- First and second derivatives of the loss terms by the parameters.
---@param losses modsync.losses
---@return modsync.curvature
function ms.curvature(losses) end

--- The run that a checkpoint holds, ready for run:resume(). given: problem, optimizer,
--- conflict, prune or schedule, for a checkpoint made with one that has no name to find
--- it by.
---@param path string
---@param given? table
---@return modsync.run?
---@return string? message
---@return string? code
function ms.load(path, given) end

--- A multi-layer perceptron: h = act(h W + b) in the hidden layers, then a linear layer.
---@param options modsync.mlp_options
---@return modsync.model
function ms.mlp(options) end

--- The model that these options (another model's net.options) describe, with new weights.
---@param options table
---@return modsync.model
function ms.model(options) end

--- `on = ms.periodic "x"`: expr(s, t) gets s on the face x.min and t on x.max, all other
--- coordinates equal. Several names share the points: ms.periodic { "x", "y" }.
---@param names string|string[]
---@return modsync.periodic_faces
function ms.periodic(names) end

--- Add a method in Lua at run time: registry.register { family = "conflict", name = ...,
--- ... }.
---@param record modsync.record
---@return modsync.record
function ms.register(record) end

--- Writes a run. A run with a parameter that is not finite is not written.
---@param run modsync.run
---@param path string
---@return true?
---@return string? message
---@return string? code
function ms.save(run, path) end

--- Trains, with progress, history, checkpoints, Ctrl-C. run.stopped says how it ended.
---@param settings modsync.train_settings
---@return modsync.run?
---@return string? message
---@return string? code
function ms.train(settings) end
