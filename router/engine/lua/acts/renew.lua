-- renew: a router process is alive. Answers whether it was still known to be; if not, its connections are gone.
-- KEYS     absent
-- ARGV     process
-- RETURNS  value
-- REFUSES
local function act(process)
  local known = redis.call('ZSCORE', key.deadlines(), 'p:' .. process)
  local dropping = known and tonumber(known) == 0
  if not dropping then
    redis.call('ZADD', key.deadlines(), call.now + LIMIT.process_ms, 'p:' .. process)
  end
  -- By the server's clock: the library is the server's, and a workspace's own clock may be given, or stand still.
  local wall = server_wall()
  redis.call('ZREMRANGEBYSCORE', key.libraries(), '-inf', wall)
  redis.call('ZADD', key.libraries(), wall + LIMIT.library_ms, '@LIBRARY@')
  return function() return cmsgpack.pack(known ~= false and not dropping) end
end
