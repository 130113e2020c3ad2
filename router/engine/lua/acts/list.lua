-- list: contacts that wait in a queue, are talked to, are scheduled, parked or ended, some at a time; the ended from the last on.
-- KEYS     absent
-- ARGV     which queue after most
-- RETURNS  value
-- REFUSES
local INDEX = { waiting = key.waiting, talks = key.talks, scheduled = key.scheduled, parked = key.parked, ended = key.ended }

local function act(which, queue, after, most)
  local score, seen = string.match(after or '', '^([^|]+)|(%d+)$')
  local found
  if which == 'ended' then
    found = redis.call('ZRANGE', INDEX[which](), score or '+inf', '-inf', 'BYSCORE', 'REV', 'LIMIT', seen or 0, most)
  else
    found = redis.call('ZRANGE', INDEX[which](queue), score or '-inf', '+inf', 'BYSCORE', 'LIMIT', seen or 0, most)
  end
  local rows = {}
  for _, id in ipairs(found) do
    table.insert(rows, contact_row(contact_of(id)))
  end
  return function() return packed_list(rows) end
end
