-- connect_failed: the channel could not join customer and agent. The customer goes back to the front; what it means for
-- the agent depends on whose failure it was. An agent whose phone rings has declined by that. With an `attempt`, of that
-- alone.
-- KEYS     absent
-- ARGV     contact version attempt reason
-- RETURNS  contact
-- REFUSES  unknown_contact stale wrong_state
local function act(contact, version, attempt, reason)
  local c, refusal = contact_for(contact, version)
  if refusal then
    return refusal
  elseif not (c.rings or (c.state == 'assigned' and not c.answered_at)) then
    return refuse('wrong_state', c.state)
  elseif attempt and attempt ~= c.offer then
    return refuse('wrong_state', 'attempt')
  end
  local a, rings = agent_of(c.agent), c.rings
  if rings then
    emit_contact(EVENT.offer_declined, c, nil, reason)
    end_offer(c, 'd')
  else
    c.attempts = (c.attempts or 0) + 1
    leave_agent(c)
  end
  rest(a, c, reason)
  if reason == 'no_answer' then
    miss(a)
  elseif reason == 'busy' or reason == 'unreachable' then
    rest_phone(a, c.medium, reason)
  end
  if rings then
    go_back(c)
  else
    leave_for_queue(c, nil, function(...)
      emit_contact(EVENT.contact_connect_failed, c, a.id, reason, c.attempts, ...)
    end)
  end
  return c
end
