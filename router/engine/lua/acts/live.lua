-- live: the account's contacts with a live session that were born at or before `as_of`, and which of the external ids
-- are those of open contacts.
-- KEYS     absent
-- ARGV     channel account as_of external_ids
-- RETURNS  value
-- REFUSES
local function act(channel, account, as_of, external_ids)
  local born = redis.call('ZRANGE', key.live(channel, account), '-inf', as_of, 'BYSCORE')
  local known = {}
  for index, external_id in ipairs(external_ids) do
    local found = redis.call('GET', key.external(channel, account, external_id))
    local id = found and string.match(found, '^[^|]*')
    known[index] = id and redis.call('ZSCORE', key.live(channel, account), id) and id or false
  end
  return function() return cmsgpack.pack({ born, known }) end
end
