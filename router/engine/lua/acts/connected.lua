-- connected: both can hear each other. Said by the adapter of a medium that is answered so; an agent whose phone rings
-- accepts by that. With an `attempt`, of that alone.
-- KEYS     absent
-- ARGV     contact version attempt at
-- RETURNS  contact
-- REFUSES  unknown_contact stale wrong_state
local function act(contact, version, attempt, at)
  local c, refusal = contact_for(contact, version)
  if refusal then
    return refusal
  elseif attempt and attempt ~= c.offer then
    return refuse('wrong_state', 'attempt')
  end
  if c.rings and operation().media[c.medium].answered_by == 'connected' then
    assign(c, agent_of(c.agent))
  end
  return answer_by('connected', c, at)
end
