--- PNG files (ISO/IEC 15948), 8 bits a sample, written without interlacing.

local core = require "modsync.core"

local M = {}

local function chunk(kind, data)
  local body = kind .. data
  return string.pack(">I4", #data) .. body .. string.pack(">I4", core.crc32(body))
end

local PALETTE, RGB = 3, 2

local function assemble(width, height, color_type, palette, rows, level)
  return table.concat {
    "\137PNG\r\n\26\n",
    chunk("IHDR", string.pack(">I4I4BBBBB", width, height, 8, color_type, 0, 0, 0)),
    palette and chunk("PLTE", palette) or "",
    chunk("IDAT", core.deflate(table.concat(rows), level or 9)),
    chunk("IEND", ""),
  }
end

--- An image of palette indices.
---@param rows string[] # from the top; one byte a pixel, counted from 0
---@param palette integer[][] # { red, green, blue } in 0 .. 255, at most 256
---@param level? integer # of deflate, 0 .. 9
---@return string # the file's bytes
function M.indexed(rows, palette, level)
  local colors, lines = {}, {}
  for i, color in ipairs(palette) do colors[i] = string.char(table.unpack(color)) end
  -- No filter: neighbouring indices are not neighbouring values to a decoder.
  for i, row in ipairs(rows) do lines[i] = "\0" .. row end
  return assemble(#rows[1], #rows, PALETTE, table.concat(colors), lines, level)
end

--- A true-colour image. Rows are stored as differences from the pixel to the left (filter
-- "Sub"), which smooth pictures compress well under.
---@param rows string[] # from the top; three bytes a pixel
---@param level? integer # of deflate, 0 .. 9
---@return string
function M.rgb(rows, level)
  local lines = {}
  for i, row in ipairs(rows) do
    local bytes, out = { 0, 0, 0, row:byte(1, -1) }, { "\1" }
    for k = 4, #bytes do out[k - 2] = string.char((bytes[k] - bytes[k - 3]) & 255) end
    lines[i] = table.concat(out)
  end
  return assemble(#rows[1] // 3, #rows, RGB, nil, lines, level)
end

local digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

--- Base64 (RFC 4648), for data URIs.
---@param bytes string
---@return string
function M.base64(bytes)
  local out = {}
  for i = 1, #bytes, 3 do
    local a, b, c = bytes:byte(i, i + 2)
    local word = a << 16 | (b or 0) << 8 | (c or 0)
    for shift = 18, 0, -6 do
      local digit = (word >> shift & 63) + 1
      out[#out + 1] = digits:sub(digit, digit)
    end
  end
  local missing = -#bytes % 3
  for i = 1, missing do out[#out + 1 - i] = "=" end
  return table.concat(out)
end

return M
