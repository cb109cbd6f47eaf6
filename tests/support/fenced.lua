-- The fenced blocks of code in a Markdown file, so that tests can run them.

local check = require "tests.support.check"

local M = {}

--- The blocks of one language, in order: { text, line } each, where line is that of the
--- opening fence.
function M.blocks(path, language)
  local file = check.ok(io.open(path))
  local text, blocks = file:read "a", {}
  file:close()
  for at, block in text:gmatch("()```" .. language .. "\n(.-)\n```") do
    local _, line = text:sub(1, at - 1):gsub("\n", "\n")
    blocks[#blocks + 1] = { text = block .. "\n", line = line + 1 }
  end
  return blocks
end

--- Runs a block as a file of its own; what it prints comes after its result, a table for
--- each call of print. 'names' are globals besides the usual ones.
function M.run(path, block, text, names)
  local printed = {}
  local env = setmetatable({
    print = function(...) printed[#printed + 1] = table.pack(...) end,
  }, { __index = function(_, name) return (names or {})[name] or _G[name] end })
  local padding = ("\n"):rep(block.line) -- an error names the line of the Markdown
  local chunk = check.ok(load(padding .. text, "=" .. path, "t", env))
  return chunk(), printed
end

return M
