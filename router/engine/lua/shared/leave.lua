-- How a contact leaves: its agent, its wait, and for good.

-- Takes an assigned contact from its agent. One who talked gets his wrap-up, unless he is to talk `on` later. Returns how
-- long they talked, until `at` or now, or nil.
function leave_agent(c, on, at)
  local a = agent_of(c.agent)
  end_commands(c, 'ended')
  local wrap_up = operation().media[c.medium].wrap_up
  local handled = c.answered_at and (at or call.now) - c.answered_at
  a.work[c.id] = nil
  if handled then
    redis.call('ZREM', key.talks(), c.id)
    a.idle_since = call.now
    if wrap_up > 0 and not (a.removed or on) then
      a.work[c.id .. '.u'] = {
        phase = PHASE.wrap_up, medium = c.medium, due = call.now + wrap_up, since = call.now, queue = c.queue,
      }
    end
  end
  remember_offer(c, 'a')
  c.offer, c.due = nil, nil
  changed(a)
  return handled
end

-- Takes a contact that is not over out of wherever it is: its lane, its offer or its agent. Ends its wait if it still
-- waited. `reason` is told to the agent whose offer is withdrawn. Returns how long it waited and how long they talked.
function detach(c, reason, at)
  local waited, handled
  if c.state == 'scheduled' then
    redis.call('ZREM', key.scheduled(), c.id)
    return 0, nil
  elseif c.state == 'parked' then
    redis.call('ZREM', key.parked(), c.id)
    c.parked_at = nil
    return 0, nil
  elseif c.state == 'queued' then
    leave_lane(c)
  elseif c.state == 'offered' then
    withdraw_offer(c, reason)
  elseif c.state == 'assigned' then
    handled = leave_agent(c)
  end
  if not handled then
    waited = end_wait(c, at)
  end
  return waited, handled
end

-- The contact follows no plan any more; a plan lives as long as a contact follows it.
local function leave_plan(c)
  if c.plan and redis.call('HINCRBY', key.plans(), c.plan, -1) == 0 then
    redis.call('HDEL', key.plans(), c.plan)
    redis.call('DEL', key.plan(c.plan))
  end
  c.plan = nil
end

function follow_plan(c, id, packed)
  if id ~= c.plan then
    if redis.call('HINCRBY', key.plans(), id, 1) == 1 then
      redis.call('SET', key.plan(id), packed)
    end
    plan_of(id, packed)
    leave_plan(c)
    c.plan = id
  end
end

-- What has come of a contact that is closed.
function outcome_of(c)
  return c.answered_at and 'answered' or 'not_connected'
end

-- Somebody, or time, has said how it went.
function dispose(c, disposition)
  if disposition then
    c.disposition = disposition
    emit_contact(EVENT.contact_disposed, c, nil, disposition)
  end
end

-- Ends a detached contact for good. What it needed while it was open goes with it.
function finish(c, state, outcome, ended_by)
  move(c, state)
  c.outcome, c.ended_by, c.ended_at = outcome, ended_by, call.now
  c.due, c.held, c.attempts, c.asked_at = nil, nil, nil, nil
  if c.session == 'live' then
    c.session = 'gone'
    redis.call('ZREM', key.live(c.channel, c.account), c.id)
  else
    redis.call('ZREM', key.open(c.channel, c.account), c.id)
  end
  if c.thread then
    redis.call('DEL', key.thread(c.channel, c.account, c.thread))
  end
  forget_rests(c)
  leave_plan(c)
  if c.messages then
    expect_end_of_texts(c)
  end
  if c.customer and outcome == 'answered' then
    visits.watch(c)
  end
  redis.call('ZADD', key.ended(), call.now, c.id)
  hasten_deadline('j:', call.now + LIMIT.retention_ms)
end
