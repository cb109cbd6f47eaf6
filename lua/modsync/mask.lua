--[[
Masks of parameters: P numbers 0 or 1; what has a 0 stays as it is. Optimizers in C take
them; for all else that changes parameters, masked ones are put back.

net.mask is what everybody looks at. It is the user's own until something is pruned; then
it is net.free * net.alive, the user's mask and what the pruning has left.
]]
local core = require "modsync.core"
local kind = require "modsync.kind"
local misuse = require "modsync.misuse"

local M = {}

--- A complaint unless 'mask' is one number for each of the P parameters, 0 or 1.
local function check_numbers(net, mask, what, room)
  local P = net:count()
  local good = kind.of(mask) == "tensor" and mask:dim() == 1 and mask:size() == P
  if not good then
    misuse("%s: expected a tensor of %d numbers, 0 or 1, not %s", what, P,
      kind.show(mask))
  end
  room:copy_(mask):mul_(mask):sub_(mask)
  if room:norm(math.huge) == 0 then return end
  for i = 1, P do
    local value, part, row, col = mask:get(i), net:locate(i)
    if value ~= 0 and value ~= 1 then
      misuse("%s: number %d, for %s[%d, %d], is %s; expected 0 or 1", what, i, part.name,
        row, col, value ~= value and "nan" or ("%.14g"):format(value))
    end
  end
end

--- Copies of the parameters and the mask for M.put_back, in memory that 'owner' keeps.
---@private
function M.hold(owner, theta, mask)
  local held = owner.held
  if not held then
    local P = theta:size(1)
    held = { theta = core.zeros(P), mask = core.ones(P), room = core.zeros(P) }
    owner.held = held
  end
  held.theta:copy_(theta)
  if mask then held.mask:copy_(mask) end
  return held.theta
end

--- theta where the mask was 1, and what it was where that was 0.
---@private
function M.put_back(owner, theta)
  local held = owner.held
  held.theta:sub_(held.room:copy_(held.theta):mul_(held.mask))
  theta:mul_(held.mask):add_(held.theta)
end

--- What has a mask of 0 has no state: tensors of P numbers, or rows of P.
---@private
function M.forget(state, mask)
  local P = mask:size(1)
  for _, value in pairs(state) do
    local axes = kind.of(value) == "tensor" and value:dim() or 0
    if axes > 0 and value:size(axes) == P then value:mul_(mask) end
  end
end

local function join(net)
  net.mask:copy_(net.free):mul_(net.alive)
end

--- Freezes (0) or thaws (1) parts of a model, or all of it.
---@private
function M.set_free(net, parts, value)
  if not parts and not net.alive then
    net.mask = nil
    return
  end
  local mask = net.free or net.mask or core.ones(net:count())
  for _, part in ipairs(parts or net.layout) do
    mask:narrow(1, part.offset + 1, part.rows * part.cols):fill_(value)
  end
  if net.alive then join(net) else net.mask = mask end
end

--- What the user froze, whether the model is pruned or not; nil: nothing.
---@private
function M.free(net)
  if net.alive then return net.free end
  return net.mask
end

--- See Model:prune.
---@private
function M.prune(net, alive)
  local P = net:count()
  local spare = net.spare or core.zeros(P)
  check_numbers(net, alive, "prune", spare)
  if not net.alive then
    net.free, net.mask = net.mask or core.ones(P), core.zeros(P)
    net.alive, net.spare = core.ones(P), spare
  end
  net.spare:copy_(alive):sub_(net.alive):mul_(net.free)
  net.alive:add_(net.spare)
  net.theta:mul_(net.alive):add_(0) -- no zero is negative
  join(net)
end

--[[ gradients ]]

--- Sets the gradients by masked parameters to 0. A copy of what they were stays where a
--- pruning method (losses.watcher) asks for it.
---@private
function M.silence(losses)
  local G = losses.G
  losses.room = losses.room or core.zeros(G:size(2))
  check_numbers(losses.net, losses.net.mask, "the mask of the model", losses.room)
  if losses.watcher and losses.watcher() then
    losses.dense = losses.dense or core.zeros(G:size(1), G:size(2))
    losses.dense:copy_(G)
    losses.dense_step = losses.step
  end
  G:mul_(losses.net.mask)
end

--- Gradients by masked parameters, and of terms that are left out, become 0.
local function hide(losses)
  if losses.net.mask then losses.G:mul_(losses.net.mask) end
  for k in pairs(losses.missing or {}) do losses.G:row(k):fill_(0) end
end

--- The gradients of all terms in the present step, those by masked parameters among them.
---@private
function M.dense(losses)
  local G, mask, missing = losses.G, losses.net.mask, losses.missing
  if not mask and not missing then return G end
  if missing or losses.dense_step ~= losses.step then
    losses:evaluate()
    losses.dense = losses.dense or G:clone()
    losses.dense:copy_(G)
    hide(losses)
  end
  return losses.dense
end

--- The gradients of the present step once more, where the parameters have changed.
---@private
function M.evaluate_again(losses)
  losses:evaluate()
  hide(losses)
end

--- Takes over the masks of a checkpoint.
---@private
function M.restore(net, mask, free, alive)
  net.mask, net.free = mask and mask:clone(), free and free:clone()
  net.alive, net.spare = alive and alive:clone(), alive and core.zeros(net:count())
end

return M
