-- Agents: loading, what keeps one from being offered a contact, and the indexes that follow from it.
--
-- Beside the fields of AGENT an agent has `work` (contact → {phase, medium, due, since, queue}), `connections`
-- (connection → {process, due}), `rests` (contact → until), `ready_media` (medium → pool under which he is indexed) and
-- `counted` (name of a counted set he is in). Load is always the sum over the work, never a counter.

PHASE = { offered = 'o', assigned = 'a', wrap_up = 'u', resting = 'b' }

function agent_of(id)
  local found = call.agents[id]
  if not found then
    found = load_record(AGENT, id, key.agent(id))
    if found then
      found.told, call.agents[id] = found.state, found
    end
  end
  return found
end

function pool_of(a)
  return operation().pools[a.pool]
end

-- Whether he is a program. Like all of his profile that is not known before he follows the operation in force.
function is_automatic(a)
  local pool = pool_of(a)
  return pool ~= nil and pool.automatic
end

-- How much he carries, in which phases (`o`, `a`, `u`, `b`: how many), how much of each medium, and for which his phone
-- rests.
function burden(a)
  local media = operation().media
  local total = { load = 0, o = 0, a = 0, u = 0, b = 0, by_medium = {}, resting = {} }
  for _, work in pairs(a.work) do
    total.load = total.load + media[work.medium].cost
    total[work.phase] = total[work.phase] + 1
    if work.phase == PHASE.offered or work.phase == PHASE.assigned then
      total.by_medium[work.medium] = (total.by_medium[work.medium] or 0) + 1
    elseif work.phase == PHASE.resting then
      total.resting[work.medium] = true
    end
  end
  return total
end

function has_desk(a)
  return next(a.connections) ~= nil
end

-- Whether he can be told of anything: at his desk, or by his phone, which rings.
function connected(a)
  return a.at_phone ~= nil or has_desk(a)
end

-- Whether he works at all, breaks included: chosen, and not lost.
function signed_in(a)
  return a.presence ~= 'offline' and not a.removed and (connected(a) or (a.lost_at or 0) > call.now)
end

-- What keeps him, whatever the contact, from every offer, or of the medium's; nil is nothing. Without a desk he is there
-- for what rings his phone alone.
function absence(a, medium)
  if a.removed then
    return 'removed'
  elseif a.presence ~= 'available' then
    return a.presence
  elseif a.next then
    return 'draining'
  elseif not connected(a) or (medium and operation().media[medium].answered_by ~= 'connected' and not has_desk(a)) then
    return 'not_connected'
  elseif a.unresponsive then
    return 'not_responding'
  end
end

-- What keeps him from a contact of this medium now; nil is nothing. `total` is his burden.
function obstacle(a, medium, total)
  local pool, rule = pool_of(a), operation().media[medium]
  if not (pool and pool.media[medium]) then
    return 'medium'
  end
  local absent = absence(a, medium)
  if absent then
    return absent
  elseif total.o > 0 then
    return 'offered'
  elseif rule.answered_by == 'connected' and (total.resting[medium] or (a.device_state or 'idle') ~= 'idle') then
    return 'device'
  elseif (total.by_medium[medium] or 0) >= rule.most and not pool.automatic then
    return 'most'
  elseif total.load + rule.cost > LIMIT.capacity and not pool.automatic then
    return 'no_capacity'
  elseif a.holding then
    return 'holding'
  end
end

-- His place among ready agents, smaller first.
function ready_score(a, mode, total)
  if mode == 'round_robin' then
    return a.last_offer or 0
  elseif mode == 'least_loaded' then
    return total.load * 1e13 + a.idle_since
  elseif mode == 'most_loaded' then
    return (LIMIT.capacity - total.load) * 1e13 + a.idle_since
  end
  return a.idle_since
end

-- The state that people see.
function state_of(a, total)
  if total.a > 0 then
    return (a.presence ~= 'available' or a.next or not signed_in(a)) and 'draining' or 'busy'
  elseif total.o > 0 then
    return 'reserved'
  elseif not signed_in(a) then
    return 'offline'
  elseif total.u > 0 or total.b > 0 then
    return 'wrap_up'
  elseif a.presence == 'break' then
    return 'break'
  end
  return a.unresponsive and 'not_responding' or 'idle'
end

-- Remembers that `a` must be looked at again before the call ends.
function changed(a)
  if not call.changed_agents[a.id] then
    call.changed_agents[a.id] = true
    table.insert(call.changed_agents, a)
  end
end

-- His next deadline: the end of a wrap-up, a rest, a poll, his grace, or a hold that must be looked at again.
local function next_due(a)
  local due = a.recheck
  local function sooner(at)
    if at and (not due or at < due) then
      due = at
    end
  end
  for _, work in pairs(a.work) do sooner(work.due) end
  for _, connection in pairs(a.connections) do sooner(connection.due) end
  for _, till in pairs(a.rests) do sooner(till) end
  sooner(a.lost_at)
  return due
end

-- Saves him; one who was removed goes with the last of his work.
function save_agent(a)
  a.due = next_due(a)
  if a.removed and not next(a.work) then
    set_deadline('a:' .. a.id, nil)
    redis.call('DEL', key.agent(a.id))
    return
  end
  if a.due ~= a.kept_due then
    set_deadline('a:' .. a.id, a.due)
  end
  save_record(AGENT, a, key.agent(a.id))
end

-- An agent as acts answer him, with how many connections he has, his load and his work.
function agent_row(a)
  local work, connections = {}, 0
  for index, id in ipairs(sorted_keys(a.work)) do
    local entry = a.work[id]
    work[index] = { id, entry.phase, entry.medium, entry.due or 0, entry.since, entry.queue }
  end
  for _ in pairs(a.connections) do
    connections = connections + 1
  end
  return packed_record(AGENT, a, cmsgpack.pack({ connections, burden(a).load, work }))
end
