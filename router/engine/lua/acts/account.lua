-- account: the open contacts of a channel's account, with a session or without, in the order of their birth, some at a
-- time.
-- KEYS     absent
-- ARGV     channel account after most
-- RETURNS  value
-- REFUSES
local function act(channel, account, after, most)
  local births = {}
  for _, name in ipairs({ key.live(channel, account), key.open(channel, account) }) do
    local found = redis.call('ZRANGE', name, '(' .. text(after), '+inf', 'BYSCORE', 'LIMIT', 0, most, 'WITHSCORES')
    for index = 1, #found, 2 do
      table.insert(births, { id = found[index], at = tonumber(found[index + 1]) })
    end
  end
  table.sort(births, function(one, other) return one.at < other.at end)
  local rows = {}
  for index = 1, math.min(#births, most) do
    rows[index] = contact_row(contact_of(births[index].id))
  end
  local following = #rows == most and births[most].at or nil
  return function() return '\146' .. packed_list(rows) .. cmsgpack.pack(following) end
end
