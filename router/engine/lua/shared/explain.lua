-- Answering questions: where a contact stands and why, by the very predicates that match.

-- 1 + the contacts of the same queue and medium before it, or nil where it is not in a lane.
function position_of(c)
  if not c.lane then
    return nil
  end
  local before, rank = 0, text(c.rank)
  for _, id in ipairs(redis.call('SMEMBERS', key.queue_lanes(c.queue))) do
    if lane_of(id).medium == c.medium then
      before = before + redis.call('ZCOUNT', key.lane(id), '-inf', '(' .. rank)
      for _, other in ipairs(redis.call('ZRANGE', key.lane(id), rank, rank, 'BYSCORE')) do
        before = before + (other < c.id and 1 or 0)
      end
    end
  end
  return before + 1
end

-- What keeps one agent of an eligible pool from the contact now; nil is nothing but a better contact or agent.
local function reason_against(a, c, class)
  local why = obstacle(a, c.medium, burden(a))
  if why then
    return why
  elseif c.rests[a.id] then
    return 'resting'
  elseif reserved(pool_of(a), class) then
    return 'reserved'
  end
end

local function explain_agents(c, lane, most)
  local class, agents = class_of(lane.class), {}
  for _, pool in ipairs(eligible_pools(lane).order) do
    for _, id in ipairs(sorted_members(key.members(pool))) do
      if #agents < most and is_for(lane, id) then
        local a = agent_of(id)
        local why = reason_against(a, c, class)
        table.insert(agents, { id, pool, why or '', why == 'resting' and c.rests[id] or 0,
          why == 'reserved' and reserved(pool_of(a), class) or '' })
      end
    end
  end
  return agents
end

-- [state, queue, stage, requirement, held, position, pools, agents, next stages], where stages are [offset, requirement].
function explanation_of(c, most)
  if IS_ENDED[c.state] or c.state == 'assigned' or c.state == 'scheduled' or c.state == 'parked' then
    return { c.state, c.queue, c.stage or 0, {}, '', 0, {}, {}, {} }
  end
  local lane, stages, following = stage_lane(c), plan_of(c.plan)[c.queue], {}
  for index = c.stage + 2, #stages do
    table.insert(following, { stages[index][1], lane_of_definition(stages[index][2]).requirement })
  end
  return {
    c.state, c.queue, c.stage, lane.requirement, c.held or '', position_of(c) or 0, eligible_pools(lane).order,
    c.state == 'queued' and explain_agents(c, lane, most) or {}, following,
  }
end
