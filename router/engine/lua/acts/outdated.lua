-- outdated: waiting contacts of a queue, from after a start on, that are planned by an older operation, and where to go on
-- (nothing where the queue is done).
-- KEYS     absent
-- ARGV     queue after most
-- RETURNS  value
-- REFUSES
local function act(queue, after, most)
  local ids, cursor = marked(queue, after, '+inf', most)
  local rows = {}
  for _, id in ipairs(ids) do
    local c = contact_of(id)
    if (c.state == 'queued' or c.state == 'offered') and c.revision ~= call.revision then
      table.insert(rows, contact_row(c))
    end
  end
  return function()
    return '\146' .. packed_list(rows) .. cmsgpack.pack(cursor ~= '+inf' and cursor or nil)
  end
end
