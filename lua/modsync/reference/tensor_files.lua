-- src/luabind/tensor_files.c

return {
  functions = {
    { "npy_read", "(path: string): tensor?, string? message, string? code",
      "The array of a .npy file, its elements floats, integers or truth values.",
      "ms.npy_write(file, t) and ms.npy_read(file)" },
    { "npy_write", "(path: string, t: tensor): true?, string? message, string? code",
      "Writes a .npy file, complete or not at all.", "ms.npy_write(file, t)" },
    { "csv_read",
      "(path: string, options?: csv_options): tensor?, string[]|string? names, "
        .. "string? code",
      "A table of numbers as text: a matrix, and with a header the names of its columns. "
        .. "What is no number is named with its line and column.",
      "ms.csv_write(file, t) and ms.csv_read(file)" },
    { "csv_write", "(path: string, t: tensor, options?: csv_options): true?, "
      .. "string? message, string? code",
      "Writes a vector or matrix as text, exactly, and complete or not at all.",
      "ms.csv_write(file, t, { header = { 'a', 'b', 'c' } })" },
  },
  tables = {
    { name = "csv_options", text = "How a table of numbers is written as text.",
      fields = {
        { "delimiter?", "string",
          "Between cells, a comma unless given; a blank means any run of blanks." },
        { "header?", "boolean|string[]", "Reading: whether the first line has names. "
          .. "Writing: the names." },
        { "missing?", "number", "What an empty cell is read as; without it that is an "
          .. "error." },
      } },
  },
}
