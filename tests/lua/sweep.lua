-- Sweeps: definitions, records, tables and plots; and a few cells that are really run.
local check = require "tests.support.check"
local definition = require "modsync.sweep.definition"
local ms = require "modsync"
local progress = require "modsync.sweep.progress"
local records = require "modsync.sweep.records"

local scratch = check.scratch "sweep"
assert(ms.mkdir(scratch))

--- A file with a definition, and an empty folder for its results.
local function write(text)
  local path, out = scratch .. "/cells.lua", scratch .. "/out"
  assert(ms.write_file(path, text))
  for _, name in ipairs(ms.listdir(out) or {}) do os.remove(out .. "/" .. name) end
  return path, out
end

local function read(path)
  local file <close> = check.ok(io.open(path))
  return file:read "a"
end

local function keys(text, arguments)
  local plan = check.ok(definition.load(write(text), arguments))
  local list = {}
  for i, cell in ipairs(plan.cells) do list[i] = cell.key end
  return list, plan
end

--[[ definitions ]]

check.test("a grid is a product in a fixed order, seeds outermost", function()
  check.equal(keys [[return { grid = { width = { 8, 4 }, problem = { "a", "b" },
    seed = { 2, 1 } }, settings = { steps = 3 } }]], {
    "problem=a,seed=2,steps=3,width=8", "problem=a,seed=2,steps=3,width=4",
    "problem=b,seed=2,steps=3,width=8", "problem=b,seed=2,steps=3,width=4",
    "problem=a,seed=1,steps=3,width=8", "problem=a,seed=1,steps=3,width=4",
    "problem=b,seed=1,steps=3,width=8", "problem=b,seed=1,steps=3,width=4" })
end)

check.test("cells one by one, each once, and those that are left out", function()
  check.equal(keys [[return { grid = { x = { 1, 2, 3 } },
    cells = { { x = 3.0 }, { x = 9 } },
    where = function(cell) return cell.x ~= 2 end }]], { "x=1", "x=3", "x=9" })
  local list, plan = keys([[return function(words)
    return { name = words[2], cells = { { a = words[1] } } } end]], { "5", "five" })
  check.equal(list, { 'a="5"' })
  check.equal(plan.name, "five")
end)

check.test("a cell is known by its fields and settings", function()
  local key = definition.key
  check.equal(key({ b = 1.0, a = "x" }, { c = true }), "a=x,b=1,c=true")
  check.equal(key({ a = 1 }, { a = 2 }), "a=1", "a field takes the place of a setting")
  check.equal(key({ p = { residual = 4, b = { 1, 2.0 } } }, {}),
    'p={"b":[1,2],"residual":4}')
  -- texts that could be taken for something else, or for two fields
  for _, value in ipairs { "1", "true", "a,b=1", 'a"b', "", "a\nb" } do
    check.equal(key({ v = value }, {}), "v=" .. ms.json.encode(value))
  end
  check.ok(key({ v = 0.1 + 0.2 }, {}) ~= key({ v = 0.3 }, {}))
end)

check.test("mistakes in a definition are named", function()
  local function fails(text, pattern) check.fails(function() keys(text) end, pattern) end
  fails("return 5", "must return a table, not 5")
  fails("return { cell = {} }",
    "has no option 'cell'; did you mean 'cells'%? %(known: name, grid, ")
  fails("return { grid = 3 }", "'grid' of .* must be a table, not 3")
  fails("return { grid = { x = 3 } }", "'grid.x' is 3; expected a list of values")
  fails("return { grid = { x = {} } }", "'grid.x' is a table; expected a list")
  fails("return { cells = { 4 } }", "'cells%[1%]' is 4; expected a table of fields")
  fails("return { cells = { { 4 } } }", "has a field without a name")
  fails("return { cells = { { f = print } } }", "f is a function; a cell holds")
  check.refuses("has no cells", definition.load(write "return {}"))
  check.refuses("cells.lua:1: ", definition.load(write "return {"))
  check.refuses("no sweep 'conflict': .* mean 'conflicts'", ms.sweep.run "conflict")
  local path = write "return { cells = { { x = 1 } } }"
  check.fails(function() ms.sweep.run { name = "own", grid = { seed = { 1 } } } end,
    "^tests/lua/sweep.lua:%d+: ms.sweep: the definition is a table; expected the path of")
  check.fails(function() ms.sweep.run() end, "the definition is nil; expected the path")
  check.fails(function() ms.sweep.run(path, { job = 2 }) end, "no option 'job'")
  check.fails(function() ms.sweep.run(path, { jobs = 0 }) end, "'jobs' must be")
end)

