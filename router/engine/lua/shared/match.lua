-- Matching: the best contact for an agent, the best agent for a contact. Both walk only what can match.
--
-- Order of contacts: the class of the smallest tier, then the greatest score (now − rank − shift) ÷ scale, then the
-- smallest rank, then the smallest id. Order of agents: the pool's preference, the mode's score, the id.

function score_of(class, rank)
  return (call.now - rank - class.shift) / class.scale
end

-- A candidate: {class, id, rank, lane}; `score` is filled in.
function better(one, other)
  if not other then
    return true
  elseif one.class.tier ~= other.class.tier then
    return one.class.tier < other.class.tier
  elseif one.score ~= other.score then
    return one.score > other.score
  elseif one.rank ~= other.rank then
    return one.rank < other.rank
  end
  return one.id < other.id
end

-- The first contact of a lane that `a` does not rest from. He rests from few, so few are looked at.
local function first_in_lane(a, lane, rests)
  local found = redis.call('ZRANGE', key.lane(lane.id), 0, rests, 'WITHSCORES')
  for index = 1, #found, 2 do
    if not a.rests[found[index]] then
      return { class = class_of(lane.class), id = found[index], rank = tonumber(found[index + 1]), lane = lane }
    end
  end
end

-- Gives `look_at` the lanes of an index with the rank of their heads, smallest first, until it has enough.
local function walk(index, look_at)
  local from, look = 0, LIMIT.lanes_a_look
  while true do
    local heads = redis.call('ZRANGE', index, from, from + look - 1, 'WITHSCORES')
    for place = 1, #heads, 2 do
      if look_at(heads[place], tonumber(heads[place + 1])) then
        return
      end
    end
    if #heads < 2 * look then
      return
    end
    from, look = from + look, 4 * look
  end
end

-- The best contact among the lanes of an index that `serves` says he may serve. With r rests it is in the first r + 1
-- such lanes, or in one whose head has the same rank as the last of them.
local function first_in_index(a, index, serves)
  local rests, best, seen, last = size(a.rests), nil, 0, nil
  walk(index, function(id, rank)
    if seen > rests and rank > last then
      return true
    end
    local lane = lane_of(id)
    if not serves(lane) then
      return false
    end
    seen, last = seen + 1, rank
    local found = first_in_lane(a, lane, rests)
    if found then
      found.score = score_of(found.class, found.rank)
      best = better(found, best) and found or best
    end
  end)
  return best
end

-- Finds out whom a candidate of `contacts_for` stands for, and whether there is anybody.
function ascertain(a, candidate)
  if candidate.id ~= '' then
    return
  end
  local id = redis.call('ZRANGE', key.lane(candidate.lane.id), 0, 0)[1]
  if not a.rests[id] then
    candidate.id = id
    return
  end
  local found = first_in_index(a, candidate.index, candidate.serves)
  if found then
    candidate.id, candidate.rank, candidate.lane, candidate.score = found.id, found.rank, found.lane, found.score
  else
    candidate.id, candidate.nobody = nil, true
  end
end

-- The best contact of each class and of the lanes that name him, capacity aside; `fits` says where he has the room. Each
-- is the head of a first lane, its `id` '', until `ascertain` looks whether he rests from it: nothing is before that.
function contacts_for(a)
  local pool, total, found = pool_of(a), burden(a), {}
  entries.write()
  local function look(class_name, index, serves)
    local class = class_of(class_name)
    local why = obstacle(a, class.medium, total)
    if (not why or why == 'no_capacity') and not reserved(pool, class) then
      local first
      walk(index, function(id, rank)
        if first and rank > first then
          return true
        end
        local lane = lane_of(id)
        if serves(lane) then
          first = rank
          table.insert(found, {
            class = class, id = '', rank = rank, lane = lane, score = score_of(class, rank), fits = not why,
            index = index, serves = serves,
          })
        end
      end)
    end
  end
  for _, name in ipairs(redis.call('SMEMBERS', key.classes())) do
    look(name, key.heads(name), function(lane) return eligible_pools(lane).serves[a.pool] end)
  end
  local classes = {}
  for _, id in ipairs(redis.call('ZRANGE', key.named(a.id), 0, -1)) do
    classes[lane_of(id).class] = true
  end
  for name in pairs(classes) do
    look(name, key.named(a.id), function(lane)
      return lane.class == name and eligible_pools(lane).serves[a.pool]
    end)
  end
  return found
