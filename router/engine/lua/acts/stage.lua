-- stage: parts of an operation that the next `apply` will need; nothing uses them before, and they go by themselves.
-- KEYS     absent
-- ARGV     digest operation source profiles changed
-- RETURNS  nothing
-- REFUSES
local function act(digest, operation, source, profiles, changed)
  if digest == call.digest then
    return nil, true
  end
  if operation then
    redis.call('SET', key.operation(digest), operation, 'PX', LIMIT.staged_ms)
    redis.call('SET', key.source(digest), source, 'PX', LIMIT.staged_ms)
  end
  for _, profile in ipairs(profiles) do
    redis.call('HSET', key.profiles(digest), profile[1], profile[2])
  end
  for _, agent in ipairs(changed) do
    redis.call('ZADD', key.staged(digest), 0, agent)
  end
  redis.call('PEXPIRE', key.profiles(digest), LIMIT.staged_ms)
  redis.call('PEXPIRE', key.staged(digest), LIMIT.staged_ms)
end
