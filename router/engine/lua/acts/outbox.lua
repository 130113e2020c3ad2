-- outbox: an account's messages that are still to be sent, in the order in which they were written, some at a time, and
-- where to go on.
-- KEYS     absent
-- ARGV     channel account after most
-- RETURNS  value
-- REFUSES
local function act(channel, account, after, most)
  local found = redis.call(
    'ZRANGE', key.outbox(channel, account), '(' .. text(after), '+inf', 'BYSCORE', 'LIMIT', 0, most, 'WITHSCORES')
  local rows = {}
  for index = 1, #found, 2 do
    local id, n = string.match(found[index], '^(.*)|(%d+)$')
    local c = contact_of(id)
    table.insert(rows, message_row(c, message_of(c, tonumber(n))))
  end
  local following = #found == 2 * most and tonumber(found[#found]) or nil
  return function() return '\146' .. packed_list(rows) .. cmsgpack.pack(following) end
end
