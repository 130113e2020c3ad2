-- The talk: answer, and the ways back to the queue from an agent.

-- Who talks to a customer is remembered for his next contact.
function remember_agent(c)
  if c.customer then
    redis.call('SET', key.last_agent(c.customer), c.agent .. '|' .. text(call.now), 'PX', LIMIT.last_agent_ms)
  end
end

-- The customer is being served: from here he no longer waits.
function answer(c, at)
  local waited = end_wait(c, at)
  local in_target = waited <= queue_of(c.queue).target
  c.answered_at, c.due = c.queued_at + waited, nil
  redis.call('ZADD', key.talks(), c.answered_at, c.id)
  emit_contact(EVENT.contact_answered, c, nil, waited, in_target)
  remember_agent(c)
end

-- The agent has accepted. Where accepting is answering, he has answered.
function assign(c, a)
  local rule = operation().media[c.medium]
  move(c, 'assigned')
  c.assigned_at, c.due = call.now, call.now + rule.answer
  a.work[c.id].phase, a.work[c.id].since, a.misses = PHASE.assigned, call.now, nil
  changed(a)
  emit_contact(EVENT.contact_assigned, c, nil, call.now - c.made_at, call.now - c.queued_at)
  c.made_at, c.delivered_at, c.rings = nil, nil, nil
  if rule.answered_by == 'accept' then
    answer(c)
  end
end

-- A message of the customer waits for an answer, since the first that has none. An agent who has been answering has his
-- limit for it.
function ask(c)
  if IS_ENDED[c.state] or operation().media[c.medium].answered_by ~= 'reply' then
    return
  end
  c.asked_at = c.asked_at or call.now
  if c.state == 'assigned' and not c.due then
    c.due = call.now + (queue_of(c.queue).reply or operation().media[c.medium].answer)
  end
end

-- Somebody has written to the customer. An automatic agent keeps his limit so, and answers nothing.
function replied(c, automatic)
  if c.thread then
    redis.call('DEL', key.said(c.channel, c.account, c.thread))
  end
  if c.state == 'assigned' and (automatic or c.answered_at) then
    c.due = nil
  end
  if c.asked_at and not automatic then
    emit_contact(EVENT.contact_replied, c, nil, call.now - c.asked_at)
    c.asked_at = nil
  end
end

-- An assigned contact is answered in the way of its medium, `how`. Nothing happens where it was answered before.
function answer_by(how, c, at)
  if c.state ~= 'assigned' or operation().media[c.medium].answered_by ~= how then
    return refuse('wrong_state', c.state)
  elseif how == 'reply' and is_automatic(agent_of(c.agent)) then
    return refuse('wrong_state', 'automatic')
  elseif c.answered_at then
    return c, true
  end
  answer(c, at and call.now - math.max(0, call.wall - at))
  replied(c)
  return c
end

-- Whether an agent and the customer talk over a line that the channel has joined.
function is_spoken(c)
  return c.state == 'assigned' and c.answered_at ~= nil and operation().media[c.medium].answered_by == 'connected'
end

-- He did not take what was offered or did not answer what he took. Too often in a row, and he gets no more offers.
function miss(a)
  a.misses = (a.misses or 0) + 1
  changed(a)
  if a.misses >= LIMIT.misses then
    stop_responding(a, 'missed')
  end
end

-- A contact that has left its agent goes back to its queue. After a talk a new wait begins, in the old place. `tell`
-- emits what happened; it is given what the event ends with.
function leave_for_queue(c, handled, tell)
  c.agent, c.assigned_at, c.answered_at = nil, nil, nil
  if handled then
    start_wait(c, c.queue, call.now)
  end
  move(c, 'queued')
  tell(place_data(c, place(c)))
  meet_past_marks(c)
end

-- As `leave_for_queue`, of `a`'s contact, for a reason that is nobody's failure.
function requeue(c, a, reason, handled)
  leave_for_queue(c, handled, function(...)
    emit_contact(EVENT.contact_requeued, c, a.id, reason, handled ~= nil, handled, ...)
  end)
end

-- Takes whatever he has from an agent who is gone. A talk that a channel carries goes on without his desk; so does all
-- that his phone rings for while he is at it.
function lose_agent(a)
  local ids = {}
  for id, work in pairs(a.work) do
    if work.phase == PHASE.offered or work.phase == PHASE.assigned then
      table.insert(ids, id)
    end
  end
  table.sort(ids)
  for _, id in ipairs(ids) do
    local c = contact_of(id)
    local by_phone = a.at_phone and operation().media[c.medium].answered_by == 'connected'
    if c.state == 'offered' then
      if not (by_phone and c.rings) then
        withdraw_offer(c, 'agent_lost')
        go_back(c)
      end
    elseif not (by_phone or (c.answered_at and c.session == 'live')) then
      requeue(c, a, 'agent_lost', leave_agent(c))
    end
  end
end

-- Takes his pending offer back.
function withdraw_offers(a, reason)
  for id, work in pairs(a.work) do
    if work.phase == PHASE.offered then
      local c = contact_of(id)
      withdraw_offer(c, reason)
      go_back(c)
    end
  end
end
