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
  local state = state_of(a, total)
  if state ~= a.state then
    a.state, a.since = state, call.now
  end
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
