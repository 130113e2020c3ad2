-- connected: both can hear each other. Said by the adapter of a medium that is answered so.
-- KEYS     absent
-- ARGV     contact version at
-- RETURNS  contact
-- REFUSES  unknown_contact stale wrong_state
local function act(contact, version, at)
  local c, refusal = contact_for(contact, version)
  if refusal then
    return refusal
  end
  return answer_by('connected', c, at)
end
