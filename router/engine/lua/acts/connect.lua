-- connect: a connection of the agent's desk is there, or still is. It never changes the presence he chose.
-- KEYS     absent
-- ARGV     agent connection process hold_ms
-- RETURNS  agent
-- REFUSES  unknown_agent
local function act(agent, connection, process, hold_ms)
  local a = agent_of(agent)
  if not a or a.removed then
    return refuse('unknown_agent', agent)
  end
  local known = a.connections[connection]
  if known and (known.process ~= process or hold_ms) then
    redis.call('SREM', key.process(known.process), a.id .. '|' .. connection)
  end
  local first = not has_desk(a)
  a.connections[connection] = { process = process, due = hold_ms and call.now + hold_ms }
  a.lost_at = nil
  if not hold_ms then
    redis.call('SADD', key.process(process), a.id .. '|' .. connection)
    redis.call('ZADD', key.deadlines(), 'NX', call.now + LIMIT.process_ms, 'p:' .. process)
  end
  if first then
    emit_agent(EVENT.agent_connected, a, 1)
  end
  if a.unresponsive == 'undelivered' then
    start_responding(a)
  end
  changed(a)
  return a
end
