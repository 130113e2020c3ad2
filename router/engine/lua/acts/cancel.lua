-- cancel: an operator or the API ends a contact that is not over, whatever its state.
-- KEYS     absent
-- ARGV     contact version
-- RETURNS  contact
-- REFUSES  unknown_contact stale wrong_state
local function act(contact, version)
  local c, refusal = contact_for(contact, version)
  if refusal then
    return refusal
  elseif c.state == 'cancelled' then
    return c, true
  elseif IS_ENDED[c.state] then
    return refuse('wrong_state', c.state)
  end
  local waited = detach(c, 'cancelled')
  finish(c, 'cancelled', 'cancelled', call.role == 'agent' and 'agent' or 'supervisor')
  emit_contact(EVENT.contact_cancelled, c, nil, waited)
  return c
end
