-- Placing a waiting contact: its stage by the time it has waited, the lane of that stage, its next step.

function rank_of(c, queue)
  return c.arrived - c.priority * queue_of(queue).head_start
end

-- Some contact of the queue is planned by an older operation: whoever runs `due` next plans it anew.
local function sweep_queue(queue)
  redis.call('SADD', key.sweep(), queue)
  hasten_deadline('o:', call.now)
end

-- Remembers that `c` may find an agent now.
local function touch_contact(c)
  table.insert(call.touched_contacts, c)
end

-- Whether one of the agents that a preferring lane names would take `c` now or after his present contact.
local function somebody_named(c, lane)
  local serves = eligible_pools(lane).serves
  for _, id in ipairs(lane.agents) do
    local a = agent_of(id)
    if a and serves[a.pool] and not absence(a, lane.medium) and not c.rests[id] then
      return true
    end
  end
  return false
end

-- The stage of a contact after its wait so far: an index into `stages`. A preference for agents who are not there is
-- passed over, for it must never become a filter.
local function stage_of(c, stages)
  local index = 1
  while stages[index + 1] and stages[index + 1][1] <= call.now - c.queued_at do
    index = index + 1
  end
  while stages[index][4] and stages[index + 1] and not somebody_named(c, lane_of_definition(stages[index][2])) do
    index = index + 1
  end
  return index
end

-- Puts a queued contact into the lane of its stage, unless its channel is down. Gives the lane.
function place(c)
  local stages = plan_of(c.plan)[c.queue]
  local index = stage_of(c, stages)
  local following = stages[index + 1]
  if c.revision ~= call.revision then
    sweep_queue(c.queue)
  end
  c.stage = index - 1
  c.rank = rank_of(c, c.queue)
  c.due = following and following[3] and c.queued_at + following[1] or nil
  local lane = lane_of_definition(stages[index][2])
  if not c.held then
    enter_lane(c, lane)
    touch_contact(c)
  end
  return lane
end

-- The lane of the stage that a waiting or offered contact was last placed at.
function stage_lane(c)
  return lane_of_definition(plan_of(c.plan)[c.queue][c.stage + 1][2])
end

-- Where a contact stands: what most of its events end with.
function place_data(c, lane)
  return c.rank, c.stage, lane.requirement, lane.class
end

-- Brings a queued contact to the stage that is due; nothing happens where it is there already.
function restage(c)
  local stages = plan_of(c.plan)[c.queue]
  if stage_of(c, stages) == c.stage + 1 then
    local following = stages[c.stage + 2]
    c.due = following and following[3] and c.queued_at + following[1] or nil
    return
  end
  leave_lane(c)
  local lane = place(c)
  emit_contact(EVENT.contact_stepped, c, nil, place_data(c, lane))
end

-- His named lanes: those who would rather have had him and no longer can go on to their next stage.
function release_preferring(a)
  entries.write()
  for _, id in ipairs(redis.call('ZRANGE', key.named(a.id), 0, -1)) do
    for _, contact in ipairs(redis.call('ZRANGE', key.lane(id), 0, LIMIT.chunk - 1)) do
      restage(contact_of(contact))
    end
  end
end
