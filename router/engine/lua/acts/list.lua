-- list: contacts that wait in a queue, are talked to, are scheduled or ended, some at a time; the ended from the last on.
-- KEYS     absent
-- ARGV     which queue after most
-- RETURNS  value
-- REFUSES
local INDEX = { waiting = key.waiting, talks = key.talks, scheduled = key.scheduled, ended = key.ended }

local function act(which, queue, after, most)
  local score, seen = string.match(after or '', '^([^|]+)|(%d+)$')
  seen = tonumber(seen or 0)
  local found
  if which == 'ended' then
    found = redis.call('ZRANGE', INDEX[which](), score or '+inf', '-inf', 'BYSCORE', 'REV', 'LIMIT', seen, most, 'WITHSCORES')
  else
    found = redis.call('ZRANGE', INDEX[which](queue), score or '-inf', '+inf', 'BYSCORE', 'LIMIT', seen, most, 'WITHSCORES')
  end
  local rows = {}
  for index = 1, #found, 2 do
    table.insert(rows, contact_row(contact_of(found[index])))
    seen = found[index + 1] == score and seen + 1 or 1
    score = found[index + 1]
  end
  local following = #rows == most and score .. '|' .. text(seen) or nil
  return function() return '\146' .. packed_list(rows) .. cmsgpack.pack(following) end
end
