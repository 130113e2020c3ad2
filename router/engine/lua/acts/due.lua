-- due: does what time has made due, one deadline after the other, each settled before the next. Running it twice, or
-- late, is harmless. Answers how many fired and the queues whose contacts are planned by an older operation.
-- KEYS     absent
-- ARGV     most
-- RETURNS  value
-- REFUSES
local function act(most)
  local fired = 0
  while fired < most do
    -- One at a time: what fires may make something else due that comes before the rest.
    local member = redis.call('ZRANGE', key.deadlines(), '-inf', call.now, 'BYSCORE', 'LIMIT', 0, 1)[1]
    if not member then
      break
    end
    redis.call('ZREM', key.deadlines(), member)
    FIRE[string.sub(member, 1, 1)](string.sub(member, 3))
    settle()
    fired = fired + 1
  end
  local sweep = sorted_members(key.sweep())
  return function() return cmsgpack.pack({ fired, sweep }) end
end
