-- What customers are told automatically, in the words of their queue and language; and the question for a rating.

-- The queue's text of a kind in the contact's language, else in the operation's first.
local function words_of(c, kind)
  local says = queue_of(c.queue).says or {}
  local own, default = says[c.language] or {}, says[operation().language] or {}
  return own[kind] or default[kind]
end

-- A text with its places in braces filled in.
local function filled(words, values)
  return (string.gsub(words, '%b{}', function(place) return values[string.sub(place, 2, -2)] end))
end

local function send(c, kind, said)
  return add_message(c, EVENT.message_queued, {
    direction = 'out', role = 'system', state = 'queued', kind = kind, sent_at = call.wall,
  }, content_of(said))
end

-- Whether something happened less than `ms` ago, by the time that was noted for it; else that time is now.
local function is_recent(name, what, ms)
  local noted, at = string.match(redis.call('GET', name) or '', '^(.*)|(%d+)$')
  if noted == what and tonumber(at) + ms > call.now then
    return true
  end
  redis.call('SET', name, what .. '|' .. text(call.now), 'PX', ms)
  return false
end

-- Whether the customer reads what is written here.
local function is_conversation(c)
  return c.thread and c.messages
end

-- Says it, unless it was what was said automatically last and nobody has written since: nobody wants to read twice that he
-- is out of hours. `values` fill its places; `wait` has the minutes from and to, where they are known.
function say(c, kind, values, wait)
  local words = is_conversation(c) and words_of(c, kind)
  if not words or is_too_late(c)
    or is_recent(key.said(c.channel, c.account, c.thread), kind, LIMIT.said_ms)
  then
    return
  end
  values = values or {}
  values.wait = wait and filled(words_of(c, 'wait') or '', { from = text(wait[1]), to = text(wait[2]) }) or ''
  send(c, 'text', string.match(filled(words, values), '^%s*(.-)%s*$'))
end

-- Asks the customer of a contact that was answered and has just been closed how it was; not twice a day, and not where he
-- could not read it.
local function ask_rating(c)
  if not (queue_of(c.queue).ask_rating and c.answered_at) or is_too_late(c)
    or (c.customer and is_recent(key.asked(c.customer), 'asked', LIMIT.asked_ms))
  then
    return
  end
  c.rating_until = call.now + LIMIT.rating_ms
  emit_contact(EVENT.contact_rating_asked, c, nil, c.rating_until)
  if is_conversation(c) then
    send(c, 'rating', words_of(c, 'rate'))
  end
end

-- Takes leave of the customer of a contact that was not ended by him. `reason` is why its queue did not keep it.
function farewell(c, reason)
  if c.state == 'closed' then
    say(c, 'ended')
    ask_rating(c)
  else
    say(c, reason == 'closed' and 'closed' or 'full')
  end
end
