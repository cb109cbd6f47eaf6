---@meta modsync.core
-- Written by `modsync docs` from the records and the reference.

--- What is written in C. The module modsync has all of it, too.
---@class modsync.core
---@field version string  of this library
---@field home? string  the folder of problems/ and scripts/
---@field debug modsync.core_debug  for tests: what is alive, memory that fails
local core = {}

--- A new tensor from a number, nested lists of numbers, or a copy of a tensor.
---@param value number|table|modsync.tensor
---@return modsync.tensor
function core.tensor(value) end

--- Zeros; the shape as numbers or as one list.
---@param ... integer|integer[]
---@return modsync.tensor
function core.zeros(...) end

--- Ones; the shape as numbers or as one list.
---@param ... integer|integer[]
---@return modsync.tensor
function core.ones(...) end

--- A tensor with the same number everywhere.
---@param shape integer[]
---@param value number
---@return modsync.tensor
function core.full(shape, value) end

--- The numbers of the loop for i = first, last, step; both ends included.
---@param first number
---@param last number
---@param step? number
---@return modsync.tensor
function core.arange(first, last, step) end

--- So many evenly spaced numbers, both ends included exactly.
---@param first number
---@param last number
---@param count integer
---@return modsync.tensor
function core.linspace(first, last, count) end

--- The elements of a where the condition is not 0 (NaN is not), else those of b; all
--- broadcast.
---@param condition number|modsync.tensor
---@param a number|modsync.tensor
---@param b number|modsync.tensor
---@return number|modsync.tensor
function core.where(condition, a, b) end

--- Tensors of one shape side by side along a new axis, by default the first.
---@param parts modsync.tensor[]
---@param axis? integer
---@return modsync.tensor
function core.stack(parts, axis) end

--- The coordinates of the grid that vectors make up: for each a view of the shape of the
--- grid, which varies along its own axis and repeats along the others.
---@param parts modsync.tensor[]
---@return modsync.tensor[]
function core.meshgrid(parts) end

--- Ones on the diagonal of a matrix, zeros elsewhere.
---@param rows integer
---@param columns? integer
---@return modsync.tensor
function core.eye(rows, columns) end

--- A random stream; streams of other seeds or names are independent of it.
---@param seed integer
---@param name string
---@return modsync.rng
function core.rng(seed, name) end

--- What every elementary function says of itself: name, arity, derivatives.
---@return table[]
function core.ops() end

--- An empty graph of expressions.
---@return modsync.graph
function core.graph() end

--- The mean over all points.
---@param x modsync.symbol
---@return modsync.symbol
function core.mean(x) end

--- The sum of the columns, at every point.
---@param x modsync.symbol
---@return modsync.symbol
function core.sum_columns(x) end

--- The transpose of parameters or constants, not of values per point.
---@param x modsync.symbol
---@return modsync.symbol
function core.transpose(x) end

--- Symbols (numbers, rows of constants) side by side in columns; tensors alone one behind
--- the other along the last axis, or another.
---@param parts (modsync.symbol|number|modsync.tensor)[]
---@param axis? integer
---@return modsync.symbol|modsync.tensor
function core.concat(parts, axis) end

--- Whether a value is a symbol.
---@param value any
---@return boolean
function core.is_symbol(value) end

--- The number of threads that programs run on, after setting it when n is given.
---@param n? integer
---@return integer
function core.threads(n) end

--- n points of the unit cube [0, 1)^d; 'skip' leaves out first points of a sequence.
---@param sampler modsync.sampler
---@param rng modsync.rng
---@param n integer
---@param d integer
---@param skip? integer
---@return modsync.tensor
function core.sample(sampler, rng, n, d, skip) end

--- Fills n x d points of the box low <= x <= high and returns them; a coordinate with
--- equal limits is held.
---@param sampler modsync.sampler
---@param rng modsync.rng
---@param points modsync.tensor
---@param low number[]
---@param high number[]
---@param skip? integer
---@return modsync.tensor
function core.sample_box(sampler, rng, points, low, high, skip) end