check.test("a cell without 'run' is a training, whose options are checked", function()
  local train, small = ms.sweep.train, { width = 3, depth = 1, steps = 4,
    points = { residual = 8, boundary = 4 }, threads = 1, history = { every = 3 } }
  local found = train({ problem = "poisson", conflict = "pcgrad", seed = 3 }, small)
  check.equal({ found.steps, found.seed, found.stopped }, { 4, 3, "finished" })
  check.equal(found.params, 3 * 3 + 3 + 1)
  local series = found.series
  check.ok(found.scale.u > 0)
  check.equal(series.step, { 1, 3, 4 })
  check.equal(series["rel_l2.u"][3], found.rel_l2.u)
  local text = train({ problem = "poisson", conflict = { name = "pcgrad" }, seed = 3,
    points = "residual=8,boundary=4", optimizer = "adam:lr=1e-3", prune = false }, small)
  check.equal(text.losses, found.losses)
  local held = train({ problem = "poisson", holdout = true, history = { every = 2 } },
    small)
  check.equal(#held.series["held.tv"], 3)
  local function fails(cell, pattern)
    check.fails(function() train(cell, small) end, pattern)
  end
  fails({ problem = "poisson", widht = 4 }, "no option 'widht'; did you mean 'width'")
  fails({}, "'problem' is missing")
  fails({ problem = "poisson", points = "residual" }, "expects TERM=N")
  fails({ problem = "poisson", optimizer = 3 }, "optimizer expected: .* not 3")
end)

--[[ records ]]

local function record(fields, result)
  return { cell = fields, settings = {}, result = result, seconds = 1 }
end

check.test("records: a line each, whatever stands in the file", function()
  local path = scratch .. "/records.jsonl"
  os.remove(path)
  check.equal({ #records.read(path) }, { 0 })
  assert(records.append(path, record({ i = 1 }, { x = 0 / 0, y = -math.huge, s = "a" })))
  assert(records.append(path, { cell = { i = 2 }, settings = {}, error = "one\ntwo" }))
  assert(records.append(path, record({ i = 2 }, { x = 2 })))
  assert(records.append(path, { cell = { i = 2 }, settings = {}, error = "later" }))
  assert(records.append(path, { cell = { i = 3 }, settings = {}, error = "a" }))
  assert(records.append(path, { cell = { i = 3 }, settings = {}, error = "b" }))
  local file = io.open(path, "a")
  file:write('[1]\n{"cell":{"i":4},"result":{"x"')
  file:close()
  local found, problems = ms.sweep.read(path)
  check.equal({ #found, #problems }, { 3, 2 })
  check.equal(found[1].result, { x = 0 / 0, y = -math.huge, s = "a" })
  check.equal(found[2].result, { x = 2 }, "a result stands before an error")
  check.equal(found[3].error, "b", "the later of two")
  check.ok(problems[1]:find "line 7 is left out, not the record of a cell", problems[1])
  check.ok(problems[2]:find "line 8 is left out, it ends half%-way", problems[2])
  assert(records.append(path, record({ i = 4 }, { x = 4 })))
  check.equal(#ms.sweep.read(path), 4, "the next line is not glued to half a line")
end)

check.test("series keep a hundred samples, both ends among them", function()
  local long, words = {}, {}
  for i = 1, 1234 do long[i], words[i] = i, "w" end
  local line = records.encode(record({}, { s = { a = long, w = words },
    t = ms.tensor { 1, 2 } }))
  local result = ms.json.decode(line).result
  check.equal({ #result.s.a, result.s.a[1], result.s.a[100] }, { 100, 1, 1234 })
  for i = 2, 100 do
    check.ok(math.abs(result.s.a[i] - result.s.a[i - 1] - 12.5) <= 0.5)
  end
  check.equal({ #result.s.w, #result.t }, { 1234, 2 })
  check.fails(function() records.encode(record({}, { a = { b = print } })) end,
    "result.a.b is a function")
  check.fails(function() records.encode(record({}, { a = { [2.5] = 1 } })) end,
    "result.a has the key 2.5")
end)

check.test("scalars by name, and as CSV", function()
  local one = record({ w = 3, p = { residual = 4 } },
    { rel_l2 = { u = 0.5 }, s = { 1, 2 } })
  one.settings = { name = 'a,"b"' }
  check.equal(ms.sweep.scalars(one), { w = 3, ["p.residual"] = 4, name = 'a,"b"',
    ["rel_l2.u"] = 0.5, cell_seconds = 1 })
  local bad = { cell = { w = 4 }, settings = {}, error = "no\nluck" }
  check.equal(records.csv { { record = one }, {}, { record = bad } },
    'p.residual,w,name,cell_seconds,error,rel_l2.u\n4,3,"a,""b""",1,,0.5\n'
    .. ',4,,,"no\nluck",\n')
end)

--[[ tables and plots ]]

--- value(method, width, seed) may be a number, or a record's fields.
local function cells_of(methods, widths, seeds, value)
  local cells = {}
  for _, m in ipairs(methods) do
    for _, w in ipairs(widths) do
      for seed = 1, seeds do
        local found = value(m, w, seed)
        if type(found) == "number" then
          found = { result = { rel_l2 = { u = found }, series = { step = { 1, 2 },
            tv = { found, found / 2 }, null = { 1, 1 } } } }
        end
        cells[#cells + 1] = { fields = { method = m, width = w, seed = seed },
          settings = {}, record = found or nil }
      end
    end
  end
  return cells
end

--- The table, blanks and rules cut short; its lines must be of one length.
local function table_of(cells, spec)
  local text, csv = ms.sweep.table(cells, spec)
  local width
  for line in text:gmatch "[^\n]*" do
    if line:sub(1, 1) ~= "|" then
      width = nil
    else
      width = width or utf8.len(line)
      check.equal(utf8.len(line), width, text)
    end
  end
  return text:gsub("[ -]+([|-])", " %1"), csv
end

check.test("a table of medians, every seed, and words for what is no number", function()
  local cells = cells_of({ "sum", "mine" }, { 8, 16 }, 3, function(m, w, seed)
    if m == "sum" then return w / 8 * 10 ^ -seed end
    if w == 8 then return 0.5 * 10 ^ -seed end
    if seed == 1 then return false end
    return seed == 2 and { error = "x" } or { result = { stopped = "diverged" } }
  end)
  local text, csv = table_of(cells, { rows = "method", columns = "width",
    paired_with = { method = "sum" }, title = "errors" })
  check.ok(text:find("errors: median of the relative L2 error [bootstrap", 1, true))
  check.ok(text:find("| method | 8 | 16 |", 1, true), text)
  check.ok(text:find("| sum | 0.01 [0.001, 0.1] (0.1, 0.01, 0.001) | 0.02 [0.002, 0.2] "
    .. "(0.2, 0.02, 0.002) |", 1, true), text)
  check.ok(text:find("| mine | 0.005 [0.0005, 0.05] (0.05, 0.005, 0.0005) | "
    .. "diverged (missing, broken, diverged) |", 1, true), text)
  check.ok(text:find("| sum | reference | reference |", 1, true), text)
  check.ok(text:find("| \u{2212}0.69 \u{B1} 0.00, 3/3 | no pairs, 1 left out |", 1, true),
    text)
  check.ok(csv:find("method,width,statistic,low,high,n,words,values,log_ratio,", 1, true))
  check.ok(csv:find("sum,8,0.01,0.001,0.1,3,,0.1;0.01;0.001,,,,\n", 1, true), csv)
  check.ok(csv:find('mine,16,,,,1,"1 broken, 1 diverged, 1 missing",'
    .. "missing;broken;inf,nan,", 1, true), csv)
end)

check.test("collapse is a word, of all or of some", function()
  local cells = cells_of({ "a", "b" }, { 8 }, 3, function(m, _, seed)
    local gone = m == "a" and seed > 1 or seed == 3
    return { result = { e = gone and 1 or 0.25, gone = gone } }
  end)
  local text = table_of(cells, { rows = "method", value = "e", collapsed = "gone" })
  check.ok(text:find("| a | collapsed (0.25, collapsed, collapsed)", 1, true), text)
  check.ok(text:find("| b | 0.25 [0.25, 1] (0.25, 0.25, collapsed)", 1, true), text)
  text = table_of(cells, { rows = "method", value = "e", seeds = false,
    collapsed = function(each) return each.result.e == 1 end,
    statistic = "geometric mean" })
  check.ok(text:find("| a | collapsed |", 1, true), text)
  check.ok(text:find("| 0.397 [0.25, 1], 1 collapsed |", 1, true), text)
end)

check.test("a training with a field of no size has collapsed", function()
  local cells = cells_of({ "a" }, { 8 }, 2, function(_, _, seed)
    return { result = { rel_l2 = { u = 1 }, scale = { u = seed == 1 and 0.049 or 1 } } }
  end)
  check.ok(table_of(cells, { rows = "method" }):find("(collapsed, 1)", 1, true))
  local text = table_of(cells, { rows = "method", collapsed = false })
  check.ok(text:find("(1, 1)", 1, true))
end)

check.test("pairs over all that is left, with fields that the reference lacks", function()
  local cells = cells_of({ "none", "p" }, { 8, 16 }, 2, function(m, w, seed)
    return (m == "p" and w == 8 and 2 or 1) * seed
  end)
  for _, cell in ipairs(cells) do
    if cell.fields.method == "p" then cell.fields.strength = 0.3 end
  end
  local text = table_of(cells, { rows = { "method", "strength" },
    paired_with = { method = "none", strength = false } })
  check.ok(text:find("| method, strength | the relative L2 error", 1, true), text)
  check.ok(text:find("| none, none | reference", 1, true), text)
  -- log 2 twice and 0 twice
  local error_now = math.log(2) / math.sqrt(12)
  check.ok(text:find(("| p, 0.3 | +0.35 \u{B1} %.2f, 0/4 |"):format(error_now), 1, true),
    text)
  local some = table_of(cells, { rows = "method",
    where = function(cell) return cell.width == 16 and cell.seed == 2 end })
  check.ok(some:find("| p | 2 |", 1, true), some)
end)

check.test("mistakes in a table or plot are named", function()
  local cells = cells_of({ "a" }, { 8 }, 1, function() return 1 end)
  local function fails(spec, pattern)
    check.fails(function() ms.sweep.table(cells, spec) end, pattern)
  end
  fails({}, "'rows' is missing")
  fails({ rows = "method", row = 1 }, "no option 'row'")
  fails({ rows = "metod" }, "'rows': the cells have no field 'metod'; .* mean 'method'")
  fails({ rows = "method", statistic = "mean" }, '"median" or "geometric mean"')
  fails({ rows = "method", value = "rel_l2.v" }, "no cell has the value 'rel_l2.v'")
  check.fails(function() ms.sweep.table({ a = 1 }, { rows = "x" }) end,
    "expected the cells")
  check.fails(function() ms.sweep.plot(cells, {}) end, "give 'x', a field, or 'series'")
  check.fails(function() ms.sweep.plot(cells, { x = "method" }) end, "expected a number")
  check.fails(function() ms.sweep.plot(cells, { series = "ohm" }) end, "series 'ohm'")
  check.fails(function() ms.sweep.plot(cells, { x = "width", logz = 1 }) end, "'logz'")
end)

check.test("plots: medians, every run, and what could not be drawn", function()
  local cells = cells_of({ "a", "b" }, { 8, 16 }, 3, function(m, w, seed)
    return not (m == "b" and w == 8 and seed == 1) and seed / w
  end)
  local picture = ms.sweep.plot(cells, { x = "width", by = "method" })
  for _, text in ipairs { ">a<", ">b (1 missing)<", ">8<", ">16<", ">width<",
    ">relative L2 error<" } do
    check.ok(picture:find(text, 1, true), text)
  end
  local _, dots = picture:gsub("h0[M\"]", "")
  check.equal(dots, 11, "a dot for every run")
  picture = ms.sweep.plot(cells, { series = "tv", minus = "null", by = { "method" } })
  check.ok(picture:find(">b (1 missing)<", 1, true) and picture:find(">step<", 1, true))
  local _, thin = picture:gsub('stroke%-width="0.5"', "")
  check.equal(thin, 11)
  local bare = ms.sweep.plot(cells, { each = false, by = "method",
    series = function(series) return series.tv end })
  check.ok(not bare:find('stroke-width="0.5"', 1, true))
end)

--[[ progress ]]

check.test("the time left follows the cells that are most alike", function()
  local cells = {}
  for _, width in ipairs { 8, 64 } do
    for seed = 1, 3 do cells[#cells + 1] = { fields = { width = width, seed = seed } } end
  end
  local shown = progress.new(cells, 2, "quiet")
  check.equal(shown:left(), nil)
  shown:count(1, 2)
  check.equal(shown:left(), (2 * 2 + 3 * 2) / 2)
  shown:count(4, 10)
  check.equal(shown:left(), (2 * 2 + 2 * 10) / 2)
  shown:count(2, 4, "broken")
  check.equal(shown:left(), (3 + 2 * 10) / 2)
  check.equal({ shown.done, shown.broken }, { 3, 1 })
end)

--[[ running ]]

check.test("cells run in processes of their own, once", function()
  local path, out = write [[return { grid = { i = { 1, 2, 3 } },
    run = function(cell, settings)
      if cell.i == 2 then error { code = 1 } end
      return { square = cell.i ^ 2, threads = require("modsync").threads() }
    end,
    tables = { { rows = "i", value = "square" } },
    plots = { { name = "squares", x = "i", value = "square" }, { name = "none",
      x = "i", value = "cube" } } }]]
  local options = { out = out, jobs = 2, report = "quiet" }
  local outcome = check.ok(ms.sweep.run(path, options))
  check.equal({ outcome.done, outcome.broken, outcome.unfinished, outcome.stopped },
    { 2, 1, 0, "finished" })
  check.equal(outcome.cells[3].record.result, { square = 9.0, threads = 1 })
  check.ok(outcome.cells[2].record.error:find "an error object: table")
  check.equal(#outcome.problems, 1)
  check.ok(outcome.problems[1]:find "^no none.svg: .*no cell has the value 'cube'")
  check.ok(read(out .. "/squares.svg"):find "<svg")
  check.ok(read(out .. "/tables.md"):find("| 2   | broken", 1, true))
  check.ok(ms.sweep.tables(outcome):find("| 3   | 9", 1, true))
  local before = read(out .. "/cells.jsonl")
  check.equal(ms.sweep.run(path, options).done, 2)
  check.equal(read(out .. "/cells.jsonl"), before, "nothing was run again")
  local looked = ms.sweep.look(path, { out = out })
  check.equal({ looked.cells[1].state, looked.cells[2].state }, { "done", "broken" })
end)

check.test("a definition that changed is run again; a bad table is told first", function()
  local path, out = write [[return { cells = { { x = 1 } }, settings = { s = 1 },
    run = function(cell, settings) return { y = settings.s } end }]]
  local options = { out = out, jobs = 1, report = false }
  check.equal(ms.sweep.run(path, options).cells[1].record.result.y, 1)
  assert(ms.write_file(path, (read(path):gsub("s = 1", "s = 2"))))
  check.equal(ms.sweep.run(path, options).cells[1].record.result.y, 2)
  check.equal(#ms.sweep.read(out), 2)
  local text = read(path):gsub("run =", "tables = { { rows = 'z' } }, run =")
  assert(ms.write_file(path, text))
  check.fails(function() ms.sweep.run(path, options) end, "no field 'z'")
end)

check.test("a line that is read while it is written is read again as a whole", function()
  local path = os.tmpname()
  local line = [[{"cell":{"a":1},"result":{"x":2}}]]
  local file = assert(io.open(path, "w"))
  file:write(line, "\n")
  file:close()
  local open = io.open
  io.open = function() -- the second half comes after the end of the file was seen
    local parts, at = { line:sub(1, 20), line:sub(21) .. "\n" }, 0
    return { seek = function() end, close = function() end, lines = function()
      return function()
        at = at + 1
        return parts[at]
      end
    end }
  end
  local good, found, offset = pcall(records.lines, path, 0)
  io.open = open
  check.ok(good)
  check.equal({ #found, offset }, { 0, 0 })
  found, offset = records.lines(path, offset)
  check.equal({ #found, offset }, { 1, #line + 1 })
  os.remove(path)
end)

check.done()
