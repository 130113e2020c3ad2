-- connect_failed: the channel could not join customer and agent. The customer goes back to the front; what it means for
-- the agent depends on whose failure it was.
-- KEYS     absent
-- ARGV     contact version reason
-- RETURNS  contact
-- REFUSES  unknown_contact stale wrong_state
local function act(contact, version, reason)
  local c, refusal = contact_for(contact, version)
  if refusal then
    return refusal
  elseif c.state ~= 'assigned' or c.answered_at then
    return refuse('wrong_state', c.state)
  end
  local a = agent_of(c.agent)
  c.attempts = (c.attempts or 0) + 1
  leave_agent(c)
  rest(a, c)
  if reason == 'no_answer' then
    miss(a)
  elseif reason == 'busy' then
    rest_phone(a, c.medium)
  end
  leave_for_queue(c, nil, function(...)
    emit_contact(EVENT.contact_connect_failed, c, a.id, reason, c.attempts, ...)
  end)
  return c
end
