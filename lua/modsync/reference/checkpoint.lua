-- src/luabind/checkpoint.c

return {
  engine = { "deflate", "crc32" },
  functions = {
    { "npz_write",
      "(path: string, entries: table[]): true?, string? message, string? code",
      "Writes an NPZ file, complete or not at all. An entry is { name, value }: a "
        .. "tensor, a string, or a table of integers.",
      "ms.npz_write(file, { { 'a', t } })" },
    { "npz_read",
      "(path: string, name?: string): table<string, any>?, string[]|string order, "
        .. "string? code",
      "The arrays of an NPZ file by name, or one of them, which must be there, and all "
        .. "names in the order of the file. Floats are tensors, bytes strings, integers "
        .. "tables.",
      "ms.npz_read(file)" },
    { "write_file", "(path: string, bytes: string): true?, string? message, string? code",
      "Writes a file, complete or not at all.", "ms.write_file(file, 'text')" },
    { "deflate", "(bytes: string, level?: integer): string",
      "The bytes as a zlib stream (RFC 1950); level 0 to 9.", "ms.deflate('aaaa', 9)" },
    { "crc32", "(bytes: string, crc?: integer): integer",
      "The checksum of ZIP and PNG, continued from 'crc'.", "ms.crc32('text')" },
  },
}
