-- transfer: a contact goes to another queue, or first to one agent, with a plan of its own. Its arrival is kept, so it
-- goes to the front; the agent who gives it away is not offered it at once.
-- KEYS     absent
-- ARGV     contact version queue agent plan packed_plan unroutable escalated reason revision body
-- RETURNS  contact
-- REFUSES  unknown_contact stale wrong_state old_operation unknown_agent not_capable
local function act(
  contact, version, queue, agent, plan, packed_plan, unroutable, escalated, reason, revision, body
)
  local c, refusal = contact_for(contact, version)
  if refusal then
    return refusal
  elseif not_his(c) then
    return refuse('unknown_contact', contact)
  elseif revision ~= call.revision then
    return refuse('old_operation', text(call.revision))
  elseif c.state ~= 'assigned' and c.state ~= 'offered' and c.state ~= 'queued' then
    return refuse('wrong_state', c.state)
  end
  if agent then
    local target = agent_of(agent)
    if not target or target.removed then
      return refuse('unknown_agent', agent)
    elseif not serves_plan(target, queue, plan, packed_plan) or not signed_in(target) then
      return refuse('not_capable', agent)
    end
  end
  if body then
    redis.call('SET', key.body(c.id), body)
  end
  local from, giver = c.queue, c.state == 'assigned' and agent_of(c.agent) or nil
  local _, handled = detach(c, reason)
  if giver then
    rest(giver, c)
  end
  move(c, 'queued')
  c.agent, c.assigned_at, c.answered_at, c.hops = nil, nil, nil, 0
  c.unroutable, c.revision = unroutable, revision
  follow_plan(c, plan, packed_plan)
  start_wait(c, queue, call.now)
  local lane = place(c)
  emit_contact(
    EVENT.contact_transferred, c, giver and giver.id, from, reason, agent, escalated, handled ~= nil, handled,
    place_data(c, lane))
  return c
end
