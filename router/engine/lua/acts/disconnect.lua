-- disconnect: a connection of the agent's desk is gone; his last sign of life on it was `silent_ms` ago.
-- KEYS     absent
-- ARGV     agent connection silent_ms
-- RETURNS  agent
-- REFUSES  unknown_agent
local function act(agent, connection, silent_ms)
  local a = agent_of(agent)
  if not a or a.removed then
    return refuse('unknown_agent', agent)
  elseif not a.connections[connection] then
    return a, true
  end
  drop_connection(a, connection, call.now + math.max(0, LIMIT.grace_ms - silent_ms))
  if a.lost_at and a.lost_at <= call.now then
    lose(a)
  end
  return a
end
