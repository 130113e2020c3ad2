-- intake: a contact arrives and joins the queue that the policy chose, or ends at its door.
-- KEYS     absent
-- ARGV     contact channel account external_id fingerprint thread session medium customer customer_type queue priority
--          arrived not_before plan packed_plan unroutable blocked revision body
-- RETURNS  contact
-- REFUSES  old_operation external_id_conflict thread_open exists
local function act(
  contact, channel, account, external_id, fingerprint, thread, session, medium, customer, customer_type, queue, priority,
  arrived, not_before, plan, packed_plan, unroutable, blocked, revision, body
)
  local external = key.external(channel, account, external_id)
  local known = redis.call('GET', external)
  if known then
    local id, print = string.match(known, '^([^|]*)|(.*)$')
    if print ~= fingerprint then
      return refuse('external_id_conflict', id)
    end
    return contact_of(id), true
  end
  if revision ~= call.revision then
    return refuse('old_operation', text(call.revision))
  end
  local open = thread and redis.call('GET', key.thread(channel, account, thread))
  if open then
    return refuse('thread_open', open)
  end
  if redis.call('EXISTS', key.contact(contact)) == 1 then
    return refuse('exists', contact)
  end

  local c = new_contact(contact)
  c.channel, c.account, c.medium, c.thread, c.customer, c.customer_type = channel, account, medium, thread, customer,
    customer_type
  c.queue, c.priority, c.revision, c.unroutable = queue, priority, revision, unroutable
  c.session, c.born = session and 'live' or nil, call.seq + 1
  local claimed = arrived or call.wall
  local accepted = math.max(call.wall - LIMIT.arrived_ms, math.min(claimed, call.wall))
  c.arrived = call.now - (call.wall - accepted)
  redis.call('SET', external, contact .. '|' .. fingerprint)
  redis.call('SET', key.body(contact), body)
  if blocked then
    finish(c, 'rejected', 'blocked', 'system')
    emit_contact(EVENT.contact_rejected, c, nil, 'blocked')
    return c
  end
  if thread then
    redis.call('SET', key.thread(channel, account, thread), contact)
  end
  redis.call('ZADD', session and key.live(channel, account) or key.open(channel, account), c.born, contact)
  follow_plan(c, plan, packed_plan)
  if claimed ~= accepted then
    emit_contact(EVENT.contact_clamped, c, nil, claimed, accepted)
  end
  if unroutable then
    emit_contact(EVENT.contact_unroutable, c, nil, unroutable)
  end
  if not_before and not_before > call.wall then
    schedule(c, not_before)
  else
    enter(c, 'arrived', c.arrived)
  end
  return c
end
