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
  if device and device ~= a.device then
    a.device, a.device_state, a.device_at = device, nil, call.now
    emit_agent(EVENT.agent_device, a, device, nil)
    changed(a)
  end
  if not later and a.presence == presence and a.reason == reason and not a.next and not a.unresponsive then
    return a, true
  end
  if later then
    a.next, a.next_reason = presence, reason
  else
    if presence == 'available' and a.presence ~= 'available' then
      a.idle_since = call.now
    end
    a.presence, a.reason, a.next, a.next_reason = presence, reason, nil, nil
  end
  emit_agent(EVENT.agent_presence, a, a.presence, a.reason, a.next, a.next_reason)
  start_responding(a)
  if a.presence ~= 'available' then
    recount(a)  -- the queues that his contacts come to do not count on him
    withdraw_offers(a, 'agent_away')
  end
  return a
end
