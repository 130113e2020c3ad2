-- token: what a token is allowed, or nothing where there is no such token.
-- KEYS     absent
-- ARGV     digest
-- RETURNS  value
-- REFUSES
local function act(digest)
  local record = redis.call('HGET', key.tokens(), digest)
  return function() return record or '\192' end
end
