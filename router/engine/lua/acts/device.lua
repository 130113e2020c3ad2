-- device: the state of an agent's phone, as its channel sees it. Another phone than the one he chose says nothing.
-- KEYS     absent
-- ARGV     agent address state
-- RETURNS  agent
-- REFUSES  unknown_agent
local function act(agent, address, state)
  local a = agent_of(agent)
  if not a or a.removed then
    return refuse('unknown_agent', agent)
  elseif a.device and (a.device ~= address or a.device_state == state) then
    return a, true
  end
  a.device, a.device_state, a.device_at = address, state, call.now
  emit_agent(EVENT.agent_device, a, address, state)
  changed(a)
  return a
end
