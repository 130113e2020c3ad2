-- Who can be offered what now: the ready sets, and the counted sets that reserves and empty queues look at.

-- The size of a set, read once a call and kept true by `count_in` and `count_out`.
function size_of(name)
  local size = call.counts[name]
  if not size then
    size = redis.call('SCARD', name)
    call.counts[name] = size
  end
  return size
end

local function count_in(name, member)
  local size = size_of(name)
  local added = redis.call('SADD', name, member)
  call.counts[name] = size + added
  return added == 1
end

local function count_out(name, member)
  local size = size_of(name)
  local removed = redis.call('SREM', name, member)
  call.counts[name] = size - removed
  return removed == 1
end

function leave_ready(a, medium)
  local pool = a.ready_media[medium]
  if pool then
    a.ready_media[medium] = nil
    redis.call('ZREM', key.ready(pool, medium), a.id)
    if redis.call('EXISTS', key.ready(pool, medium)) == 0 then
      redis.call('SREM', key.ready_pools(medium), pool)
    end
  end
end

-- Returns whether he was not ready for the medium before, or in another pool.
function enter_ready(a, medium, score)
  if a.ready_media[medium] ~= a.pool then
    leave_ready(a, medium)
  end
  redis.call('ZADD', key.ready(a.pool, medium), score, a.id)
  if a.ready_media[medium] then
    return false
  end
  a.ready_media[medium] = a.pool
  redis.call('SADD', key.ready_pools(medium), a.pool)
  return true
end

-- The counted sets he belongs in now: set → kind|skill or pool.
local function counted_of(a)
  local sets, pool = {}, pool_of(a)
  if not pool then
    return sets
  end
  for _, skill in ipairs(pool.reserved) do
    for medium in pairs(a.ready_media) do
      sets[key.ready_skill(skill, medium)] = 'ready|' .. skill
    end
    if signed_in(a) then
      sets[key.signed_skill(skill)] = 'signed|' .. skill
    end
  end
  if signed_in(a) then
    sets[key.signed_pool(a.pool)] = 'pool|' .. a.pool
  end
  return sets
end

-- The queues whose reserve of this skill is in effect, as a set.
local function effects_of(skill)
  local effects = {}
  for queue, reserve in pairs(operation().reserves) do
    effects[queue] = reserve.skill == skill and in_effect(reserve) or nil
  end
  return effects
end

-- Notes what a changed count of carriers means: a reserve that lets go frees its carriers for other queues' contacts, and
-- either way somebody's held call may be no longer, or no longer the best, that he could be offered.
local function compare_effects(skill, before)
  local now = effects_of(skill)
  for queue in pairs(operation().reserves) do
    if before[queue] and not now[queue] then
      call.unreserved[skill] = true
    end
    if before[queue] ~= now[queue] then
      call.recheck_holding = true
    end
  end
end

-- Queues may be empty by the last of a pool who signs out, or by anybody whom contacts name.
local function weigh_pool(a, pool, by)
  if by > 0 then
    redis.call('SADD', key.signed_pools(), pool)
  elseif size_of(key.signed_pool(pool)) == 0 then
    redis.call('SREM', key.signed_pools(), pool)
    call.signed_out = true
  else
    entries.write()
    call.signed_out = call.signed_out or redis.call('EXISTS', key.named(a.id)) == 1
  end
end

-- Puts him into the counted sets he belongs in and out of the others.
function recount(a)
  local wanted, before = counted_of(a), {}
  local function move_by(set, what, by)
    local kind, name = string.match(what, '^([^|]*)|([^|]*)')
    if kind ~= 'pool' then
      before[name] = before[name] or effects_of(name)
    end
    a.counted[set] = by > 0 and what or nil
    local step = by > 0 and count_in or count_out
    if step(set, a.id) and kind == 'pool' then
      weigh_pool(a, name, by)
    end
  end
  for _, set in ipairs(sorted_keys(a.counted)) do
    if not wanted[set] then
      move_by(set, a.counted[set], -1)
    end
  end
  for _, set in ipairs(sorted_keys(wanted)) do
    if not a.counted[set] then
      move_by(set, wanted[set], 1)
    end
  end
  for skill, effects in pairs(before) do
    compare_effects(skill, effects)
  end
end
