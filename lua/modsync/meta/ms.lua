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
---@field diagnostics modsync.diagnostics
---@field forms modsync.forms
---@field gates modsync.gates
---@field help modsync.help
---@field importance modsync.importances
---@field initialisers modsync.initialisers
---@field json modsync.json
---@field models modsync.models
---@field modularity modsync.modularity
---@field optim modsync.optimizers
---@field plot modsync.plot
---@field problem modsync.problems
---@field prune modsync.prunes
---@field registry modsync.registry
---@field report modsync.report
---@field schedule modsync.schedules
---@field scores modsync.scores
---@field statistics modsync.statistics
---@field sweep modsync.sweep
---@field weighting modsync.weightings
local ms = {}

--- ms.box { x = {-1, 1}, t = {0, 1} }: the product of intervals.
---@param limits table<string, number[]>
---@return modsync.box
function ms.box(limits) end

--- Compares every derivative and gradient that a problem needs of a model with finite
--- differences, and every elementary function: print(ms.check(p, net)).
---@param problem modsync.problem|string
---@param net modsync.model
---@param options? { points?: integer, tolerance?: number }
---@return modsync.check_report
function ms.check(problem, net, options) end

--- A smaller model with the same outputs, without the units that pruning has silenced;
--- with an optimizer also one like it that goes on with its moments.
---@param net modsync.model
---@param optimizer? modsync.optimizer
---@return modsync.model small
---@return modsync.optimizer? optimizer
function ms.compact(net, optimizer) end

--- Whether a method keeps its promises, on random and degenerate input.
---@param family "conflict"|"weighting"|"prune"|"optim"|"schedule"
---@param method any
---@param options? modsync.conform_options
---@return modsync.conformance
function ms.conform(family, method, options) end

--- First and second derivatives of the loss terms by the parameters; with 'dense' also by
--- masked ones.
---@param losses modsync.losses
---@param dense? boolean
---@return modsync.curvature
function ms.curvature(losses, dense) end

--- ms.data "file.csv" or ms.data { tensor or path, columns = { "x", "t", "u_obs" } }.
---@param what string|{ [1]: string|modsync.tensor, columns?: string[] }
---@return modsync.data
function ms.data(what) end

--- Names what a run suffers from.
---@param run modsync.run
---@return modsync.diagnosis
function ms.diagnose(run) end

--- Activations, their derivatives and sensitivities of the hidden units of a model, at
--- points whose columns are its inputs or 'coords'.
---@param net modsync.model
---@param coords? string[]
---@return modsync.hidden
function ms.hidden(net, coords) end

--- h W + b; b may be missing.
---@param h modsync.symbol
---@param W modsync.symbol|modsync.tensor
---@param b? modsync.symbol|modsync.tensor
---@return modsync.symbol
function ms.linear(h, W, b) end

--- The run that a checkpoint holds, ready for run:resume(). given: problem, optimizer,
--- conflict, prune or schedule, for a checkpoint made with one that has no name to find
--- it by; net, a model or options that no checkpoint holds, { forward = ... }. Where
--- there is none, a message says why: assert(ms.load(path)):resume() shows it.
---@param path string
---@param given? table
---@return modsync.run?
---@return string? message
---@return string? code
function ms.load(path, given) end

--- Trains, prunes, rewinds and trains again. A run that does not finish is the last.
---@param settings modsync.lottery_settings
---@return modsync.ticket[]?
---@return string? message
---@return string? code
function ms.lottery(settings) end

--- A multi-layer perceptron: h = act(h W + b) in the hidden layers, then a linear layer.
---@param options modsync.model.mlp
---@return modsync.model
function ms.mlp(options) end

--- The model that these options (another model's net.options) describe, with new weights.
--- With options.forward, a function (x, p, s), the one that this function describes: see
--- models/traced.lua.
---@param options table
---@return modsync.model
function ms.model(options) end

--- `on = ms.periodic "x"`: expr(s, t) gets s on the face x.min and t on x.max, all other
--- coordinates equal. Several names share the points: ms.periodic { "x", "y" }.
---@param names string|string[]
---@return modsync.periodic_faces
function ms.periodic(names) end

--- Trains for some steps and names the kind of conflict that the terms are in.
---@param losses modsync.losses
---@param steps integer
---@param options? modsync.profile_options
---@return modsync.profile?
---@return string? message
function ms.profile(losses, steps, options) end

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
