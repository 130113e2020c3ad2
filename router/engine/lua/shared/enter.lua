-- How a contact comes in: the door of a queue, overflow to the next, back to where it waited.

-- When a closed queue opens, by the wall. Where the known hours end before that, it is asked again after a while.
local function opening_of(name)
  local hours = key.hours(queue_of(name).hours)
  local found = redis.call('ZRANGE', hours, '(' .. text(call.wall), '+inf', 'BYSCORE', 'LIMIT', 0, 1)
  return found[1] and tonumber(string.match(found[1], '^open:(.*)$')) or call.wall + LIMIT.reopen_ms
end

function is_closed(queue)
  if not queue.hours then
    return false
  end
  local found = redis.call(
    'ZRANGE', key.hours(queue.hours), call.wall, '-inf', 'BYSCORE', 'REV', 'LIMIT', 0, 1)
  return found[1] ~= nil and string.sub(found[1], 1, 5) == 'close'
end

-- Whether anybody is signed in who may serve the lane; `signed` are the pools with somebody signed in.
local function is_manned(lane, signed)
  local serves = eligible_pools(lane).serves
  if lane.agents then
    for _, id in ipairs(lane.agents) do
      local a = agent_of(id)
      if a and serves[a.pool] and signed_in(a) then
        return true
      end
    end
    return false
  end
  for pool in pairs(serves) do
    if signed[pool] then
      return true
    end
  end
  return false
end

-- Whether nobody is signed in who could serve the contact in `queue`, at whatever stage. While agents, or the contact,
-- are still to be brought to the operation, that is not known.
function is_empty(c, queue)
  if c.revision ~= call.revision or redis.call('EXISTS', key.applying()) == 1 then
    return false
  end
  local signed = {}
  for _, pool in ipairs(redis.call('SMEMBERS', key.signed_pools())) do
    signed[pool] = true
  end
  for _, stage in ipairs(plan_of(c.plan)[queue]) do
    if is_manned(lane_of_definition(stage[2]), signed) then
      return false
    end
  end
  return true
end

-- What a queue does with a contact that would enter it: an action and the reason, or nil where it may wait.
function door(c, name)
  local queue = queue_of(name)
  if is_closed(queue) then
    return queue.closed, 'closed'
  elseif queue.full and redis.call('ZCARD', key.waiting(name)) >= queue.full.waiting then
    return queue.full.action, 'full'
  elseif queue.empty and is_empty(c, name) then
    return queue.empty, 'empty'
  end
end

function schedule(c, not_before)
  move(c, 'scheduled')
  c.not_before, c.held = not_before, nil
  c.due = call.now + math.max(0, not_before - call.wall)
  redis.call('ZADD', key.scheduled(), c.born, c.id)
  emit_contact(EVENT.contact_scheduled, c, nil, not_before)
end

local function reject(c, reason)
  finish(c, 'rejected', 'rejected', 'system')
  emit_contact(EVENT.contact_rejected, c, nil, reason)
  farewell(c, reason)
end

-- Does `action` to a queued contact; goes along the overflow until a queue takes it. A contact whose plan knows no way
-- on keeps its place: it is never lost to a rule.
function flow(c, action, reason)
  while action do
    if action.kind == 'overflow' then
      if c.hops >= LIMIT.hops or not plan_of(c.plan)[action.to] then
        return
      end
      local further, cause = door(c, action.to)
      leave_lane(c)
      local from, waited = c.queue, end_wait(c)
      c.hops = c.hops + 1
      start_wait(c, action.to, call.now)
      local lane = place(c)
      emit_contact(EVENT.contact_overflowed, c, nil, from, reason, waited, place_data(c, lane))
      action, reason = further, cause
    else
      local waited = detach(c)
      if action.kind == 'wait' then
        schedule(c, opening_of(c.queue))
        say(c, 'closed')
      elseif action.kind == 'expire' then
        finish(c, 'expired', 'expired', 'system')
        emit_contact(EVENT.contact_expired, c, nil, waited)
        farewell(c)
      else
        reject(c, reason)
      end
      return
    end
  end
end

-- What has already passed for a contact that starts or goes on waiting: its target, its queue's limit.
function meet_past_marks(c)
  local queue, waited = queue_of(c.queue), call.now - c.queued_at
  if waited > queue.target then
    miss_target(c)
  end
  if queue.late and waited >= queue.late.wait then
    flow(c, queue.late.action, 'late')
  end
end

-- A new or scheduled contact comes to its queue, `start` being when its wait began.
function enter(c, entry, start)
  local action, reason = door(c, c.queue)
  if action and action.kind == 'reject' then
    return reject(c, reason)
  elseif action and action.kind == 'wait' then
    return schedule(c, opening_of(c.queue))
  end
  move(c, 'queued')
  start_wait(c, c.queue, start)
  meet_channel(c)
  local lane = place(c)
  emit_contact(EVENT.contact_queued, c, nil, entry, c.arrived, c.priority, place_data(c, lane))
  flow(c, action, reason)
  if c.state == 'queued' then
    meet_past_marks(c)
  end
  if c.held then
    emit_contact(EVENT.contact_held, c, nil, c.held)
  end
end

-- An offered or held contact is in its queue as before, in its old place.
function resume(c)
  local stage = c.stage
  local lane = place(c)
  if c.stage ~= stage then
    emit_contact(EVENT.contact_stepped, c, nil, place_data(c, lane))
  end
  meet_past_marks(c)
end

-- An offered contact goes back to its queue.
function go_back(c)
  move(c, 'queued')
  resume(c)
end

-- An offered or queued contact gets another plan, and with it perhaps another queue and rank. The wait in a queue that
-- it leaves is over; its place in the new one follows from its arrival.
function reroute(c, queue, priority, plan, packed_plan)
  if c.state == 'offered' then
    withdraw_offer(c, 'rerouted')
    move(c, 'queued')
  end
  leave_lane(c)
  local from = c.queue
  if queue ~= from then
    end_wait(c)
    c.hops = 0
    start_wait(c, queue, call.now)
  end
  follow_plan(c, plan, packed_plan)
  c.priority, c.revision = priority, call.revision
  local lane = place(c)
  emit_contact(EVENT.contact_patched, c, nil, queue ~= from, from, 'rerouted', place_data(c, lane))
  meet_past_marks(c)
end
