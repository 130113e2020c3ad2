-- agent: one agent as he stands.
-- KEYS     absent
-- ARGV     agent
-- RETURNS  agent
-- REFUSES  unknown_agent
local function act(agent)
  return agent_of(agent) or refuse('unknown_agent', agent)
end
