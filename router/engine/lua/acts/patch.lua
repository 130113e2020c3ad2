-- patch: new facts about a contact, or a newer operation; while it waits they may change its queue, priority and plan.
-- KEYS     absent
-- ARGV     contact version customer customer_type queue priority plan packed_plan unroutable revision body
-- RETURNS  contact
-- REFUSES  unknown_contact stale old_operation
local function act(
  contact, version, customer, customer_type, queue, priority, plan, packed_plan, unroutable, revision, body
)
  local c, refusal = contact_for(contact, version)
  if refusal then
    return refusal
  elseif revision ~= call.revision then
    return refuse('old_operation', text(call.revision))
  end
  local waits = c.state == 'queued' or c.state == 'offered'
  local moves = waits and (plan ~= c.plan or queue ~= c.queue or priority ~= c.priority or rank_of(c, queue) ~= c.rank)
  if body then
    redis.call('SET', key.body(c.id), body)
    if customer ~= c.customer then
      belong_to(c, customer)
      if not IS_ENDED[c.state] then
        visits.begin(c, customer)
      end
    end
    c.customer_type = customer_type
  end
  if waits or c.state == 'scheduled' then
    c.unroutable = unroutable
  end
  if moves then
    reroute(c, queue, priority, plan, packed_plan)
    return c
  end
  if waits then
    c.revision = revision
  elseif c.state == 'scheduled' then
    c.queue, c.priority, c.revision = queue, priority, revision
    follow_plan(c, plan, packed_plan)
  end
  if body then
    emit_contact(EVENT.contact_patched, c, nil, false, nil, nil, nil, nil, nil, nil)
  end
  return c
end
