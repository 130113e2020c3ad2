-- handover: a colleague who was consulted goes on with the talk: the contact is his, and answered, without a queue. What
-- he is offered goes to others, and what he wraps up is over.
-- KEYS     absent
-- ARGV     contact version agent
-- RETURNS  contact
-- REFUSES  unknown_contact stale wrong_state unknown_agent not_capable

-- Whether he may have the medium, and what he talks to leaves him the room for one more.
local function can_talk(a, medium)
  local pool, rule = pool_of(a), operation().media[medium]
  local load, number = rule.cost, 1
  for _, work in pairs(a.work) do
    if work.phase == PHASE.assigned then
      load = load + operation().media[work.medium].cost
      number = number + (work.medium == medium and 1 or 0)
    end
  end
  return pool and pool.media[medium] and (pool.automatic or (load <= LIMIT.capacity and number <= rule.most))
end

local function act(contact, version, agent)
  local c, refusal = contact_for(contact, version)
  if refusal then
    return refusal
  elseif not is_spoken(c) then
    return refuse('wrong_state', c.state)
  end
  local a = agent_of(agent)
  if not a or a.removed then
    return refuse('unknown_agent', agent)
  elseif c.agent == agent then
    return c, true
  elseif not can_talk(a, c.medium) then
    return refuse('not_capable', agent)
  end
  end_commands(c, 'ended', 'complete_consult')
  withdraw_offers(a, 'agent_busy')
  end_pauses(a)
  local giver, handled = c.agent, leave_agent(c)
  emit_contact(EVENT.contact_handed_over, c, nil, agent, handled)
  c.agent, c.offers, c.assigned_at, c.answered_at = agent, c.offers + 1, call.now, call.now
  c.offer = c.offers
  a.work[c.id] = { phase = PHASE.assigned, medium = c.medium, since = call.now, queue = c.queue }
  changed(a)
  redis.call('ZADD', key.talks(), c.answered_at, c.id)
  emit_contact(EVENT.contact_taken_over, c, nil, giver)
  remember_agent(c)
  return c
end
