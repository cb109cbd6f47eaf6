--[[
The report of the search for specificity (specificity.lua): every variant of the treatment
against its controls in the arm that fails, what it costs in the healthy arm, and its
median change of the error over the runs of both.
]]
local here = debug.getinfo(1, "S").source:match("^@(.*)/") or "."
local ms = require "modsync"
local pairing = dofile(here .. "/pairs.lua")
local verdict = dofile(here .. "/verdict.lua")

--- The logarithms of error with / without treatment, of the pairs of both arms; a pair of
--- runs that both broke says nothing.
local function changes(records, variant)
  local list = {}
  for _, role in ipairs { "treatment", "healthy" } do
    local with = pairing.pick(records, { variant = variant, role = role })
    local without = pairing.pick(records, { variant = "none", role = role })
    for seed, result in pairs(with) do
      local change = without[seed] and math.log(result.rel_l2 / without[seed].rel_l2)
      if change and change == change then list[#list + 1] = change end
    end
  end
  return list
end

--- One row: its text, and what the rows are ordered by.
local function judge(records, variant)
  local roles = {}
  for _, role in ipairs(pairing.values(records, "role", { variant = variant })) do
    if role ~= "treatment" and role ~= "healthy" then roles[#roles + 1] = role end
  end
  local expected = pairing.values(records, "controls", { variant = variant,
    role = "treatment" })[1]
  local rivals = pairing.values(records, "variant", { rival = true })
  local is_rival = pairing.values(records, "rival", { variant = variant })[1]
  local found = verdict.variant(records, variant, roles, is_rival and {} or rivals,
    expected)
  local all = changes(records, variant)
  local median = #all > 0 and ms.statistics.median(all) or 0 / 0
  local treatment = pairing.values(records, "treatment", { variant = variant,
    role = "treatment" })[1]
  return { place = median == median and median or math.huge, variant = variant,
    text = ("| %s | `%s` | %s | %s | %s | %s | %s |"):format(variant, treatment,
      is_rival and "a control" or "**" .. found.verdict .. "**", found.failing,
      found.text, found.healthy,
      median == median and ("%+.2f"):format(median) or "no pairs") }
end

--- The table of all variants that were judged, the one with the lowest median first and
--- those that have none last.
---@param records table[]  of the second part
---@return string
return function(records)
  local rows, lines = {}, {
    "ln of a ratio of errors: mean over the pairs, standard error, pairs. A variant is "
      .. "specific (shown) if it beats every control, at matched dose (shuffled, "
      .. "reversed, uniform) and at a dose of its own, and harms nothing in the healthy "
      .. "arm.",
    "",
    "| variant | treatment | specific? | failing arm, with / without | against controls "
      .. "| healthy arm, with / without | median of both arms |",
    "|---|---|---|---|---|---|---|",
  }
  for _, variant in ipairs(pairing.values(records, "variant")) do
    if variant ~= "none" then rows[#rows + 1] = judge(records, variant) end
  end
  table.sort(rows, function(a, b)
    if a.place ~= b.place then return a.place < b.place end
    return a.variant < b.variant
  end)
  for _, row in ipairs(rows) do lines[#lines + 1] = row.text end
  return table.concat(lines, "\n")
end
