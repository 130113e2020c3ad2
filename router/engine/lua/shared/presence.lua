-- What an agent chooses: his presence, and his phone.

-- Another phone's state is not known.
function choose_device(a, device)
  if device ~= a.device then
    a.device, a.device_state, a.device_at = device, nil, call.now
    emit_agent(EVENT.agent_device, a, device, nil)
    changed(a)
  end
end

-- His presence is this from now, or `later`, with the end of his work. Returns whether that changes anything.
function choose_presence(a, presence, reason, later)
  if not later and a.presence == presence and a.reason == reason and not a.next and not a.unresponsive then
    return false
  elseif later then
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
  return true
end
