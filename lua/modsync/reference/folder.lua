-- src/luabind/folder.c

return {
  functions = {
    { "listdir", "(path: string): string[]?, string? message, string? code",
      "The names in a folder, sorted.", "ms.listdir('.')" },
    { "mkdir", "(path: string): true?, string? message, string? code",
      "Makes a folder and its parents, those that are missing.", "ms.mkdir('.')" },
  },
}
