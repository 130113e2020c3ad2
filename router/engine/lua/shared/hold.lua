-- Holding: a partly loaded agent whose best contact, capacity aside, does not fit yet and waits at LIMIT.hold_ratio
-- times its target takes nothing smaller. He leaves the ready sets until something about that changes.
--
-- `holding` keeps agent → pool|class|rank of the contact he holds for.

function release_hold(a)
  if a.holding then
    redis.call('HDEL', key.holding(), a.id)
    a.holding, a.recheck = nil, nil
  end
end

-- When a smaller contact's score passes that of the held one, so that he would rather take it; nil is never.
local function overtakes_at(small, held)
  local mine, theirs = small.class, held.class
  if mine.tier ~= theirs.tier or mine.scale >= theirs.scale then
    return nil
  end
  local start, other = small.rank + mine.shift, held.rank + theirs.shift
  return math.floor((start * theirs.scale - other * mine.scale) / (theirs.scale - mine.scale)) + 1
end

function hold(a, held, found)
  a.recheck = nil
  for _, candidate in ipairs(found) do
    ascertain(a, candidate)
    local at = candidate.fits and not candidate.nobody and overtakes_at(candidate, held)
    if at and (not a.recheck or at < a.recheck) then
      a.recheck = at
    end
  end
  a.holding = a.pool .. '|' .. held.class.name .. '|' .. text(held.rank)
  redis.call('HSET', key.holding(), a.id, a.holding)
  refresh(a)
end

-- The contact that `a` should be offered now, or nil; he may begin to hold.
function choose_contact(a)
  local found, best, fitting = contacts_for(a), nil, nil
  repeat
    best, fitting = nil, nil
    for _, candidate in ipairs(found) do
      if not candidate.nobody then
        best = better(candidate, best) and candidate or best
        fitting = candidate.fits and better(candidate, fitting) and candidate or fitting
      end
    end
    local unsure = fitting and (fitting.id == '' and fitting or best.id == '' and best)
    if unsure then
      ascertain(a, unsure)
    end
  until not unsure
  if fitting and not best.fits
    and call.now - best.rank >= LIMIT.hold_ratio * queue_of(best.lane.queue).target
  then
    hold(a, best, found)
    return nil
  end
  return fitting
end

local function each_hold()
  local flat, list = redis.call('HGETALL', key.holding()), {}
  for index = 1, #flat, 2 do
    local pool, class, rank = string.match(flat[index + 1], '^([^|]*)|([^|]*)|(.*)$')
    table.insert(list, { agent = flat[index], pool = pool, class = class_of(class), rank = tonumber(rank) })
  end
  table.sort(list, function(one, other) return one.agent < other.agent end)
  return list
end

-- Frees those whose held contact has left its lane, or all where a reserve or an apply may have changed their choice. That
-- only once an act: to hold may itself change the reserve that speaks against it.
function free_holding()
  if not (call.recheck_holding or next(call.left)) then
    return
  end
  for _, held in ipairs(each_hold()) do
    local again = call.recheck_holding and not call.rechecked[held.agent]
    if again or call.left[held.class.name .. '|' .. text(held.rank)] then
      call.rechecked[held.agent] = call.rechecked[held.agent] or again
      local a = agent_of(held.agent)
      changed(a)
      touch_agent(a)
    end
  end
  call.recheck_holding, call.left = nil, {}
end

-- A contact that no ready agent can take may be what a holding agent would rather have, now or from some moment on.
function tempt_holding(c, lane)
  local class, serves = class_of(lane.class), eligible_pools(lane).serves
  local mine = { class = class, rank = c.rank, id = c.id, score = score_of(class, c.rank) }
  for _, held in ipairs(each_hold()) do
    if serves[held.pool] and is_for(lane, held.agent) then
      -- Which of equals he holds for is not kept: he looks again.
      held.score, held.id = score_of(held.class, held.rank), '\255'
      local at = overtakes_at(mine, held)
      if better(mine, held) then
        local a = agent_of(held.agent)
        changed(a)
        touch_agent(a)
      elseif at then
        local a = agent_of(held.agent)
        a.recheck = math.min(a.recheck or at, at)
      end
    end
  end
end
