-- resume: a parked conversation waits for an agent again, first for the one who parked it.
-- KEYS     absent
-- ARGV     contact version
-- RETURNS  contact
-- REFUSES  unknown_contact stale wrong_state
local function act(contact, version)
  local c, refusal = contact_for(contact, version)
  if refusal then
    return refusal
  elseif not_his(c) then
    return refuse('unknown_contact', contact)
  elseif c.state ~= 'parked' then
    return refuse('wrong_state', c.state)
  end
  unpark(c, 'agent')
  return c
end
