--[[
The families of methods, and the functions that a record in Lua has (state is a table that
the method may fill with tensors, numbers, strings and booleans: a checkpoint stores it;
options are complete):

  optim     step(theta, d, state, options, look, value)  changes theta in place; with
            looks = true in its record look() is the value and its gradient d at the
            present theta, and 'value' what it was before the step
  conflict  combine(G, values, state, options) -> d   G is K x P, d has P elements; may
            have needs(terms, state, options) -> the numbers of the terms that the next
            call looks at, and after(values, state, options), the losses after the step
  weighting weights(values, G, state, options, context) -> K numbers, or
            points(term, squares, state, options, context) -> a factor for every point;
            see weighting.lua
  prune     apply(model, step, state, options, context), and observe(G, model, state,
            options, context) if it looks at gradients, evaluate(losses, model, state,
            options, context) if it has gates; see prune.lua; or score(context) -> P
            numbers, what every parameter is worth keeping; see masking.lua
  schedule  rate(step, options) -> learning rate
  importance  sample(G, theta) -> T x P, or rows(curvature, term, points) -> rows of P;
            see importance.lua
  models    layout(options, layout), fields(options, x, p, s) -> symbol; see model.lua

A family: { key = folder and table name in Lua, record = family name in C records, plural,
noun, slots = functions that a record must have, instead = those that it may have in
their place, others = further functions, data = further fields, aliases, common = options
that every method of the family takes besides its own, kept by the class in Lua }.
]]
local model_options = require "modsync.model_options"

--- An option of families that see loss terms as tasks.
local groups = { name = "groups", type = "groups",
  text = "terms that are one task, their gradients added: { {'residual'}, " ..
    "{'boundary', 'initial'} }, in text residual/boundary+initial; a term that " ..
    "is not named is a task of its own" }

return {
  { key = "optim", record = "optimizer", plural = "optimizers", noun = "optimizer",
    slots = { "step" }, data = { "looks" } },
  { key = "conflict", record = "conflict", plural = "conflicts", noun = "conflict method",
    slots = { "combine" }, others = { "needs", "after" },
    data = { "whole_step", "max_tasks", "promises" },
    common = {
      { name = "scope", type = "choice", default = "model",
        choices = { "model", "layer", "neuron" },
        text = "what gets a Gram matrix and weights of its own: the whole model, " ..
          "every layer, or every neuron with its incoming weights (methods in C)" },
      { name = "tasks", type = "choice", default = "terms", choices = { "terms", "two" },
        text = "what counts as a task: every loss term, or the residuals together and " ..
          "all other terms together, as dcgd always has it" },
      { name = "weighting", type = "method", family = "weighting",
        text = "a loss weighting (modsync --list weightings), whose factors multiply " ..
          "the gradients first: lra, or lra(every=100,momentum=0)" },
      groups,
      { name = "delay", type = "integer", default = 0, min = 0,
        text = "steps at the start that follow the plain sum of the gradients" },
      { name = "realign", type = "boolean", default = false,
        text = "after the optimizer, project its step on the directions that make no " ..
          "task worse" },
    } },
  { key = "weighting", record = "weighting", plural = "weightings",
    noun = "loss weighting", slots = { "weights" }, instead = { weights = "points" },
    data = { "fixed_points", "partial" },
    aliases = { ["gradnorm-balance"] = "gradient-norm-balance" },
    common = {
      { name = "every", type = "integer", default = 1, min = 1,
        text = "steps between two updates of the factors" },
      { name = "momentum", type = "number", default = 0, min = 0, max = 1, below = true,
        text = "share of the old factor that an update keeps" },
      { name = "cap", type = "number", default = 1e6, min = 0,
        text = "no factor gets larger; how often one would have is counted" },
    } },
  { key = "prune", record = "prune", plural = "prunes", noun = "pruning method",
    slots = { "observe", "apply" }, instead = { observe = "apply", apply = "score" },
    others = { "evaluate", "gates", "grow", "first", "removed" },
    data = { "samples", "dense", "promises" },
    aliases = { modsync = "modsync-p" },
    common = {
      { name = "steps", type = "integer", min = 1,
        text = "length of the run, which its start and stop are shares of (set by " ..
          "ms.train); without it the strength is full from the first scores on" },
      { name = "period", type = "integer", default = 50, min = 1,
        text = "steps between two measurements of importance" },
      { name = "source", type = "choice", default = "fresh",
        choices = { "fresh", "train", "batch" },
        text = "what importance is measured on: micro-batches of fresh points, of the " ..
          "training points, or the gradients of every step" },
      { name = "batches", type = "integer", default = 16, min = 1,
        text = "micro-batches of one measurement" },
      { name = "include", type = "choice", default = "hidden",
        choices = { "hidden", "all" },
        text = "the weights in scope: between hidden layers, or those of the input " ..
          "and output layers, too; biases never" },
    } },
  { key = "schedule", record = "schedule", plural = "schedules", noun = "schedule",
    slots = { "rate" } },
  { key = "importance", record = "importance", plural = "importances",
    noun = "kind of importance", slots = { "sample" }, instead = { sample = "rows" },
    data = { "formula", "power" },
    common = {
      { name = "tasks", type = "choice", default = "terms", choices = { "terms", "two" },
        text = "what counts as a task: every loss term, or the residuals together and " ..
          "all other terms together" },
      groups,
      { name = "source", type = "choice", default = "train",
        choices = { "train", "fresh", "batch" },
        text = "the present points of the losses, as many new ones, or the present " ..
          "points as a single sample" },
      { name = "batches", type = "integer", default = 16, min = 1,
        text = "micro-batches that the points are dealt out over, where importance is " ..
          "that of gradients of several points" },
    } },
  { key = "models", record = "model", plural = "models", noun = "architecture",
    slots = { "layout", "fields" }, others = { "prepare", "resize" },
    data = { "half_range", "own_features" }, common = model_options },
}
