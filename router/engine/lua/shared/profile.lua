-- Bringing agents to the workspace's operation, a chunk a call, so that a dead applier leaves nothing half done.

local function new_agent(id)
  local a = new_record(AGENT, id)
  a.version, a.presence, a.state, a.since, a.idle_since = 0, 'offline', 'offline', call.now, call.now
  call.agents[id] = a
  return a
end

-- Takes back an offer that he may no longer be made.
local function review_offer(a)
  for _, id in ipairs(sorted_keys(a.work)) do
    if a.work[id].phase == PHASE.offered then
      if not eligible_pools(stage_lane(contact_of(id))).serves[a.pool] then
        withdraw_offers(a, 'not_capable')
      end
    end
  end
end

local function emit_profile(a)
  local pool = pool_of(a)
  emit_agent(
    EVENT.agent_profile, a, a.pool, pool.skills, pool.powers, sorted_keys(pool.queues), sorted_keys(pool.teams),
    sorted_keys(pool.media), pool.automatic)
end

-- The operation no longer has him: his offers and what he has not answered go back, his talks he ends.
local function remove_agent(a)
  redis.call('SREM', key.members(a.pool), a.id)
  a.removed, a.pool, a.next, a.next_reason = 1, nil, nil, nil
  for _, connection in ipairs(sorted_keys(a.connections)) do
    redis.call('SREM', key.process(a.connections[connection].process), a.id .. '|' .. connection)
    a.connections[connection] = nil
  end
  phone.leave(a)
  for _, contact in ipairs(sorted_keys(a.rests)) do
    end_rest(a, contact_of(contact))
  end
  recount(a)
  withdraw_offers(a, 'agent_removed')
  for _, id in ipairs(sorted_keys(a.work)) do
    local c = a.work[id].phase == PHASE.assigned and contact_of(id)
    if not c then
      a.work[id] = nil
    elseif not c.answered_at then
      requeue(c, a, 'agent_removed', leave_agent(c))
    end
  end
  emit_agent(EVENT.agent_removed, a, told_state(a), time_in_state(a))
  a.since = call.now
  changed(a)
end

local function apply_profile(id)
  local pool = redis.call('HGET', key.profiles(call.digest), id)
  local a = agent_of(id)
  if not pool then
    if a and not a.removed then
      remove_agent(a)
    end
    return
  end
  a = a or new_agent(id)
  if pool ~= a.pool then
    if a.pool then
      redis.call('SREM', key.members(a.pool), id)
    end
    redis.call('SADD', key.members(pool), id)
    if a.removed then
      a.told, a.since = 'offline', call.now
    end
    a.pool, a.removed = pool, nil
    a.automatic = pool_of(a).automatic and 1 or nil
    emit_profile(a)
    review_offer(a)
  end
  changed(a)
  touch_agent(a)
end

function fire_operation()
  local agents = redis.call('ZRANGE', key.applying(), 0, LIMIT.chunk - 1)
  for _, id in ipairs(agents) do
    redis.call('ZREM', key.applying(), id)
    apply_profile(id)
  end
  if redis.call('EXISTS', key.applying()) == 1 then
    hasten_deadline('o:', call.now)
  elseif #agents > 0 then
    call.signed_out = true  -- only now it is known whom nobody can serve
  end
end
