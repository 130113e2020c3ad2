-- renew: a router process is alive. Answers whether it was still known to be; if not, its connections are gone.
-- KEYS     absent
-- ARGV     process
-- RETURNS  value
-- REFUSES
local function act(process)
  local known = redis.call('ZSCORE', key.deadlines(), 'p:' .. process)
  local dropping = known and tonumber(known) == 0
  if not dropping then
    redis.call('ZADD', key.deadlines(), text(call.now + LIMIT.process_ms), 'p:' .. process)
  end
  return function() return cmsgpack.pack(known ~= false and not dropping) end
end
