--[[
Measured points: a table of numbers with named columns, for `on` of a term. Columns that
are coordinates place the points; expr finds the others in s.

  { name = "data", on = ms.data "sensors.csv",
    expr = function(s) return s.u - s.u_obs end }

ms.data takes a path or a table { path or tensor, columns = { "x", "t", "u_obs" } }: a
CSV file, whose first line may name the columns, a .npy file, or "file.npz:array", an
array of an NPZ file. A line with a number (nan and inf are some) names nothing.
]]
local check_keys = require "modsync.check_keys"
local colon = require "modsync.colon"
local core = require "modsync.core"
local kind = require "modsync.kind"
local misuse = require "modsync.misuse"

--- require "modsync.data": measured points.
---@class modsync.data_module
local M = {}

--- Measured points with named columns.
---@class modsync.data
---@field tensor modsync.tensor  n x columns
---@field columns string[]
local Data = {}
Data.__index = Data
Data.__name = "modsync.data"

function Data:__tostring()
  return ("data: %d points, columns %s"):format(self.tensor:size(1),
    table.concat(self.columns, ", "))
end

--- The columns as a tensor, coordinates first, and the names of the others; nil and what
--- is wrong otherwise.
---@private
function Data:arrange(coords)
  local place, taken, extra = {}, {}, {}
  for i, name in ipairs(self.columns) do place[name] = i end
  local order = {}
  for i, name in ipairs(coords) do
    if not place[name] then
      return nil, ("the data have no column for the coordinate %q (columns: %s)"):format(
        name, table.concat(self.columns, ", "))
    end
    order[i], taken[name] = place[name], true
  end
  for i, name in ipairs(self.columns) do
    if not taken[name] then
      extra[#extra + 1] = name
      order[#order + 1] = i
    end
  end
  local arranged = core.zeros(self.tensor:size(1), #order)
  for to, from in ipairs(order) do
    arranged:narrow(2, to, 1):copy_(self.tensor:narrow(2, from, 1))
  end
  return arranged, #extra > 0 and extra or nil
end

---@private
function M.is_data(value)
  return getmetatable(value) == Data
end

--[[ files ]]

--- The first line that is neither empty nor a comment, without the mark that UTF-8 texts
--- may begin with; nil if there is none.
local function first_line(path)
  local file, message = io.open(path, "r")
  if not file then misuse("data: %s", message) end
  local line, problem = file:read "l", nil
  line = line and line:gsub("^\xEF\xBB\xBF", "")
  while line and (not line:find "%S" or line:match "^%s*#") do line = file:read "l" end
  if not line then problem = select(2, file:read(0)) end
  file:close()
  if problem then
    misuse("data: %s: %s; expected a CSV, .npy or .npz file", path, problem)
  end
  return line
end

--- Does core.csv_read take the cell for a number?
local function is_number(cell)
  cell = cell:match '^"%s*(.-)%s*"?$' or cell
  local word = cell:lower():match "^[+-]?(%a+)$"
  return tonumber(cell) ~= nil or word == "nan" or word == "inf" or word == "infinity"
end

--- Numbers apart by commas or semicolons; the first line may be names, lines with # are
--- left out.
local function read_csv(path)
  local line = first_line(path)
  if not line then misuse("data: %s holds no numbers", path) end
  local delimiter, named = line:find(";", 1, true) and ";" or ",", true
  for cell in (line .. delimiter):gmatch("%s*(.-)%s*" .. delimiter) do
    named = named and not is_number(cell)
  end
  local numbers, names = core.csv_read(path, { header = named, delimiter = delimiter })
  if not numbers then misuse("data: %s", names) end
  if numbers:size(1) == 0 then misuse("data: %s holds no numbers", path) end
  return numbers, names
end

local function read_array(path, array)
  local contents, names = core.npz_read(path, array)
  if not contents then misuse("data: %s", names) end
  if not array then
    misuse("data: %s is an archive: name one of its arrays, %s:%s (it holds %s)", path,
      path, names[1] or "NAME", table.concat(names, ", "))
  end
  if kind.of(contents[array]) ~= "tensor" then
    misuse("data: the array %q of %s is no tensor of floats", array, path)
  end
  return contents[array]
end

local function read(path)
  local archive, array = path:match("^(.+%.npz):(.+)$")
  if archive then return read_array(archive, array) end
  if path:find "%.npz$" then return read_array(path) end
  if not path:find "%.npy$" then return read_csv(path) end
  local numbers, message = core.npy_read(path)
  if not numbers then misuse("data: %s", message) end
  return numbers
end

--[[ making ]]

local function check_columns(columns, count)
  if type(columns) ~= "table" or #columns ~= count then
    misuse("data: columns must name all %d columns, such as { \"x\", \"t\", \"u_obs\" }",
      count)
  end
  local names, seen = {}, {}
  for i, name in ipairs(columns) do
    if type(name) ~= "string" or not name:match("^%a[%w_]*$") then
      misuse("data: %s is no name for a column (a letter, then letters, digits and _)",
        kind.show(name))
    end
    if seen[name] then misuse("data: there are two columns %q", name) end
    seen[name], names[i] = true, name
  end
  return names
end

--- ms.data "file.csv" or ms.data { tensor or path, columns = { "x", "t", "u_obs" } }.
---@param what string|{ [1]: string|modsync.tensor, columns?: string[] }
---@return modsync.data
function M.new(what)
  if type(what) == "string" then what = { what } end
  if type(what) ~= "table" then
    misuse("data expects a path or { tensor, columns = { ... } }, not %s",
      kind.show(what))
  end
  check_keys(what, { 1, "columns" }, "data")
  local tensor, columns = what[1], what.columns
  if type(tensor) == "string" then
    local path, names = tensor, nil
    tensor, names = read(path)
    columns = columns or names
  end
  if kind.of(tensor) ~= "tensor" or tensor:dim() ~= 2 then
    misuse("data expects a tensor of points x columns, not %s", kind.show(tensor))
  end
  return setmetatable({ tensor = tensor,
    columns = check_columns(columns, tensor:size(2)) }, Data)
end

--- Points [n, d] with n values by name beside them; nil and what is wrong otherwise.
---@private
function M.beside(points, values, coords)
  if type(values) ~= "table" or next(values) == nil then
    return nil, "values must be a table name -> tensor of n numbers, not "
      .. kind.show(values)
  end
  local shape, names = points:shape(), {}
  if #shape ~= 2 or shape[2] ~= #coords then
    return nil, ("on must be a tensor of n x %d points"):format(#coords)
  end
  for name, value in pairs(values) do
    names[#names + 1] = name
    if kind.of(value) ~= "tensor" or value:size() ~= shape[1] then
      return nil, ("values: %s must be a tensor of %d numbers, one a point, not %s")
        :format(tostring(name), shape[1], kind.show(value))
    end
  end
  table.sort(names)
  local all = core.zeros(shape[1], #coords + #names)
  all:narrow(2, 1, #coords):copy_(points)
  for i, name in ipairs(names) do
    all:select(2, #coords + i):copy_(values[name]:reshape(shape[1]))
  end
  local columns = table.move(coords, 1, #coords, 1, {})
  table.move(names, 1, #names, #columns + 1, columns)
  return M.new { all, columns = columns }
end

colon.guard(Data, "data")

return M
