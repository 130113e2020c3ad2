-- sign_out: the agent signs out at a phone: he is offline, and nothing rings for him.
-- KEYS     absent
-- ARGV     agent
-- RETURNS  agent
-- REFUSES  unknown_agent
local function act(agent)
  local a = agent_of(agent)
  if not a or a.removed then
    return refuse('unknown_agent', agent)
  end
  return a, not phone.sign_out(a)
end
