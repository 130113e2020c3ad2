-- receive: a message comes in a thread. The thread's open contact gets it, or one begins with it as an intake's would;
-- what came before changes nothing. What somebody wrote on our side opens nothing.
-- KEYS     absent
-- ARGV     contact channel account external_id fingerprint thread session medium customer customer_type language queue
--          priority arrived not_before plan packed_plan unroutable blocked revision body message author kind content
--          sent_at in_reply_to reply_until
-- RETURNS  value
-- REFUSES  old_operation exists
local function shown(c, m, opened)
  return function()
    return '\147' .. (c and contact_row(c) or '\192') .. (m and message_row(c, m) or '\192') .. cmsgpack.pack(opened)
  end
end

local function act(
  contact, channel, account, external_id, fingerprint, thread, session, medium, customer, customer_type, language, queue,
  priority, arrived, not_before, plan, packed_plan, unroutable, blocked, revision, body, message, author, kind, content,
  sent_at, in_reply_to, reply_until
)
  local before, n = find_message(channel, account, thread, message)
  if before then
    return shown(before, message_of(before, n), false), true
  end
  local open = redis.call('GET', key.thread(channel, account, thread))
  local c = open and contact_of(open)
  local known = not c and redis.call('GET', key.external(channel, account, external_id))
  if known then  -- what it said is no longer kept
    return shown(contact_of(string.match(known, '^([^|]*)|')), nil, false), true
  end
  if not c and author == 'agent' then
    return shown(nil, nil, false), true
  elseif not c and revision ~= call.revision then
    return refuse('old_operation', text(call.revision))
  elseif not c and redis.call('EXISTS', key.contact(contact)) == 1 then
    return refuse('exists', contact)
  end
  local opened = not c
  c = c or arrive({
    contact = contact, channel = channel, account = account, external_id = external_id, fingerprint = fingerprint,
    thread = thread, session = session, medium = medium, customer = customer, customer_type = customer_type,
    language = language, queue = queue, priority = priority, arrived = arrived, not_before = not_before, plan = plan,
    packed_plan = packed_plan, unroutable = unroutable, blocked = blocked, revision = revision, body = body,
  })
  local is_ours = author == 'agent'
  local m = add_message(c, EVENT.message_received, {
    direction = is_ours and 'out' or 'in', role = author, author = not is_ours and customer or nil,
    external_id = message, state = is_ours and 'sent' or 'received', kind = kind, sent_at = sent_at or call.wall,
    in_reply_to = in_reply_to,
  }, content)
  c.reply_until = reply_until or c.reply_until
  if is_ours then
    replied(c, false)
  else
    ask(c)
    if c.state == 'parked' then
      unpark(c, 'customer')
    end
  end
  return shown(c, m, opened)
end
