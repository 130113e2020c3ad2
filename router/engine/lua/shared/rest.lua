-- Rests: a pair of agent and contact that is not offered again for a while, counted on both sides.

-- Remembers that `a` may find a contact now.
function touch_agent(a)
  table.insert(call.touched_agents, a)
end

-- Whose rest ends first; ties by id.
local function first_to_end(rests)
  local first
  for id, till in pairs(rests) do
    if not first or till < rests[first] or (till == rests[first] and id < first) then
      first = id
    end
  end
  return first
end

function size(map)
  local n = 0
  for _ in pairs(map) do
    n = n + 1
  end
  return n
end

-- The pair rests no more.
function end_rest(a, c)
  c.rests[a.id] = nil
  a.rests[c.id] = nil
  changed(a)
  touch_agent(a)
end

-- He gets no offers until he is heard from.
function stop_responding(a, cause)
  if not a.unresponsive then
    a.unresponsive = cause
    emit_agent(EVENT.agent_not_responding, a, cause)
  end
  changed(a)
end

function start_responding(a)
  a.misses = nil
  if a.unresponsive then
    a.unresponsive = nil
    emit_agent(EVENT.agent_responding, a)
  end
  changed(a)
end

-- How long nobody is offered again what could not be connected for this reason.
local function rest_after(medium, reason)
  local rule = operation().media[medium]
  return rule.rests and rule.rests[reason] or rule.rest
end

-- The pair rests from now, for the time of the `reason` why it could not be connected, if that is why. A contact keeps its
-- LIMIT.contact_rests latest rests; an agent with LIMIT.agent_rests of them stops being offered anything.
function rest(a, c, reason)
  if a.removed then
    return
  end
  if not c.rests[a.id] and size(c.rests) >= LIMIT.contact_rests then
    end_rest(agent_of(first_to_end(c.rests)), c)
  end
  local till = call.now + rest_after(c.medium, reason)
  a.rests[c.id], c.rests[a.id] = till, till
  changed(a)
  if size(a.rests) >= LIMIT.agent_rests then
    stop_responding(a, 'rests')
  end
end

-- Ends every rest from a contact that has ended.
function forget_rests(c)
  for _, id in ipairs(sorted_keys(c.rests)) do
    local a = agent_of(id)
    a.rests[c.id] = nil
    changed(a)
  end
  c.rests = {}
end

-- His phone is busy with something that is not ours, or cannot be reached: for a while it is not rung for anything.
function rest_phone(a, medium, reason)
  a.work['busy.b'] = {
    phase = PHASE.resting, medium = medium, due = call.now + rest_after(medium, reason), since = call.now, queue = '',
  }
  emit_agent(EVENT.agent_rested, a, medium, reason)
  changed(a)
end