--- Name, summary and paper of every sampler.
---@return table[]
function core.samplers() end

--- A method written in C, by family (optimizer, conflict, prune) and name; ms.optim,
--- ms.conflict and ms.prune wrap it.
---@param family string
---@param name string
---@param options? table
---@return modsync.core_method
function core.method(family, name, options) end

--- What the methods written in C say of themselves: summary, paper, options, state.
---@return table[]
function core.records() end

--- The statements that conflict methods may promise, by name.
---@return table<string, string>
function core.promises() end

--- The inner products of the rows of G, K x K.
---@param G modsync.tensor
---@return modsync.tensor
function core.gradient_gram(G) end

--- Sums over p of g_ip g_jp and of |g_ip g_jp|, K x K each, in one pass.
---@param G modsync.tensor
---@return modsync.tensor gram
---@return modsync.tensor magnitude
function core.gradient_overlap(G) end

--- A Gram matrix for each block of parameters, count x K x K; block holds the number of
--- the block of every parameter, from 1; 0: in none.
---@param G modsync.tensor
---@param block modsync.tensor
---@param count integer
---@return modsync.tensor
function core.gradient_blocks(G, block, count) end

--- The v >= 0 with the least v.Av / 2 + b.v, for A symmetric, positive semidefinite, b in
--- its range; exact.
---@param A modsync.tensor
---@param b modsync.tensor
---@return modsync.tensor?
---@return string? message
---@return string? code
function core.nonnegative(A, b) end

--- Eigenvalues of a symmetric matrix, ascending, and its eigenvectors as rows.
---@param A modsync.tensor
---@return modsync.tensor? values
---@return modsync.tensor|string vectors
---@return string? code
function core.eigen(A) end

--- I = keep I + gain importance, T x P, in one pass over K x P gradients. The gradients
--- of a task are added; tasks are counted from 0 (one for each gradient). The taylor
--- kinds need the parameters.
---@param I modsync.tensor
---@param G modsync.tensor
---@param keep number
---@param gain number
---@param tasks? integer[]
---@param kind? "square"|"taylor"|"taylor-square"
---@param theta? modsync.tensor
function core.importance_update(I, G, keep, gain, tasks, kind, theta) end

--- How much each connection serves one task only, from T x n importances. The n
--- connections are blocks of these sizes, one after the other (one block); the
--- importances of a task are divided by their sum over a block, or, with whole, over all;
--- epsilon damps connections that matter to no task.
---@param I modsync.tensor
---@param index "ratio"|"entropy"|"coupling"|"max-share"
---@param sizes? integer[]
---@param whole? boolean
---@param epsilon? number
---@return modsync.tensor
function core.exclusivity_index(I, index, sizes, whole, epsilon) end

--- Sums over each block of the index times its weight, and of the weights; their quotient
--- is the value of the block. The n connections are blocks of these sizes, one after the
--- other (one block); the importances of a task are divided by their sum over a block,
--- or, with whole, over all; epsilon damps connections that matter to no task.
---@param I modsync.tensor
---@param index "ratio"|"entropy"|"coupling"|"max-share"
---@param sizes? integer[]
---@param whole? boolean
---@param epsilon? number
---@return modsync.tensor values
---@return modsync.tensor weights
function core.exclusivity_values(I, index, sizes, whole, epsilon) end

--- The same sums with the importances of every task but the first shuffled inside of each
--- block, shuffles x blocks.
---@param I modsync.tensor
---@param index "ratio"|"entropy"|"coupling"|"max-share"
---@param rng modsync.rng
---@param shuffles integer
---@param sizes? integer[]
---@param whole? boolean
---@param epsilon? number
---@return modsync.tensor
function core.exclusivity_shuffled(I, index, rng, shuffles, sizes, whole, epsilon) end

