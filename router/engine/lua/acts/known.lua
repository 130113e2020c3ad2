-- known: the message that a thread knows by this external id, or nothing.
-- KEYS     absent
-- ARGV     channel account thread message
-- RETURNS  value
-- REFUSES
local function act(channel, account, thread, message)
  local c, n = find_message(channel, account, thread, message)
  local m = c and message_of(c, n)
  return function() return m and message_row(c, m) or '\192' end
end
