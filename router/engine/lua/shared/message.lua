-- Messages: what is said in a contact that has a thread, one after the other. Beside its head (MESSAGE_HEAD) a message has
-- its contact's id and its content, which only Python looks into.
--
-- `m:{contact}` holds under a number the head, under number|b the content, and under x|external id and k|who|client id
-- the number that it has. `past:…` finds the contacts of a thread that know of a message.

-- A message's content where it is made here: nothing but a text.
function content_of(said)
  return '\146' .. cmsgpack.pack(said) .. '\144'
end

function message_of(c, n)
  local head = redis.call('HGET', key.messages(c.id), n)
  return head and unpack_record(MESSAGE_HEAD, head)
end

-- Keeps a message as it stands; its content where that is new.
function save_message(c, m, content)
  local name, n = key.messages(c.id), text(m.n)
  redis.call('HSET', name, n, cmsgpack.pack(msgpack.fields(m, MESSAGE_HEAD, {})))
  if content then
    redis.call('HSET', name, n .. '|b', content)
  end
  if m.external_id then
    redis.call('HSET', name, 'x|' .. m.external_id, n)
  end
  if m.client_id then
    redis.call('HSET', name, 'k|' .. m.author .. '|' .. m.client_id, n)
  end
end

-- The number under which a contact knows a message, or nil.
function number_of(c, mark)
  local n = redis.call('HGET', key.messages(c.id), mark)
  return n and tonumber(n) or nil
end

-- Whether the customer has written a message with a greater number.
function has_written_since(c, seen)
  for n = seen + 1, c.messages or 0 do
    if message_of(c, n).direction == 'in' then
      return true
    end
  end
  return false
end

-- A message is no change of its contact, nor is a command, so it does not count among its versions.
function emit_message(event, c, ...)
  emit(event, {
    contact = c.id, agent = c.agent, queue = c.queue, channel = c.channel, account = c.account,
    customer_type = c.customer_type,
  }, ...)
end

-- Whether the channel lets nobody write to the customer any more.
function is_too_late(c)
  return c.reply_until ~= nil and call.wall > c.reply_until
end

-- Keeps the texts of an ended contact for their time.
function expect_end_of_texts(c)
  redis.call('ZADD', key.texts(), 'NX', c.ended_at, c.id)
  hasten_deadline('j:', c.ended_at + operation().texts)
end

-- Adds a message to a contact. `event` tells of it.
function add_message(c, event, m, content)
  c.messages = (c.messages or 0) + 1
  m.n = c.messages
  if m.n == 1 and c.thread then
    redis.call('ZADD', key.past(c.channel, c.account, c.thread), c.born, c.id)
  end
  save_message(c, m, content)
  if IS_UNSENT[m.state] then
    redis.call('ZADD', key.outbox(c.channel, c.account), call.seq + 1, c.id .. '|' .. text(m.n))
  end
  if IS_ENDED[c.state] then
    expect_end_of_texts(c)
  end
  if event == EVENT.message_noted then
    emit_message(event, c, m.n)
  else
    emit_message(event, c, m.n, m.kind, m.role)
  end
  return m
end

function leave_outbox(c, n)
  redis.call('ZREM', key.outbox(c.channel, c.account), c.id .. '|' .. text(n))
end

-- The contact and number of a message that came by a thread's account before, or nil.
function find_message(channel, account, thread, external_id)
  local past = key.past(channel, account, thread)
  for _, id in ipairs(redis.call('ZRANGE', past, 0, LIMIT.thread_past - 1, 'REV')) do
    local n = redis.call('HGET', key.messages(id), 'x|' .. external_id)
    if n then
      return contact_of(id), tonumber(n)
    end
  end
end

-- A message as acts answer it: where it belongs, its head, its content.
function message_row(c, m)
  local content = redis.call('HGET', key.messages(c.id), text(m.n) .. '|b') or '\192'
  return msgpack.pack(msgpack.fields(m, MESSAGE_HEAD, { c.id, c.channel, c.account, c.thread or msgpack.NIL }), content)
end

-- An ended contact has no texts any more; one that is kept beyond them knows how many there were.
function forget_messages(id, channel, account, thread)
  local name = key.messages(id)
  for n = 1, kept_field(CONTACT, 'messages', key.contact(id)) or 0 do
    redis.call('ZREM', key.outbox(channel, account), id .. '|' .. n)
  end
  redis.call('UNLINK', name)
  redis.call('ZREM', key.texts(), id)
  if thread then
    redis.call('ZREM', key.past(channel, account, thread), id)
  end
end
