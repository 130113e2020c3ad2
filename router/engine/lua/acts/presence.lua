-- presence: what the agent chooses, now or after his present contact; a phone may be chosen with it.
-- KEYS     absent
-- ARGV     agent presence reason after_contact device
-- RETURNS  agent
-- REFUSES  unknown_agent
local function act(agent, presence, reason, after_contact, device)
  local a = agent_of(agent)
  if not a or a.removed then
    return refuse('unknown_agent', agent)
  end
  local later = after_contact and next(a.work) ~= nil and presence ~= a.presence
  if device then
    choose_device(a, device)
  end
  return a, not choose_presence(a, presence, reason, later)
end
