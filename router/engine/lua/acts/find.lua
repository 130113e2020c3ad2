-- find: the contact that a channel's account knows by this external id.
-- KEYS     absent
-- ARGV     channel account external_id
-- RETURNS  contact
-- REFUSES  unknown_contact
local function act(channel, account, external_id)
  local known = redis.call('GET', key.external(channel, account, external_id))
  local c = known and contact_of(string.match(known, '^[^|]*'))
  return c or refuse('unknown_contact', external_id)
end
