-- intake: a contact arrives and joins the queue that the policy chose, or ends at its door.
-- KEYS     absent
-- ARGV     contact channel account external_id fingerprint thread session medium customer customer_type language queue
--          priority arrived not_before plan packed_plan unroutable blocked revision body
-- RETURNS  contact
-- REFUSES  old_operation external_id_conflict thread_open exists
local function act(
  contact, channel, account, external_id, fingerprint, thread, session, medium, customer, customer_type, language, queue,
  priority, arrived, not_before, plan, packed_plan, unroutable, blocked, revision, body
)
  local known = redis.call('GET', key.external(channel, account, external_id))
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
  return arrive({
    contact = contact, channel = channel, account = account, external_id = external_id, fingerprint = fingerprint,
    thread = thread, session = session, medium = medium, customer = customer, customer_type = customer_type,
    language = language, queue = queue, priority = priority, arrived = arrived, not_before = not_before, plan = plan,
    packed_plan = packed_plan, unroutable = unroutable, blocked = blocked, revision = revision, body = body,
  })
end
