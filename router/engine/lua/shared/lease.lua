-- Connections: a desk is there while one of them is, and its agent is lost some time after the last.

-- One connection fewer; with the last one the grace begins, which ends at `lost_at`.
function drop_connection(a, connection, lost_at)
  redis.call('SREM', key.process(a.connections[connection].process), a.id .. '|' .. connection)
  a.connections[connection] = nil
  changed(a)
  if not has_desk(a) then
    a.lost_at = lost_at
    emit_agent(EVENT.agent_disconnected, a, 0)
  end
end

-- The grace is over. Who is at his phone loses what only a desk can serve.
function lose(a)
  a.lost_at = nil
  emit_agent(EVENT.agent_lost, a)
  recount(a)  -- the queues that his contacts come to do not count on him
  lose_agent(a)
  changed(a)
end

-- A piece of work that is not a contact is over: wrap-up, or the rest of a busy phone.
function end_pause(a, id)
  local work = a.work[id]
  a.work[id] = nil
  if work.phase == PHASE.wrap_up then
    a.idle_since = call.now
    a.version = a.version + 1
    emit(EVENT.agent_wrap_up_ended, { agent = a.id, version = a.version, queue = work.queue },
      work.medium, call.now - work.since)
  end
  changed(a)
end

-- He is ready for what comes: his wrap-ups and the rest of his phone are over. Returns whether there was any.
function end_pauses(a)
  local ended = false
  for _, id in ipairs(sorted_keys(a.work)) do
    local phase = a.work[id].phase
    if phase == PHASE.wrap_up or phase == PHASE.resting then
      end_pause(a, id)
      ended = true
    end
  end
  return ended
end
