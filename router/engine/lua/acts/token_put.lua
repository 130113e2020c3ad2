-- token_put: a token and what it is allowed, as Python packed it; nothing revokes it.
-- KEYS     absent
-- ARGV     digest record
-- RETURNS  nothing
-- REFUSES
local function act(digest, record)
  if record then
    redis.call('HSET', key.tokens(), digest, record)
  else
    redis.call('HDEL', key.tokens(), digest)
  end
end
