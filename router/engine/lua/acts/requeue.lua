-- requeue: a contact goes back to its queue, in its old place, and not at once to the same agent.
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
  elseif c.state == 'queued' then
    return c, true
  elseif c.state == 'offered' then
    rest(withdraw_offer(c, 'requeued'), c)
    go_back(c)
    return c
  elseif c.state ~= 'assigned' then
    return refuse('wrong_state', c.state)
  end
  local a, handled = agent_of(c.agent), leave_agent(c)
  rest(a, c)
  requeue(c, a, 'requeued', handled)
  return c
end
