-- Bringing an agent's indexes and state up to date after anything about him changed.

-- A presence chosen for after the contact comes into force with his last work.
local function take_next_presence(a, total)
  if a.next and total.o + total.a + total.u + total.b == 0 then
    if a.next == 'available' then
      a.idle_since = call.now
    end
    a.presence, a.reason, a.next, a.next_reason = a.next, a.next_reason, nil, nil
    emit_agent(EVENT.agent_presence, a, a.presence, a.reason, nil, nil)
  end
end

-- The indexes, the state and, where he can be offered more than before, a look at what waits for him.
function refresh(a)
  local op, total = operation(), burden(a)
  take_next_presence(a, total)
  local newly = false
  for _, medium in ipairs(op.media_order) do
    if obstacle(a, medium, total) then
      leave_ready(a, medium)
    elseif enter_ready(a, medium, ready_score(a, op.media[medium].mode, total)) then
      newly = true
    end
  end
  recount(a)
  -- There wholly, by his phone alone, or not: with less, nobody waits for him who did.
  local present = absence(a) and 0 or has_desk(a) and 2 or 1
  if (a.present or 0) > present then
    release_preferring(a)
  end
  a.present = present > 0 and present or nil
  a.state, call.restated[a.id] = state_of(a, total), true
  if newly then
    touch_agent(a)
  end
end

function refresh_changed()
  while #call.changed_agents > 0 do
    local a = table.remove(call.changed_agents, 1)
    call.changed_agents[a.id] = nil
    release_hold(a)
    refresh(a)
  end
end

-- The state that was told last.
function told_state(a)
  return a.told or 'offline'
end

-- How long he has been in that state. A program's time is not counted.
function time_in_state(a)
  return not a.automatic and call.now - a.since or nil
end

-- Whoever has come to another state says so, once: what he was meanwhile took no time. Of one who is removed nothing more
-- is said.
function tell_states()
  for _, id in ipairs(sorted_keys(call.restated)) do
    local a = call.agents[id]
    local was = told_state(a)
    if a.state ~= was then
      if not a.removed then
        emit_agent(EVENT.agent_state, a, a.state, was, time_in_state(a))
      end
      a.told, a.since = a.state, call.now
    end
  end
  call.restated = {}
end
