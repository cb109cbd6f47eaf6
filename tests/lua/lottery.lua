-- Lottery tickets: masks, rewinding, the control.

local check = require "tests.support.check"
local ms = require "modsync"

local function settings(more)
  local all = { problem = "poisson", net = { width = 6, depth = 3 }, steps = 30, seed = 4,
    losses = { residual = 16, boundary = 8 }, schedule = "cosine", report = false }
  for name, value in pairs(more or {}) do all[name] = value end
  return all
end

check.test("as written out by hand, bit for bit", function()
  local tickets = check.ok(ms.lottery(settings { rounds = 3, rewind = 7 }))
  local path = check.scratch "tickets.npz"
  local run = ms.train(settings { callback = function(run, step)
    if step == 7 then run:save(path) end
  end })
  check.equal(#tickets, 4)
  check.ok(tickets[1].run.net.theta == run.net.theta)
  for round = 1, 3 do
    ms.prune.magnitude { density = 0.8 ^ round, schedule = "one-shot", start = 0,
      period = 1 }:apply(run.net, 0)
    local alive = run.net.alive
    run = ms.load(path)
    run.net:prune(alive)
    run:resume { report = false }
    check.ok(tickets[round + 1].run.net.theta == run.net.theta, "round " .. round)
    check.ok(tickets[round + 1].alive == alive)
  end
  os.remove(path)
end)

check.test("counts are exact, masks are nested, the smallest go", function()
  local tickets = ms.lottery(settings { rounds = 3, fraction = 0.2 })
  local before = ms.ones(tickets[1].run.net:count())
  for round, ticket in ipairs(tickets) do
    check.near(ticket.density, 0.8 ^ (round - 1), 1e-15)
    local left = math.floor(ticket.density * 72 + 0.5)
    check.near(ticket.run.sparsity, 1 - left / 72, 1e-15)
    if ticket.alive then
      check.equal((ticket.alive * (1 - before)):norm(), 0)
      local theta, gone = tickets[round - 1].run.net.theta:abs(), before - ticket.alive
      local inside = ms.zeros(theta:size(1))
      for _, part in ipairs(ticket.run.net:hidden_blocks()) do
        inside:narrow(1, part.offset + 1, 36):fill_(1)
      end
      check.ok((theta * gone):max() < (theta + 9 * (1 - ticket.alive * inside)):min())
      check.ok(ticket.run.net.alive == ticket.alive)
      before = ticket.alive
    end
  end
end)

check.test("what is left begins as it was", function()
  local seen = {}
  local tickets = ms.lottery(settings { rounds = 1, callback = function(run, step)
    if step == 1 then seen[#seen + 1] = run.net.theta:clone() end
  end })
  local start = ms.mlp { inputs = ms.problem "poisson".coords, outputs = { "u" },
    width = 6, depth = 3, seed = 4 }.theta
  -- one step of Adam is at most lr long
  check.equal(#seen, 2)
  check.ok((seen[1] - start):abs():max() < 1.01e-3)
  check.ok((seen[2] - start * tickets[2].alive):abs():max() < 1.01e-3)
end)

check.test("the control: the same mask, other weights", function()
  local tickets = ms.lottery(settings { rounds = 2, fresh = true, scope = "layer" })
  check.equal(tickets[1].fresh, nil)
  for round = 2, 3 do
    local ticket = tickets[round]
    check.ok(ticket.fresh.net.alive == ticket.alive)
    check.equal(ticket.fresh.sparsity, ticket.run.sparsity)
    check.ok((ticket.fresh.net.theta - ticket.run.net.theta):norm() > 1)
    check.equal(ticket.fresh.stopped, "finished")
    check.equal(ticket.alive:narrow(1, tickets[1].run.net.part.W2.offset + 1, 36):sum(),
      math.floor(0.8 ^ (round - 1) * 36 + 0.5))
  end
end)

check.test("problems and methods that are only in the script", function()
  local p = ms.problem {
    name = "line", coords = { "x" }, fields = { "u" }, domain = ms.box { x = { 0, 1 } },
    hard = function(s, fields) return s.x * fields.u end,
    terms = { { name = "residual", on = "interior", points = 8,
      expr = function(s) return s.u_x - ms.cos(s.x) end } },
  }
  local path = check.scratch "line.npz"
  local tickets = check.ok(ms.lottery { problem = p, steps = 6, rounds = 2, rewind = 3,
    net = { width = 5, depth = 2 }, path = path, report = false,
    optimizer = { options = { { name = "lr", type = "number", default = 1e-3 } },
      step = function(theta, d, _, options) theta:axpy_(-options.lr, d) end },
    conflict = function(G) return G:sum(1) end })
  check.equal(#tickets, 3)
  check.equal(tickets[3].run.step, 6)
  check.ok(os.remove(path))
end)

check.test("a run that does not finish is the last", function()
  local tickets = ms.lottery(settings { rounds = 3, callback = function(run, step)
    return not (run.net.alive and step == 12)
  end })
  check.equal(#tickets, 2)
  check.equal(tickets[2].run.stopped, "callback")
  check.refuses("cannot", ms.lottery(settings { path = "/nowhere/tickets.npz" }))
end)

check.test("wrong settings are named", function()
  local function fails(more, message)
    check.fails(function() ms.lottery(settings(more)) end, message)
  end
  check.fails(function() ms.lottery(3) end, "expects a table")
  fails({ prune = "l1" }, "no setting 'prune': it is its own")
  fails({ rounds = 0 }, "rounds must be a positive whole number, not 0")
  fails({ fraction = 1 }, "fraction must be a number between 0 and 1, not 1")
  fails({ rewind = 30 }, "rewind must be a step before the last, not 30")
  fails({ stesp = 3 }, "ms.lottery has no option 'stesp'; did you mean 'steps'")
  fails({ round = 3 },
    "no option 'round'; did you mean 'rounds'.*known: rounds, fraction, ")
  local steps = 0
  local function callback() steps = steps + 1 end
  fails({ scope = "world", callback = callback }, "'scope' .*world")
  fails({ net = { width = 6, depth = 1 }, callback = callback }, "this model has none")
  fails({ path = 3, callback = callback }, "path must be a string, not 3")
  check.equal(steps, 0) -- before anything is trained
  local net = ms.mlp { inputs = { "x", "y" }, outputs = { "u" } }
  fails({ net = net }, "net must be options of a model")
end)

check.done()
