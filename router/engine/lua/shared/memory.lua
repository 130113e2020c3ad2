-- What is remembered between calls: only values that are pure functions of content named by its hash (a compiled
-- operation, a plan, a lane, which pools may serve a lane). Forgetting any of it costs time and changes nothing.

local memory = { operations = {}, plans = {}, lanes = {}, classes = {}, sizes = {} }

local function remember(kind, name, value)
  local size = (memory.sizes[kind] or 0) + 1
  if size > REMEMBERED[kind] then
    memory[kind] = {}
    size = 1
  end
  memory.sizes[kind] = size
  memory[kind][name] = value
  return value
end

-- The workspace's operation, as `compile.py` made it.
function operation()
  local found = memory.operations[call.digest]
  if not found then
    found = cmsgpack.unpack(redis.call('GET', key.operation(call.digest)))
    found.eligible = {}
    -- What an operation does not say that an earlier release has put in force.
    found.texts = found.texts or LIMIT.texts_ms
    for _, medium in pairs(found.media) do
      medium.parked = medium.parked or LIMIT.parked_ms
    end
    remember('operations', call.digest, found)
  end
  return found
end

-- A class of lanes, from its name: tier/shift/scale/medium/reserve+reserve…
function class_of(name)
  local found = memory.classes[name]
  if not found then
    local tier, shift, scale, medium, reserves = string.match(name, '^(%d+)/(%d+)/(%d+)/([^/]+)/(.*)$')
    found = {
      name = name, tier = tonumber(tier), shift = tonumber(shift), scale = tonumber(scale), medium = medium,
      reserves = {},
    }
    for queue in string.gmatch(reserves, '[^+]+') do
      table.insert(found.reserves, queue)
    end
    remember('classes', name, found)
  end
  return found
end

-- A lane from its definition: [id, class, queue, medium, skills, powers, teams, agents, base].
function lane_of_definition(definition)
  local found = memory.lanes[definition[1]]
  if not found then
    found = {
      id = definition[1], class = definition[2], queue = definition[3], medium = definition[4],
      skills = definition[5], powers = definition[6], teams = definition[7],
      agents = #definition[8] > 0 and definition[8] or nil, base = definition[9],
      requirement = { definition[5], definition[6], definition[7], definition[8] },
      packed = cmsgpack.pack(definition),
    }
    remember('lanes', found.id, found)
  end
  return found
end

-- A lane that has a contact, by its id.
function lane_of(id)
  return memory.lanes[id] or lane_of_definition(cmsgpack.unpack(redis.call('HGET', key.lanes(), id)))
end

-- A plan: queue → stages, each [offset, lane definition, own timer, prefers]. `packed` is given where it may be new.
function plan_of(id, packed)
  local found = memory.plans[id]
  if not found then
    found = cmsgpack.unpack(packed or redis.call('GET', key.plan(id)))
    remember('plans', id, found)
  end
  return found
end

local function pool_serves(pool, lane)
  if not (pool.queues[lane.queue] and pool.media[lane.medium]) then
    return false
  end
  for skill, level in pairs(lane.skills) do
    if (pool.skills[skill] or 0) < level then
      return false
    end
  end
  for power, amount in pairs(lane.powers) do
    if (pool.powers[power] or -1) < amount then
      return false
    end
  end
  for _, team in ipairs(lane.teams) do
    if pool.teams[team] then
      return true
    end
  end
  return #lane.teams == 0
end

-- How gladly a lane takes a pool, smaller first: the least flexible, so that who can do more stays free for more;
-- under `most_skilled`, whose required levels add up to most.
local function preference_of(pool, lane, mode)
  if mode ~= 'most_skilled' then
    return pool.flexibility
  end
  local levels = 0
  for skill in pairs(lane.skills) do
    levels = levels + pool.skills[skill]
  end
  return -levels
end

-- The pools that may serve a lane, names of agents aside: `serves` by pool id, `order` by preference then id.
function eligible_pools(lane)
  local op = operation()
  local found = op.eligible[lane.base]
  if not found then
    local mode = op.media[lane.medium].mode
    found = { serves = {}, order = {} }
    for id, pool in pairs(op.pools) do
      if pool_serves(pool, lane) then
        found.serves[id] = preference_of(pool, lane, mode)
        table.insert(found.order, id)
      end
    end
    table.sort(found.order, function(one, other)
      local mine, theirs = found.serves[one], found.serves[other]
      return mine < theirs or (mine == theirs and one < other)
    end)
    op.eligible[lane.base] = found
  end
  return found
end

local function names(lane, agent)
  for _, id in ipairs(lane.agents or { agent }) do
    if id == agent then
      return true
    end
  end
  return false
end

-- Whether an agent may and can serve a contact in `queue` under a plan, at its first stage.
function serves_plan(a, queue, id, packed)
  local lane = lane_of_definition(plan_of(id, packed)[queue][1][2])
  return eligible_pools(lane).serves[a.pool] ~= nil and names(lane, a.id)
end
