-- operation: the workspace's operation, its revision, and how many agents are still to be brought to it.
-- KEYS     absent
-- ARGV
-- RETURNS  value
-- REFUSES
local function act()
  local source = redis.call('GET', key.source(call.digest))
  local pending = redis.call('ZCARD', key.applying())
  return function() return '\147' .. cmsgpack.pack(call.revision, pending) .. source end
end
