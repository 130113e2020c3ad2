-- ready: the agent is ready for the next contact; ends his wrap-up, and the silence he fell into.
-- KEYS     absent
-- ARGV     agent
-- RETURNS  agent
-- REFUSES  unknown_agent
local function act(agent)
  local a = agent_of(agent)
  if not a or a.removed then
    return refuse('unknown_agent', agent)
  end
  if not end_pauses(a) and not a.unresponsive then
    return a, true
  end
  start_responding(a)
  return a
end
