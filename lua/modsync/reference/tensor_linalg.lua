-- src/luabind/tensor_linalg.c

local outcome = ": tensor?, string? message, string? code"
local number = ": (number|tensor)?, string? message, string? code"
local spd = "t:matmul(t:transpose())"

return {
  { "matmul", "(other: tensor): number|tensor",
    "The matrix product, over leading axes, which broadcast; a vector is a row on the "
      .. "left and a column on the right.",
    "t:matmul(t:transpose())" },
  { "kron", "(other: tensor): tensor",
    "The Kronecker product: every element of t times all of the other.", "t:kron(t)" },
  { "solve", "(b: tensor)" .. outcome,
    "The x of t x = b, where b is a vector or has several in its columns; nil, a message "
      .. "and 'singular' if no digit of it would be right. Leading axes as of matmul.",
    "ms.eye(2):solve(t)" },
  { "solve_spd", "(b: tensor)" .. outcome,
    "The same for a symmetric positive definite matrix; only its lower half is read.",
    spd .. ":solve_spd(t)" },
  { "solve_triangular",
    '(b: tensor, half: "lower"|"upper", transpose?: boolean)' .. outcome,
    "The same for that half of the matrix, or the transpose of the half.",
    "ms.eye(2):solve_triangular(t, 'upper')" },
  { "lstsq",
    "(b: tensor, cutoff?: number): tensor? x, integer|tensor|string rank, "
      .. "tensor|string values",
    "The shortest x that minimises |t x - b|, the rank, and the singular values; those "
      .. "below cutoff times the largest count as 0. A cutoff below the rounding error "
      .. "takes up to five times as long.",
    "t:lstsq(ms.ones(2))" },
  { "inverse", "()" .. outcome, "The inverse.", "ms.eye(2):inverse()" },
  { "pinv", "(cutoff?: number)" .. outcome,
    "The Moore-Penrose inverse; singular values below cutoff times the largest are 0.",
    "t:pinv()" },
  { "lu", "(): tensor? L, tensor|string U, tensor|string p",
    "The lower L, the upper U and the row numbers p with t:take(1, p) = L U.",
    "t:lu()" },
  { "cholesky", "(): tensor? L, string? message, string? code",
    "The lower factor of t = L L'; nil, a message and 'singular' if t is not positive "
      .. "definite. Only the lower half is read.", spd .. ":cholesky()" },
  { "qr", "(): tensor? Q, tensor|string R, string? code",
    "Q with orthonormal columns and the upper R of t = Q R.", "t:qr()" },
  { "svd", "(): tensor? U, tensor|string s, tensor|string V",
    "The singular value decomposition t = U diag(s) V'.", "t:svd()" },
  { "singular_values", "()" .. outcome, "The singular values, the largest first.",
    "t:singular_values()" },
  { "eigh", "(): tensor? w, tensor|string V, string? code",
    "The eigenvalues w (ascending) and vectors of a symmetric t = V diag(w) V'; only the "
      .. "lower half is read.", spd .. ":eigh()" },
  { "eigvalsh", "()" .. outcome, "The eigenvalues of a symmetric matrix alone.",
    spd .. ":eigvalsh()" },
  { "eig",
    "(): tensor? re, tensor|string im, tensor|string re_vectors, tensor? im_vectors",
    "The eigenvalues of any square matrix, real and imaginary parts, and those of the "
      .. "vectors, which are columns of length 1.", "ms.eye(2):eig()" },
  { "eigvals", "(): tensor? re, tensor|string im, string? code",
    "The real and imaginary parts of the eigenvalues alone.", "ms.eye(2):eigvals()" },
  { "det", "()" .. number, "The determinant.", "ms.eye(2):det()" },
  { "slogdet", "(): (number|tensor)? sign, number|tensor|string log, string? code",
    "The sign of the determinant and the logarithm of its magnitude.",
    "ms.eye(2):slogdet()" },
  { "logdet", "()" .. number,
    "The logarithm of the determinant; NaN if that is negative.", "ms.eye(2):logdet()" },
  { "trace", "(): number|tensor", "The sum of the diagonal.", "t:trace()" },
  { "rank", "(cutoff?: number): (integer|tensor)?, string? message, string? code",
    "How many singular values are above cutoff times the largest.", "t:rank()" },
  { "cond", "(norm?: number)" .. number,
    "The condition number in the 2, 1 or infinity norm (math.huge).",
    "ms.eye(2):cond(1)" },
  { "matrix_norm", '(norm?: number|"fro"|"nuc")' .. number,
    "'fro', the root of the sum of squares, unless told otherwise; 1: the largest column "
      .. "sum; math.huge: row sum; 2: singular value; 'nuc': the sum of those.",
    "t:matrix_norm(2)" },
  { "expm", "()" .. outcome, "The matrix exponential.", "ms.eye(2):expm()" },
}
