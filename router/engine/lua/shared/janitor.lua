-- Rubbish: ended contacts after their retention, the stream's tail beyond a checkpoint of the figures.

local function bury_contact(id)
  local channel, account = unpack(redis.call('HMGET', key.contact(id), CONTACT.fields.channel, CONTACT.fields.account))
  local body = cmsgpack.unpack(redis.call('GET', key.body(id)))
  redis.call('ZREM', key.ended(), id)
  redis.call('DEL', key.contact(id), key.body(id), key.external(channel, account, body[1]))
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
  local old = call.now - LIMIT.retention_ms
  for _, id in ipairs(redis.call('ZRANGE', key.ended(), '-inf', text(old), 'BYSCORE', 'LIMIT', 0, LIMIT.chunk)) do
    bury_contact(id)
  end
  local first = redis.call('ZRANGE', key.ended(), 0, 0, 'WITHSCORES')
  if first[2] then
    hasten_deadline('j:', math.max(call.now, tonumber(first[2]) + LIMIT.retention_ms))
  end
end

function fire_stream()
  set_checkpoint()
  trim_events()
  hasten_deadline('s:', call.now + LIMIT.checkpoint_ms)
end
