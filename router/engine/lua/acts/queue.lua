-- queue: how many wait in a queue unanswered, since when the first, and how many signed-in agents could serve it.
-- KEYS     absent
-- ARGV     queue
-- RETURNS  value
-- REFUSES  unknown_queue
local function act(queue)
  if not operation().queues[queue] then
    return refuse('unknown_queue', queue)
  end
  local first = redis.call('ZRANGE', key.waiting(queue), 0, 0, 'WITHSCORES')
  local waiting, signed = redis.call('ZCARD', key.waiting(queue)), 0
  for _, pool in ipairs(redis.call('SMEMBERS', key.signed_pools())) do
    local rules = operation().pools[pool]
    if rules and rules.queues[queue] and not rules.automatic then
      signed = signed + redis.call('SCARD', key.signed_pool(pool))
    end
  end
  local closed = is_closed(queue_of(queue))
  return function()
    return '\148' .. cmsgpack.pack(waiting, first[2] and call.now - tonumber(first[2]), signed, closed)
  end
end
