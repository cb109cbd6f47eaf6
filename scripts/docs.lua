--[[
modsync docs [--check] [--out DIR]: writes the meta files of the Lua language server.

They go to lua/modsync/meta, beside this library, or to DIR. --check writes nothing and
fails where a file is not as it would be written.
]]
local command = require "modsync.command"
local core = require "modsync.core"
local stubs = require "modsync.reference.stubs"

local options = {
  { name = "check", text = "write nothing; fail where a file is out of date" },
  { name = "out", value = "DIR", text = "the folder (lua/modsync/meta of this library)" },
  { name = "help", text = "this text" },
}

local fail = command.failing "docs"

local function read(path)
  local file = io.open(path, "rb")
  local text = file and file:read("a")
  if file then file:close() end
  return text
end

--- Files of the folder that no longer belong there.
local function strays(folder, files)
  local wanted, found = {}, {}
  for _, file in ipairs(files) do wanted[file.name] = true end
  for _, name in ipairs(core.listdir(folder) or {}) do
    if name:match("%.lua$") and not wanted[name] then found[#found + 1] = name end
  end
  return found
end

local function check(folder, files)
  local wrong = {}
  for _, file in ipairs(files) do
    local path = folder .. "/" .. file.name
    if read(path) ~= file.text then wrong[#wrong + 1] = file.name end
  end
  for _, name in ipairs(strays(folder, files)) do wrong[#wrong + 1] = name end
  if #wrong == 0 then return end
  fail(("%s is out of date (%s): run modsync docs"):format(folder,
    table.concat(wrong, ", ")))
end

local function write(folder, files)
  local made, message = core.mkdir(folder)
  if not made then fail(message) end
  for _, file in ipairs(files) do
    local path = folder .. "/" .. file.name
    if read(path) ~= file.text then
      local written, reason = core.write_file(path, file.text)
      if not written then fail(reason) end
      print("wrote " .. path)
    end
  end
  for _, name in ipairs(strays(folder, files)) do
    os.remove(folder .. "/" .. name)
    print("removed " .. folder .. "/" .. name)
  end
end

local chosen, words = command.parse(options, arg)
if not chosen then fail(words) end
if chosen.help then
  io.write("usage: modsync docs [--check] [--out DIR]\n\n", command.describe(options))
  os.exit(0, true)
end
if words[1] then
  fail(("what is '%s'? modsync docs --help lists the options"):format(words[1]))
end
local folder = chosen.out or (package.searchpath("modsync.help", package.path)
  :gsub("help%.lua$", "meta"))
local run = chosen.check and check or write
run(folder, stubs.files())
