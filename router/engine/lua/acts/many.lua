-- many: agents and contacts as they stand, each in its place, nil for one that is not known.
-- KEYS     absent
-- ARGV     agents contacts
-- RETURNS  value
-- REFUSES
local function rows_of(ids, record_of, row_of)
  local rows = {}
  for place, id in ipairs(ids) do
    local found = record_of(id)
    rows[place] = found and row_of(found) or '\192'
  end
  return packed_list(rows)
end

local function act(agents, contacts)
  return function()
    return '\146' .. rows_of(agents, agent_of, agent_row) .. rows_of(contacts, contact_of, contact_row)
  end
end
