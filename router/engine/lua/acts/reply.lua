-- reply: the agent has written to the customer, which answers a contact of a medium that is answered so.
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
  end
  return answer_by('reply', c)
end