end

-- Ready agents of one pool who do not rest from `c`: the first in the mode's order, with his score.
local function first_ready(c, pool, rests)
  local found = redis.call('ZRANGE', key.ready(pool, c.medium), 0, rests, 'WITHSCORES')
  for index = 1, #found, 2 do
    if not c.rests[found[index]] then
      return found[index], tonumber(found[index + 1])
    end
  end
end

-- The eligible pools with somebody ready, as an iterator in the order of preference. Where many are eligible and few
-- are ready these are sorted; else the preference list is walked.
function ready_pools(lane)
  local eligible = eligible_pools(lane)
  local name, list, looked = key.ready_pools(lane.medium), {}, 0
  local ready = #eligible.order > LIMIT.pools_a_look and redis.call('SCARD', name)
  if ready and ready <= LIMIT.pools_a_look then
    for _, pool in ipairs(ready > 0 and redis.call('SMEMBERS', name) or {}) do
      if eligible.serves[pool] then
        table.insert(list, pool)
      end
    end
    table.sort(list, function(one, other)
      local mine, theirs = eligible.serves[one], eligible.serves[other]
      return mine < theirs or (mine == theirs and one < other)
    end)
    looked = #eligible.order
  end
  local taken = 0
  return function()
    while taken == #list and looked < #eligible.order do
      local upto = math.min(looked + LIMIT.pools_a_look, #eligible.order)
      local flags = redis.call('SMISMEMBER', name, unpack(eligible.order, looked + 1, upto))
      for index, flag in ipairs(flags) do
        if flag == 1 then
          table.insert(list, eligible.order[looked + index])
        end
      end
      looked = upto
    end
    taken = taken + 1
    return list[taken], list[taken] and eligible.serves[list[taken]]
  end
end

-- The best ready agent of the pools that may serve the lane: id, and how many stood in the deciding preference.
local function agent_of_pools(c, lane, class)
  local best, best_score, best_preference
  local candidates, rests = 0, size(c.rests)
  for pool, preference in ready_pools(lane) do
    if best and preference > best_preference then
      break
    end
    if not reserved(operation().pools[pool], class) then
      local id, score = first_ready(c, pool, rests)
      if id then
        candidates = candidates + redis.call('ZCARD', key.ready(pool, c.medium))
        if not best or score < best_score or (score == best_score and id < best) then
          best, best_score, best_preference = id, score, preference
        end
      end
    end
  end
  return best, candidates
end

-- The best ready agent among those that the lane names.
local function agent_of_names(c, lane, class)
  local mode, serves = operation().media[c.medium].mode, eligible_pools(lane).serves
  local candidates = {}
  for _, id in ipairs(lane.agents) do
    local a = agent_of(id)
    if a and a.ready_media[c.medium] and serves[a.pool] and not c.rests[id] and not reserved(pool_of(a), class) then
      table.insert(candidates, { id = id, preference = serves[a.pool], score = ready_score(a, mode, burden(a)) })
    end
  end
  table.sort(candidates, function(one, other)
    if one.preference ~= other.preference then
      return one.preference < other.preference
    elseif one.score ~= other.score then
      return one.score < other.score
    end
    return one.id < other.id
  end)
  return candidates[1] and candidates[1].id, #candidates
end

-- The best agent for a queued contact, or nil.
function best_agent(c)
  local lane = entries.lane_of(c)
  local choose = lane.agents and agent_of_names or agent_of_pools
  return choose(c, lane, class_of(lane.class))
end
