-- park: a conversation waits for its customer, and occupies nobody meanwhile. `queue` is where it comes back to, and the
-- plan says to whom first.
-- KEYS     absent
-- ARGV     contact version queue plan packed_plan unroutable revision body
-- RETURNS  contact
-- REFUSES  unknown_contact stale wrong_state old_operation
local function act(contact, version, queue, plan, packed_plan, unroutable, revision, body)
  local c, refusal = contact_for(contact, version)
  if refusal then
    return refusal
  elseif not_his(c) then
    return refuse('unknown_contact', contact)
  elseif c.state == 'parked' then
    return c, true
  elseif c.state ~= 'assigned' or not c.thread or c.session then
    return refuse('wrong_state', c.state)
  elseif not (c.answered_at or is_automatic(agent_of(c.agent))) then
    return refuse('wrong_state', 'not answered')
  elseif revision ~= call.revision then
    return refuse('old_operation', text(call.revision))
  end
  redis.call('SET', key.body(c.id), body)
  follow_plan(c, plan, packed_plan)
  c.unroutable, c.revision = unroutable, revision
  park(c, queue)
  return c
end
