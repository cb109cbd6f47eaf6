--- The few SVG elements that plots are made of. A picture is a list of strings; texts are
-- escaped here, attributes are written by the caller.

local M = {}

local Picture = {}
Picture.__index = Picture

local FONT = "Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif"

--- Font sizes in pixels.
M.SMALL, M.NORMAL, M.LARGE = 11, 12, 14

-- Rough width of a character of a sans-serif font, in font sizes.
local CHARACTER = 0.56

--- A new white picture.
---@param width number
---@param height number
function M.new(width, height)
  local picture = setmetatable({ width = width, height = height }, Picture)
  picture:add(('<svg xmlns="http://www.w3.org/2000/svg" '
    .. 'xmlns:xlink="http://www.w3.org/1999/xlink" width="%s" height="%s" '
    .. 'viewBox="0 0 %s %s" font-family="%s" font-size="%d" fill="#222">')
    :format(M.number(width), M.number(height), M.number(width), M.number(height), FONT,
      M.SMALL))
  picture:rect(0, 0, width, height, 'fill="#fff"')
  return picture
end

--- A coordinate with at most two decimals.
---@param value number
---@return string
function M.number(value)
  local text = ("%.2f"):format(value):gsub("%.?0+$", "")
  return text == "-0" and "0" or text
end

local number = M.number

--- Text safe between tags and in quoted attributes. What XML cannot hold becomes '?'.
---@param text string
---@return string
function M.escape(text)
  if not utf8.len(text) then text = text:gsub("[\128-\255]", "?") end
  text = text:gsub("[%z\1-\8\11\12\14-\31]", "?")
  local names = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;" }
  return (text:gsub('[&<>"]', names))
end

--- An estimate of how wide a label is drawn.
---@param label string|table # see Picture:text
---@param size number
---@return number
function M.text_width(label, size)
  local text = label
  if type(label) == "table" then text = label.text .. (label.exponent or "") end
  return (utf8.len(text) or #text) * CHARACTER * size
end

function Picture:add(text)
  self[#self + 1] = text
end

function Picture:rect(x, y, width, height, attributes)
  self:add(('<rect x="%s" y="%s" width="%s" height="%s" %s/>'):format(number(x),
    number(y), number(width), number(height), attributes))
end

function Picture:line(x1, y1, x2, y2, attributes)
  self:add(('<line x1="%s" y1="%s" x2="%s" y2="%s" %s/>'):format(number(x1), number(y1),
    number(x2), number(y2), attributes))
end

function Picture:path(data, attributes)
  self:add(('<path d="%s" %s/>'):format(data, attributes))
end

--- Text at its baseline. A label is a string, or { text, exponent } for a power.
-- 'anchor' is "start", "middle" or "end".
function Picture:text(x, y, label, anchor, attributes, size)
  size = size or M.SMALL
  local content
  if type(label) == "table" then
    content = M.escape(label.text)
    if label.exponent then
      content = content .. ('<tspan dy="%s" font-size="%s">%s</tspan>'):format(
        number(-0.38 * size), number(0.76 * size), M.escape(label.exponent))
    end
  else
    content = M.escape(label)
  end
  local style = size == M.SMALL and "" or (' font-size="%s"'):format(number(size))
  self:add(('<text x="%s" y="%s" text-anchor="%s"%s%s>%s</text>'):format(number(x),
    number(y), anchor, style, attributes and " " .. attributes or "", content))
end

--- A PNG stretched over a rectangle.
function Picture:image(x, y, width, height, base64)
  self:add(('<image x="%s" y="%s" width="%s" height="%s" preserveAspectRatio="none" '
    .. 'xlink:href="data:image/png;base64,%s"/>'):format(number(x), number(y),
    number(width), number(height), base64))
end

--- A picture in the picture: draws what 'fill' adds, with the box's corner as origin, and
-- cuts it off at the box.
function Picture:clipped(box, fill)
  self:add(('<svg x="%s" y="%s" width="%s" height="%s">'):format(number(box.x),
    number(box.y), number(box.width), number(box.height)))
  fill()
  self:add "</svg>"
end

--- The whole file.
---@return string
function Picture:finish()
  self:add "</svg>"
  return table.concat(self, "\n") .. "\n"
end

return M