--- By block, the quantile of the index over connections put together by chance, each
--- importance from a place of its own.
---@param I modsync.tensor
---@param index "ratio"|"entropy"|"coupling"|"max-share"
---@param rng modsync.rng
---@param draws integer
---@param quantile number
---@param sizes? integer[]
---@param whole? boolean
---@param epsilon? number
---@return modsync.tensor
function core.exclusivity_level(I, index, rng, draws, quantile, sizes, whole, epsilon) end

--- The value of an index where importances are means of so many squares of independent
--- normal numbers; NaN where no formula is known (max-share of more than two tasks).
---@param index "ratio"|"entropy"|"coupling"|"max-share"
---@param tasks integer
---@param draws number
---@return number
function core.exclusivity_expected(index, tasks, draws) end

--- The same by simulation of so many connections, the importances being means of
--- |g|^power, and its standard error.
---@param index "ratio"|"entropy"|"coupling"|"max-share"
---@param tasks integer
---@param draws integer
---@param power number
---@param samples integer
---@param rng modsync.rng
---@return number
---@return number error
function core.exclusivity_simulated(index, tasks, draws, power, samples, rng) end

--- The optimal brain surgeon: what each weight of W [n, cols] costs where the loss has
--- the inverse Hessian [n, n] for every column, those of a column going one after
--- another, the cheapest next. What held is not 0 for neither goes nor moves.
---@param inverse modsync.tensor
---@param W modsync.tensor
---@param held modsync.tensor
---@return modsync.tensor
function core.surgeon_costs(inverse, W, held) end

--- Sets those of W to 0 where gone is not, the others of the column moved to make up for
--- it; the sum of what it costs.
---@param inverse modsync.tensor
---@param W modsync.tensor
---@param held modsync.tensor
---@param gone modsync.tensor
---@return number
function core.surgeon_remove(inverse, W, held, gone) end

--- The inverse of damping I + G'G / m for m samples, the rows of G.
---@param G modsync.tensor
---@param damping number
---@return modsync.tensor
function core.fisher_inverse(G, damping) end

--- The names in a folder, sorted.
---@param path string
---@return string[]?
---@return string? message
---@return string? code
function core.listdir(path) end

--- Makes a folder and its parents, those that are missing.
---@param path string
---@return true?
---@return string? message
---@return string? code
function core.mkdir(path) end

--- Writes an NPZ file, complete or not at all. An entry is { name, value }: a tensor, a
--- string, or a table of integers.
---@param path string
---@param entries table[]
---@return true?
---@return string? message
---@return string? code
function core.npz_write(path, entries) end

--- The arrays of an NPZ file by name, or one of them, which must be there, and all names
--- in the order of the file. Floats are tensors, bytes strings, integers tables.
---@param path string
---@param name? string
---@return table<string, any>?
---@return string[]|string order
---@return string? code
function core.npz_read(path, name) end

--- Writes a file, complete or not at all.
---@param path string
---@param bytes string
---@return true?
---@return string? message
---@return string? code
function core.write_file(path, bytes) end

--- The bytes as a zlib stream (RFC 1950); level 0 to 9.
---@param bytes string
---@param level? integer
---@return string
function core.deflate(bytes, level) end

--- The checksum of ZIP and PNG, continued from 'crc'.
---@param bytes string
---@param crc? integer
---@return integer
function core.crc32(bytes, crc) end

--- The array of a .npy file, its elements floats, integers or truth values.
---@param path string
---@return modsync.tensor?
---@return string? message
---@return string? code
function core.npy_read(path) end

--- Writes a .npy file, complete or not at all.
---@param path string
---@param t modsync.tensor
---@return true?
---@return string? message
---@return string? code
function core.npy_write(path, t) end

