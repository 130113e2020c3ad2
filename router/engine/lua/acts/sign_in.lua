-- sign_in: the agent signs in at a phone: it is his from here, he is available, and offers ring it.
-- KEYS     absent
-- ARGV     agent channel account device
-- RETURNS  agent
-- REFUSES  unknown_channel unknown_agent
local function act(agent, channel, account, device)
  local a = agent_of(agent)
  if not operation().channels[channel] then
    return refuse('unknown_channel', channel)
  elseif not a or a.removed then
    return refuse('unknown_agent', agent)
  end
  local changes = phone.clear(channel, account, device, agent) or a.device ~= device
  choose_device(a, device)
  if a.phone_at ~= channel .. ':' .. account then
    phone.sign_in(a, channel, account)
    changes = true
  end
  return a, not (choose_presence(a, 'available', nil, false) or changes)
end
