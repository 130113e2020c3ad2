-- Parking: a conversation that waits for its customer occupies nobody, and comes back to its old place.

-- The contact waits for its customer from here, and comes back to `queue`: its own may be gone by now.
function park(c, queue)
  local handled = leave_agent(c, true)
  if not handled then
    end_wait(c)
  end
  move(c, 'parked')
  c.parked_at, c.asked_at, c.due = call.now, nil, call.now + operation().media[c.medium].parked
  redis.call('ZADD', key.parked(), c.parked_at, c.id)
  emit_contact(EVENT.contact_parked, c, nil, handled)
  c.queue = queue
end

-- It waits for an agent again, by its arrival: first for the one who parked it, as its plan says.
function unpark(c, reason)
  redis.call('ZREM', key.parked(), c.id)
  move(c, 'queued')
  c.parked_at, c.agent, c.assigned_at, c.answered_at, c.hops = nil, nil, nil, nil, 0
  start_wait(c, c.queue, call.now)
  local lane = place(c)
  emit_contact(EVENT.contact_resumed, c, nil, reason, place_data(c, lane))
  meet_past_marks(c)
end