--- A table of numbers as text: a matrix, and with a header the names of its columns. What
--- is no number is named with its line and column.
---@param path string
---@param options? modsync.csv_options
---@return modsync.tensor?
---@return string[]|string? names
---@return string? code
function core.csv_read(path, options) end

--- Writes a vector or matrix as text, exactly, and complete or not at all.
---@param path string
---@param t modsync.tensor
---@param options? modsync.csv_options
---@return true?
---@return string? message
---@return string? code
function core.csv_write(path, t, options) end

--- What runs here: BLAS kernels and why, SIMD, threads, caches, versions.
---@return table<string, any>
function core.info() end

--- Seconds of a clock that only moves forward.
---@return number
function core.time() end

--- Whether a file (or file number) is a terminal.
---@param file file*|integer
---@return boolean
function core.isatty(file) end

--- Whether Ctrl-C was pressed under the guard.
---@return boolean
function core.interrupted() end

--- While on, the first Ctrl-C only shows in interrupted(); returns what it was.
---@param on boolean
---@return boolean
function core.guard(on) end

--- The innermost line outside of this library as text in front of a message.
---@return string
function core.position() end

--- A part of the parameters in a gradient that is not yet summed over the points: the
--- gradient is the sum of a' b over the points and the pairs { a, b }, or the sum of the
--- rows. A part with neither has a gradient of another form.
---@class modsync.factors
---@field offset integer  where the part begins in the vector, from 0
---@field rows integer  of the part
---@field cols integer  of the part
---@field pairs? modsync.symbol[][]  of n x rows and n x cols each
---@field row? modsync.symbol  n x cols

--- What graph:program compiles: either losses or outputs.
---@class modsync.program_plan
---@field losses? modsync.symbol[]  one number each; run() gives values and gradients
---@field outputs? modsync.symbol[]  values per point; run() gives them side by side
---@field parameters? integer  length of the parameter vector (0)
---@field columns? integer  columns of the points (1)
---@field gradients? boolean  of the losses by the parameters (true)
---@field tangents? boolean  all along a direction, in place of itself (false)
---@field block? integer  points computed at a time (0: what fits the cache)

--- What program:info says, a few numbers of its code.
---@class modsync.program_info
---@field block integer  points computed at a time
---@field bytes_per_point integer  working memory of a point of a block
---@field passes integer  loops over the points
---@field products integer  matrix products
---@field strips integer  fused runs of element-wise operations
---@field strip_ops integer  operations in them
---@field steps integer  steps of the program

--- How a table of numbers is written as text.
---@class modsync.csv_options
--- Between cells, a comma unless given; a blank means any run of blanks.
---@field delimiter? string
--- Reading: whether the first line has names. Writing: the names.
---@field header? boolean|string[]
---@field missing? number  What an empty cell is read as; without it that is an error.

--- core.debug: what is alive, and memory that fails.
---@class modsync.core_debug
local core_debug = {}

--- Memory blocks of the engine in use.
---@return integer
function core_debug.live_blocks() end

--- Their bytes.
---@return integer
function core_debug.live_bytes() end

--- The n-th allocation of the engine from now on fails, and all later; 0: none.
---@param n integer
function core_debug.fail_after(n) end

--- The same for the interpreter.
---@param n integer
function core_debug.lua_fail_after(n) end

--- A full collection at every allocation of the interpreter.
---@param on boolean
function core_debug.collect_always(on) end

--- Runs a plain loop over memory once, for measurements.
---@param loop "copy"|"triad"|"update"|"read"
---@param a modsync.tensor
---@param b modsync.tensor
---@param c modsync.tensor
function core_debug.stream(loop, a, b, c) end

--- c = a b of square matrices in one call of BLAS, for measurements.
---@param a modsync.tensor
---@param b modsync.tensor
---@param c modsync.tensor
function core_debug.dgemm(a, b, c) end

--- What the signal handler does at Ctrl-C.
---@return boolean
function core_debug.interrupt() end

return core
