--[[
Pictures of a run: every field, its exact value and the error, over one or two
coordinates; and its history.
]]
local error_grid = require "modsync.error_grid"
local misuse = require "modsync.misuse"

local picture = {}

--- Whether there is one to draw: problems of one or two coordinates.
function picture.possible(run)
  return #run.problem.coords <= 2
end

--- The field's values on the grid as the plot wants them: a vector, or rows of y, columns
--- of x.
local function on_grid(values, counts)
  if #counts == 1 then return values:reshape(counts[1]) end
  return values:reshape(counts[1], counts[2]):transpose(1, 2)
end

local function panels_of(run, grid)
  local panels, fields = {}, run.problem:evaluate(run.net, grid.points)
  for i, name in ipairs(run.fields) do
    local u = fields:narrow(2, i, 1):clone()
    panels[#panels + 1] = { title = name, values = on_grid(u, grid.counts), scale = name }
    if run.problem.exact[name] then
      local exact = grid:exact():narrow(2, i, 1):clone()
      panels[#panels + 1] = { title = "exact " .. name, scale = name,
        values = on_grid(exact, grid.counts) }
      panels[#panels + 1] = { title = #run.fields > 1 and "error of " .. name or "error",
        values = on_grid(u - exact, grid.counts), map = "diverging" }
    end
  end
  return panels
end

--- Coordinates of the grid along each axis.
local function axes_of(grid)
  if #grid.counts == 1 then return grid.points:select(2, 1):clone() end
  local nx, ny = grid.counts[1], grid.counts[2]
  local lattice = grid.points:reshape(nx, ny, 2)
  local x, y = lattice:select(3, 1):select(2, 1), lattice:select(3, 2):select(1, 1)
  return x:clone(), y:clone()
end

local function title_of(run)
  local parts = { ("%s, step %d"):format(run.problem.name, run.step) }
  for _, name in ipairs(run.fields) do
    local error_now = run.rel_l2[name]
    if error_now then
      parts[#parts + 1] = ("relative L2 of %s %.2e"):format(name, error_now)
    end
  end
  return table.concat(parts, ", ")
end

--- Draw the fields of a run into an SVG file.
---@param run modsync.run
---@param path string
---@return true?, string? message, string? code
function picture.fields(run, path)
  local plot = require "modsync.plot"
  if not picture.possible(run) then
    misuse("fields over %d coordinates cannot be drawn", #run.problem.coords)
  end
  local grid = error_grid.over_box(run.problem)
  local x, y = axes_of(grid)
  return plot.fields { path = path, x = x, y = y, panels = panels_of(run, grid),
    xlabel = run.problem.coords[1], ylabel = run.problem.coords[2],
    title = title_of(run) }
end

--- Draw losses and errors against the step into an SVG file.
---@param run modsync.run
---@param path string
---@return true?, string? message, string? code
function picture.history(run, path)
  local series = {}
  for _, column in ipairs(run:columns()) do
    local kind, name = column:match("^(%a[%w_]*)%.(.+)$")
    if kind then
      series[#series + 1] = { name = kind == "loss" and name or "relative L2 of " .. name,
        x = run.history.step, y = run.history[column], dash = kind ~= "loss" }
    end
  end
  return require("modsync.plot").lines { path = path, xlabel = "step", logy = true,
    series = series, title = run.problem.name }
end

return picture
