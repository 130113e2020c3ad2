-- hours: when one of the operation's hours opens and closes, from some moment before now until some time ahead.
-- KEYS     absent
-- ARGV     hours transitions
-- RETURNS  nothing
-- REFUSES
local function act(hours, transitions)
  local name = key.hours(hours)
  redis.call('DEL', name)
  for _, transition in ipairs(transitions) do
    local at = text(transition[1])
    redis.call('ZADD', name, at, (transition[2] and 'open:' or 'close:') .. at)
  end
end
