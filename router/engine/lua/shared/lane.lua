-- Lanes: contacts that exactly the same agents could take, in the order of their rank, and the indexes of their heads.
--
-- A lane that names agents is found through them, any other through its class. What is empty leaves no key behind.
--
-- A contact that enters a lane is written there no sooner than somebody looks, or the call ends: `entering` is its lane
-- until then. Most who are offered at once never are.

-- The indexes that hold the lane's head.
local function head_indexes(lane)
  if not lane.agents then
    return { key.heads(lane.class) }
  end
  local names = {}
  for index, agent in ipairs(lane.agents) do
    names[index] = key.named(agent)
  end
  return names
end

-- Whether the lane may be the agent's, as far as it names any.
function is_for(lane, agent)
  for _, id in ipairs(lane.agents or { agent }) do
    if id == agent then
      return true
    end
  end
  return false
end

function enter_lane(c, lane)
  c.lane, c.entering = lane.id, lane
  table.insert(call.entering, c)
end

-- The lane that a contact is in.
function entries.lane_of(c)
  return c.entering or lane_of(c.lane)
end

local function write_entry(c, lane)
  redis.call('ZADD', key.lane(lane.id), c.rank, c.id)
  local born = false
  for _, index in ipairs(head_indexes(lane)) do
    born = redis.call('ZADD', index, 'LT', c.rank, lane.id) == 1
  end
  if born then
    redis.call('HSET', key.lanes(), lane.id, lane.packed)
    redis.call('SADD', key.queue_lanes(lane.queue), lane.id)
    if not lane.agents then
      redis.call('SADD', key.classes(), lane.class)
    end
  end
end

-- Writes who has entered a lane, before somebody looks at lanes.
function entries.write()
  for _, c in ipairs(call.entering) do
    if c.entering then
      write_entry(c, c.entering)
      c.entering = nil
    end
  end
  call.entering = {}
end

local function bury_lane(lane)
  redis.call('HDEL', key.lanes(), lane.id)
  redis.call('SREM', key.queue_lanes(lane.queue), lane.id)
  for _, index in ipairs(head_indexes(lane)) do
    redis.call('ZREM', index, lane.id)
  end
  if not lane.agents and redis.call('EXISTS', key.heads(lane.class)) == 0 then
    redis.call('SREM', key.classes(), lane.class)
  end
end

local function remove_entry(c, lane)
  redis.call('ZREM', key.lane(lane.id), c.id)
  local head = redis.call('ZRANGE', key.lane(lane.id), 0, 0, 'WITHSCORES')
  if #head == 0 then
    bury_lane(lane)
  elseif c.rank <= tonumber(head[2]) then
    for _, index in ipairs(head_indexes(lane)) do
      redis.call('ZADD', index, head[2], lane.id)
    end
  end
end

function leave_lane(c)
  if not c.lane then
    return
  end
  local lane = entries.lane_of(c)
  if c.entering then
    c.entering = nil
  else
    remove_entry(c, lane)
  end
  c.lane = nil
  call.left[lane.class .. '|' .. text(c.rank)] = true
end
