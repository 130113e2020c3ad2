-- How a new contact begins: what is known of it becomes its record, its indexes, and its way into the queue.

-- `new` has the fields of an intake. `blocked` is one whom nobody serves.
function arrive(new)
  local c = new_contact(new.contact)
  c.channel, c.account, c.medium, c.thread = new.channel, new.account, new.medium, new.thread
  c.customer_type, c.language = new.customer_type, new.language
  c.queue, c.priority, c.revision, c.unroutable = new.queue, new.priority, new.revision, new.unroutable
  visits.begin(c, new.customer)
  c.session, c.born = new.session and 'live' or nil, call.seq + 1
  local claimed = new.arrived or call.wall
  local accepted = math.max(call.wall - LIMIT.arrived_ms, math.min(claimed, call.wall))
  c.arrived = call.now - (call.wall - accepted)
  redis.call('SET', key.external(c.channel, c.account, new.external_id), c.id .. '|' .. new.fingerprint)
  redis.call('SET', key.body(c.id), new.body)
  c.body = new.body
  belong_to(c, new.customer)
  if new.blocked then
    finish(c, 'rejected', 'blocked', 'system')
    emit_contact(EVENT.contact_rejected, c, nil, 'blocked')
    return c
  end
  if c.thread then
    redis.call('SET', key.thread(c.channel, c.account, c.thread), c.id)
  end
  redis.call('ZADD', c.session and key.live(c.channel, c.account) or key.open(c.channel, c.account), c.born, c.id)
  follow_plan(c, new.plan, new.packed_plan)
  if claimed ~= accepted then
    emit_contact(EVENT.contact_clamped, c, nil, claimed, accepted)
  end
  if c.unroutable then
    emit_contact(EVENT.contact_unroutable, c, nil, c.unroutable)
  end
  if new.not_before and new.not_before > call.wall then
    schedule(c, new.not_before)
  else
    enter(c, 'arrived', c.arrived)
  end
  return c
end
