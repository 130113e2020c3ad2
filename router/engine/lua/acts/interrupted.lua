-- interrupted: the agent is no longer to be heard, since `at` or now, and the talk was not over. The contact goes to the
-- front of its queue, first to the same agent, as its plan says.
-- KEYS     absent
-- ARGV     contact version at queue plan packed_plan unroutable revision body
-- RETURNS  contact
-- REFUSES  unknown_contact stale wrong_state old_operation
local function act(contact, version, at, queue, plan, packed_plan, unroutable, revision, body)
  local c, refusal = contact_for(contact, version)
  if refusal then
    return refusal
  elseif not is_spoken(c) then
    return refuse('wrong_state', c.state)
  elseif revision ~= call.revision then
    return refuse('old_operation', text(call.revision))
  end
  redis.call('SET', key.body(c.id), body)
  local since = at and math.max(c.answered_at, call.now - math.max(0, call.wall - at)) or call.now
  local agent, handled = c.agent, leave_agent(c, true, since)
  move(c, 'queued')
  c.agent, c.assigned_at, c.answered_at, c.hops = nil, nil, nil, 0
  c.unroutable, c.revision = unroutable, revision
  follow_plan(c, plan, packed_plan)
  start_wait(c, queue, since)
  local lane = place(c)
  emit_contact(EVENT.contact_interrupted, c, agent, handled, since, place_data(c, lane))
  meet_past_marks(c)
  return c
end
