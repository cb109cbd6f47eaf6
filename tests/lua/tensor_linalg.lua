-- Linear algebra seen from Lua: identities, outcomes, messages. The C tests go through
-- the shapes; here it is the arguments and results that matter.

local check = require "tests.support.check"
local core = require "modsync.core"
local messages = require "tests.support.messages"

local rng = core.rng(5, "linalg")
local function random(...) return rng:normal(core.zeros(...)) end

-- A well-conditioned matrix, and a symmetric positive definite one.
local A = random(6, 6) + 4 * core.eye(6)
local S = A:matmul(A:transpose())
local B = random(6, 2)

local function near(a, b, tolerance)
  check.equal(a:shape(), b:shape())
  check.near((a - b):norm(math.huge), 0, tolerance or 1e-11)
end

check.test("decompositions multiply back", function()
  local T = random(7, 4)
  local L, U, p = A:lu()
  near(L:matmul(U), A:take(1, p))
  near(L:tril(), L, 0)
  local C = S:cholesky()
  near(C:matmul(C:transpose()), S)
  for _, m in ipairs { T, T:transpose(), A } do
    local Q, R = m:qr()
    near(Q:matmul(R), m)
    near(Q:transpose():matmul(Q), core.eye(#R))
    local W, s, V = m:svd()
    near((W * s):matmul(V:transpose()), m)
    check.near(m:singular_values(), s:totable(), 1e-13)
  end
  local w, V = S:eigh()
  near((V * w):matmul(V:transpose()), S)
  check.near(S:eigvalsh(), w:totable(), 1e-10)
end)

check.test("general eigenvalues, in real and imaginary parts", function()
  local re, im, vr, vi = A:eig()
  near(A:matmul(vr), vr * re - vi * im)
  near(A:matmul(vi), vr * im + vi * re)
  local turn = core.tensor { { 0, -2 }, { 2, 0 } }
  local x, y = turn:eigvals()
  check.near(x, { 0, 0 }, 1e-15)
  check.near(y:abs(), { 2, 2 }, 1e-15)
  check.near(re:sum(), A:trace(), 1e-12)
end)

check.test("systems", function()
  local x = A:solve(B)
  near(A:matmul(x), B)
  check.equal(A:solve(B[{ {}, 1 }]):shape(), { 6 })
  near(S:matmul(S:solve_spd(B)), B, 1e-9)
  near(A:tril():matmul(A:solve_triangular(B, "lower")), B, 1e-10)
  near(A:triu():transpose():matmul(A:solve_triangular(B, "upper", true)), B, 1e-10)
  near(A:matmul(A:inverse()), core.eye(6))
  local T, b = random(9, 3), random(9)
  local y, rank, values = T:lstsq(b)
  check.equal({ rank, values:shape(), math.type(rank) }, { 3, { 3 }, "integer" })
  near(T:transpose():matmul(T:matmul(y) - b), core.zeros(3))
  near(T:pinv():matmul(b), y)
  local flat = core.concat({ T, T }, 2)
  check.equal(flat:rank(), 3)
  check.equal(select(2, flat:lstsq(b)), 3)
  check.equal(core.tensor({ { 1, 0 }, { 0, 1e-3 } }):rank(0.01), 1)
  near(flat:matmul(flat:pinv()):matmul(flat), flat)
end)

check.test("a cutoff means the same to rank, pinv and lstsq", function()
  local b = random(4)
  for _, A in ipairs { core.tensor { { 3, 0 }, { 0, 1 } }, core.ones(2, 2), random(2, 2),
    core.eye(4) * core.tensor { 2, 1, 1e-3, 0 }, core.zeros(2, 2) } do
    local side = b:narrow(1, 1, A:size(1)):clone()
    for _, cutoff in ipairs { 1e-8, 1e-2, 0.4, 0.5, 0.999, 1, 7, math.huge } do
      local x, rank = A:lstsq(side, cutoff)
      check.equal(rank, A:rank(cutoff), ("cutoff %g"):format(cutoff))
      near(x, A:pinv(cutoff):matmul(side))
    end
  end
  local none, rank, values = core.tensor({ { 3, 0 }, { 0, 3 } }):lstsq(core.ones(2), 1)
  check.equal({ rank, none:totable(), values:totable() }, { 0, { 0, 0 }, { 3, 3 } })
  -- without a cutoff the least difference from 0 counts
  local small = core.eye(2) * core.tensor { 1, 1e-20 }
  check.equal({ small:rank(0), (select(2, small:lstsq(core.ones(2), 0))) }, { 2, 2 })
  near(small:lstsq(core.ones(2), 0), core.tensor { 1, 1e20 }, 1e6)
  check.equal(small:rank(), select(2, small:lstsq(core.ones(2))))
  local flat = core.tensor { { 1, 0 }, { 0, 0 } }
  check.equal({ flat:rank(0), (select(2, flat:lstsq(core.ones(2), 0))) }, { 1, 1 })
end)

check.test("a cutoff below the rounding error counts, however many columns", function()
  for _, n in ipairs { 20, 26, 40 } do
    local values = 10 ^ -core.linspace(0, n - 1, n)
    local graded, ones = core.eye(n) * values, core.ones(n + 3)
    graded = core.concat({ graded, core.zeros(3, n) }, 1)
    for _, cutoff in ipairs { 0, 1e-300, 3e-30, 3e-18, 3e-17, 3e-15 } do
      local rank = values:gt(cutoff):sum()
      local wanted = core.where(values:gt(cutoff), 1 / values, 0)
      local x, found = graded:lstsq(ones, cutoff)
      check.equal({ graded:rank(cutoff), found }, { rank, rank })
      check.near(x * values, wanted * values, 1e-13)
      check.near(graded:pinv(cutoff):matmul(ones) * values, wanted * values, 1e-13)
    end
  end
end)

check.test("no matrix gives no results, of the right shapes", function()
  local none = core.zeros(0, 2, 2)
  check.equal(none:inverse():shape(), { 0, 2, 2 })
  check.equal(none:det():shape(), { 0 })
  check.equal(none:rank():shape(), { 0 })
  check.equal(none:solve(core.ones(2, 3)):shape(), { 0, 2, 3 })
  check.equal(none:solve(core.ones(2)):shape(), { 0, 2 })
  check.equal(core.eye(2):solve(core.zeros(3, 0, 2, 5)):shape(), { 3, 0, 2, 5 })
  local u, s, v = core.zeros(3, 0, 4, 2):svd()
  check.equal({ u:shape(), s:shape(), v:shape() },
    { { 3, 0, 4, 2 }, { 3, 0, 2 }, { 3, 0, 2, 2 } })
  local x, rank = core.zeros(0, 3, 2):lstsq(core.ones(3))
  check.equal({ x:shape(), rank:shape() }, { { 0, 2 }, { 0 } })
end)

check.test("no matrix of a size that would not fit needs no memory", function()
  local n, m = 1000000, 900000
  local square, tall = core.zeros(2, 0, n, n), core.zeros(0, n, m)
  check.equal(square:inverse():shape(), { 2, 0, n, n })
  check.equal(square:det():shape(), { 2, 0 })
  check.equal(square:eigvalsh():shape(), { 2, 0, n })
  check.equal(square:solve(core.zeros(n)):shape(), { 2, 0, n })
  check.equal(square:solve(core.zeros(0, n, m)):shape(), { 2, 0, n, m })
  local u, s, v = tall:svd()
  check.equal({ u:shape(), s:shape(), v:shape() }, { { 0, n, m }, { 0, m }, { 0, m, m } })
  local x, rank, values = tall:lstsq(core.zeros(n))
  check.equal({ x:shape(), rank:shape(), values:shape() }, { { 0, m }, { 0 }, { 0, m } })
  check.equal(tall:pinv():shape(), { 0, m, n })
  check.equal(core.zeros(0, 1, n):kron(core.zeros(0, 6, 1)):shape(), { 0, 6, n })
  check.equal(core.zeros(0, 300, 7):kron(core.zeros(0, 6, 70)):shape(), { 0, 1800, 490 })
end)

check.test("determinant, trace, norms, condition", function()
  local m = core.tensor { { 1, 2 }, { 3, 4 } }
  check.near(m:det(), -2, 1e-15)
  check.equal({ m:slogdet() }, { -1, math.log(2) })
  check.ok(m:logdet() ~= m:logdet(), "the logarithm of a negative determinant is NaN")
  check.near(S:logdet(), S:eigvalsh():log():sum(), 1e-12)
  check.near(math.abs(A:det()), math.abs(select(2, A:lu()):diag():prod()), 1e-9)
  check.equal(core.zeros(2, 2):det(), 0)
  check.equal({ core.zeros(2, 2):slogdet() }, { 0, -math.huge })
  check.equal(core.eye(0):det(), 1)
  check.equal(m:trace(), 5)
  check.equal({ m:matrix_norm(1), m:matrix_norm(math.huge) }, { 6, 7 })
  check.near(m:matrix_norm(), math.sqrt(30), 1e-14)
  check.near(m:matrix_norm "fro", math.sqrt(30), 1e-14)
  check.near(m:matrix_norm(2) * m:inverse():matrix_norm(2), m:cond(), 1e-12)
  check.near(m:matrix_norm "nuc", m:singular_values():sum(), 1e-14)
  check.near({ m:cond(1), m:cond(math.huge), m:cond(2) }, { 21, 21, m:cond() }, 1e-12)
  check.equal(core.ones(2, 2):cond(1), math.huge)
end)

check.test("leading axes: every matrix on its own", function()
  local many = random(2, 3, 4, 4) + 4 * core.eye(4)
  local definite = many:matmul(many:transpose(3, 4))
  local functions = { lu = 3, cholesky = 1, qr = 2, svd = 3, singular_values = 1,
    eigh = 2, eigvalsh = 1, eig = 4, eigvals = 2, inverse = 1, expm = 1 }
  for name, count in pairs(functions) do
    local all = table.pack(definite[name](definite))
    check.equal(all.n, count)
    for i = 1, 2 do
      for j = 1, 3 do
        local m = definite:select(1, i):select(1, j)
        for k, one in ipairs { m[name](m) } do
          check.equal(all[k]:select(1, i):select(1, j), one)
        end
      end
    end
  end
  local b, v = random(3, 4, 2), random(4)
  near(many:matmul(many:solve(b)), b + core.zeros(2, 3, 4, 2))
  near(definite:matmul(definite:solve_spd(b)), b + core.zeros(2, 3, 4, 2), 1e-8)
  local lower = many:select(1, 1):tril()
  near(lower:matmul(lower:solve_triangular(b, "lower")), b, 1e-10)
  check.equal(many:solve(v):shape(), { 2, 3, 4 })
  check.equal(many:matmul(v):shape(), { 2, 3, 4 })
  check.equal(v:matmul(many):shape(), { 2, 3, 4 })
  local value, message, code = core.zeros(2, 2, 2):inverse()
  check.equal({ value, code }, { nil, "singular" })
  check.ok(message:find("tensor 'inverse': matrix 1 of 2: the matrix is singular", 1,
    true))
end)

-- Every matrix of 'many' on its own; what are numbers of one stand side by side.
check.test("leading axes: numbers, least squares, pseudo-inverses, products", function()
  local many = random(2, 3, 4, 4)
  many[2][1][1] = many[2][1][2] -- a singular one is no failure here
  many = many:permute(2, 1, 4, 3)
  local calls = { { "det" }, { "slogdet" }, { "logdet" }, { "trace" }, { "rank" },
    { "rank", 0.5 }, { "cond" }, { "cond", 1 }, { "matrix_norm" }, { "matrix_norm", 2 },
    { "matrix_norm", "nuc" }, { "pinv" }, { "pinv", 0.5 } }
  for _, call in ipairs(calls) do
    local name = call[1]
    local all = table.pack(many[name](many, call[2]))
    for i = 1, 3 do
      for j = 1, 2 do
        for k, one in ipairs { many[{ i, j }][name](many[{ i, j }], call[2]) } do
          local got = all[k][i][j]
          check.ok(got == one or (got ~= got and one ~= one), name)
        end
      end
    end
  end
  check.equal(many:rank():totable(), { { 4, 3 }, { 4, 4 }, { 4, 4 } })
  check.equal({ math.type(many[1][1]:rank()), many:trace():shape() },
    { "integer", { 3, 2 } })
  check.equal(core.zeros(3, 2, 5):trace():totable(), { 0, 0, 0 })
end)

check.test("leading axes of lstsq and kron broadcast", function()
  local tall, b, v = random(2, 1, 5, 3), random(3, 5, 2), random(5)
  local x, rank, values = tall:lstsq(b)
  check.equal({ x:shape(), rank:shape(), values:shape() },
    { { 2, 3, 3, 2 }, { 2, 3 }, { 2, 3, 3 } })
  for i = 1, 2 do
    for j = 1, 3 do
      local one, count, singular = tall[i][1]:lstsq(b[j])
      check.equal({ x[i][j], rank[i][j], values[i][j] }, { one, count + 0.0, singular })
    end
  end
  check.equal(tall:lstsq(v):shape(), { 2, 1, 3 })
  local left, right = random(2, 1, 2, 3), random(4, 3, 1)
  local product = left:kron(right)
  check.equal(product:shape(), { 2, 4, 6, 3 })
  for i = 1, 2 do
    for j = 1, 4 do check.equal(product[i][j], left[i][1]:kron(right[j])) end
  end
  check.equal(select(3, core.full({ 2, 2, 2 }, math.huge):det()), "diverged")
  local value, message, code = core.concat({ core.eye(2):unsqueeze(1),
    core.full({ 1, 2, 2 }, 0 / 0) }, 1):pinv()
  check.equal({ value, code }, { nil, "diverged" })
  check.ok(message:find("tensor 'pinv': matrix 2 of 2: the matrix has values", 1, true))
end)

check.test("matrix exponential", function()
  local M = random(5, 5)
  near(M:expm():matmul((-M):expm()), core.eye(5), 1e-10)
  near((M * 2):expm(), M:expm():matmul(M:expm()), 1e-9)
  local w, V = (M + M:transpose()):eigh()
  near((V * w:exp()):matmul(V:transpose()), (M + M:transpose()):expm(), 1e-8)
end)

check.test("kron and matmul of views", function()
  local a, b = random(2, 3), random(3, 2)
  check.near(a:kron(b)[{ 4, 5 }], a[2][3] * b[1][1], 0)
  near(a:kron(b):matmul(b:kron(a)), a:matmul(b):kron(b:matmul(a)))
  near(a:transpose():matmul(b:transpose()), b:matmul(a):transpose())
end)

check.test("a large product is the sum of its parts", function()
  local a, b = random(600, 300), random(300, 310)
  local c = a:matmul(b)
  near(c[{ { 590, 600 } }], a[{ { 590, 600 } }]:matmul(b), 1e-12)
  near(b:transpose():matmul(a:transpose()), c:transpose(), 1e-11)
  for threads = 1, 3 do
    core.threads(threads)
    near(a:matmul(b), c, 1e-12)
    check.equal(a:matmul(b), a:matmul(b))
    near(b:transpose():matmul(a:transpose()), c:transpose(), 1e-11)
  end
end)

check.test("outcomes: nil, message, code", function()
  local singular, inf = core.ones(2, 2), core.tensor { { math.huge, 0 }, { 0, 1 } }
  local function outcome(code, text, value, message, got)
    check.equal({ value, got }, { nil, code })
    check.ok(message:find(text, 1, true), message)
  end
  outcome("singular", "tensor 'solve': the matrix is singular: pivot 2 is zero",
    singular:solve(core.ones(2)))
  outcome("singular", "tensor 'inverse': the matrix is singular", singular:inverse())
  outcome("singular", "tensor 'solve': the matrix is singular to working precision: its",
    core.tensor({ { 1, 0 }, { 0, 1e-20 } }):solve(core.ones(2)))
  outcome("singular",
    "tensor 'cholesky': the matrix is not positive definite: its leading",
    (-singular):cholesky())
  outcome("singular", "tensor 'solve_spd': the matrix is not positive definite",
    (-singular):solve_spd(core.ones(2)))
  outcome("singular",
    "tensor 'solve_triangular': the matrix is singular: pivot 1 is zero",
    core.zeros(2, 2):solve_triangular(core.ones(2), "upper"))
  outcome("diverged", "tensor 'expm': the exponential overflows",
    (core.eye(2) * 1e4):expm())
  for _, name in ipairs { "lu", "cholesky", "qr", "svd", "singular_values", "eigh",
    "eigvalsh", "eig", "eigvals", "inverse", "expm", "det", "slogdet", "logdet", "rank",
    "pinv", "cond", "matrix_norm" } do
    outcome("diverged",
      "tensor '" .. name .. "': the matrix has values that are not finite",
      inf[name](inf))
  end
  outcome("diverged",
    "tensor 'lstsq': the right-hand side has values that are not finite",
    core.eye(2):lstsq(core.tensor { 1, 0 / 0 }))
end)

local m, v = core.ones(2, 3), core.ones(2)

messages("tests/lua/tensor_linalg.lua", {
  { function() return m:cholesky() end,
    "tensor 'cholesky': shape 2x3, expected a square matrix" },
  { function() return v:svd() end, "tensor 'svd': shape 2, expected a matrix" },
  { function() return m:det() end, "tensor 'det': shape 2x3, expected a square matrix" },
  { function() return core.eye(3):solve(v) end,
    "tensor 'solve': right-hand side of shape 2, expected 3 or 3x<any>" },
  { function() return core.zeros(0, 300, 400):det() end,
    "tensor 'det': there is no result for shape 0x300x400" },
  { function() return core.zeros(0, 300, 300):solve(core.ones(2)) end,
    "tensor 'solve': there is no result for shape 0x300x300 and 2" },
  { function() return core.eye(3):solve() end,
    "bad argument #1 to 'solve' (expected a tensor, got nothing)" },
  { function() return core.eye(2):solve_triangular(v) end,
    "bad argument #2 to 'solve_triangular' (string expected, got no value)" },
  { function() return core.eye(2):solve_triangular(v, "left") end,
    "bad argument #2 to 'solve_triangular' (invalid option 'left')" },
  { function() return m:lstsq(v, -1) end,
    "tensor 'lstsq': cutoff is -1.0, expected at least 0" },
  { function() return m:rank "x" end,
    "bad argument #1 to 'rank' (number expected, got string)" },
  { function() return m:matrix_norm "max" end,
    "tensor 'matrix_norm': the norm is 'max', expected 1, 2, math.huge, 'fro' or 'nuc'" },
  { function() return core.eye(2):cond "fro" end,
    "tensor 'cond': the norm is 'fro', expected 1, 2 or math.huge" },
  { function() return m:cond(1) end,
    "tensor 'cond': shape 2x3, expected a square matrix" },
  { function() return v:trace() end,
    "tensor 'trace': a tensor with 1 dims has no diagonal" },
  { function() return core.zeros(2, 3, 4):det() end,
    "tensor 'det': matrix 1 of 2: shape 3x4, expected a square matrix" },
  { function() return core.zeros(2, 3, 3):lstsq(core.zeros(3, 3, 1)) end,
    "tensor 'lstsq': 2 and 3 matrices along axis 1 do not broadcast" },
  { function() return core.zeros(0, 3, 4):det() end,
    "tensor 'det': shape 3x4, expected a square matrix" },
  { function() return core.zeros(0, 3, 3):solve(core.ones(2)) end,
    "tensor 'solve': right-hand side of shape 2, expected 3 or 3x<any>" },
  { function() return m:kron(v) end,
    "tensor 'kron': 2 and 1 dims, expected two matrices" },
})

check.done()
