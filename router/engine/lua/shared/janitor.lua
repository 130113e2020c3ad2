-- Rubbish: ended contacts and their texts after their retention, the stream's tail beyond a checkpoint of the figures.

local function bury_contact(id)
  local c = contact_of(id)
  local body = cmsgpack.unpack(redis.call('GET', key.body(id)))
  belong_to(c, nil)
  redis.call('DEL', key.contact(id), key.body(id), key.commands(id), key.external(c.channel, c.account, body[1]))
  call.contacts[id] = nil
end

-- A contact whose time of keeping is over; one whose texts are kept for longer goes with them.
local function end_keeping(id)
  redis.call('ZREM', key.ended(), id)
  if not redis.call('ZSCORE', key.texts(), id) then
    bury_contact(id)
  end
end

local function end_texts(id)
  local c = contact_of(id)
  forget_messages(id, c.channel, c.account, c.thread)
  if not redis.call('ZSCORE', key.ended(), id) then
    bury_contact(id)
  end
end

-- Does `bury` to what an index has kept for `kept` milliseconds, some at a time.
local function clear(index, kept, bury)
  local over = text(call.now - kept)
  for _, id in ipairs(redis.call('ZRANGE', index, '-inf', over, 'BYSCORE', 'LIMIT', 0, LIMIT.chunk)) do
    bury(id)
  end
  local first = redis.call('ZRANGE', index, 0, 0, 'WITHSCORES')
  if first[2] then
    hasten_deadline('j:', math.max(call.now, tonumber(first[2]) + kept))
  end
end

-- Keeps the figures as they stand after the last event, so that a replay from there equals them.
local function set_checkpoint()
  local last = redis.call('ZRANGE', key.checkpoints(), -1, -1)
  if call.meta.seq > 0 and last[1] ~= text(call.meta.seq) then
    redis.call('COPY', key.figures(), key.checkpoint(text(call.meta.seq)), 'REPLACE')
    redis.call('ZADD', key.checkpoints(), call.now, text(call.meta.seq))
  end
end

-- The last event that may go: the latest checkpoint that is old enough, or that leaves events enough.
local function trim_point()
  local point
  for _, seq in ipairs(redis.call('ZRANGE', key.checkpoints(), 0, -1)) do
    local at = tonumber(redis.call('ZSCORE', key.checkpoints(), seq))
    if at <= call.now - LIMIT.events_ms or (call.meta.seq - tonumber(seq)) % LIMIT.era >= LIMIT.events then
      point = seq
    end
  end
  return point
end

local function trim_events()
  local point = trim_point()
  if not point then
    return
  end
  redis.call('XTRIM', key.events(), 'MINID', '~', text(tonumber(point) + 1) .. '-0')
  for _, seq in ipairs(redis.call('ZRANGE', key.checkpoints(), 0, -1)) do
    if tonumber(seq) < tonumber(point) then
      redis.call('ZREM', key.checkpoints(), seq)
      redis.call('DEL', key.checkpoint(seq))
    end
  end
end

function fire_janitor()
  clear(key.ended(), LIMIT.retention_ms, end_keeping)
  clear(key.texts(), operation().texts, end_texts)
end

function fire_stream()
  set_checkpoint()
  trim_events()
  hasten_deadline('s:', call.now + LIMIT.checkpoint_ms)
end
