-- unswept: the queues of which some waiting contact may still be planned by an older operation.
-- KEYS     absent
-- ARGV
-- RETURNS  value
-- REFUSES
local function act()
  local queues = sorted_members(key.sweep())
  return function() return cmsgpack.pack(queues) end
end
