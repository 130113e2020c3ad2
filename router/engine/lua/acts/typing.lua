-- typing: the customer, or whoever serves him, is writing. Nothing but an event.
-- KEYS     absent
-- ARGV     contact side
-- RETURNS  nothing
-- REFUSES  unknown_contact wrong_state
local function act(contact, side)
  local c, refusal = contact_for(contact)
  if refusal then
    return refusal
  elseif side == 'agent' and not_his(c) then
    return refuse('unknown_contact', contact)
  elseif IS_ENDED[c.state] then
    return refuse('wrong_state', c.state)
  end
  emit_message(EVENT.message_typing, c, side)
end
