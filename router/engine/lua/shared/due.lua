-- What each kind of deadline does when it fires. An object is read again first, so that a stale deadline does nothing.

local function fire_offered(c)
  local a = agent_of(c.agent)
  if c.rings and not phone.is_rung(c) then  -- nobody was there who would have rung his phone
    withdraw_offer(c, 'channel_silent')
    return go_back(c)
  elseif c.delivered_at then
    emit_contact(EVENT.offer_missed, c, nil)
    end_offer(c, 'm')
    miss(a)
  else
    emit_contact(EVENT.offer_undelivered, c, nil)
    end_offer(c, 'u')
    stop_responding(a, 'undelivered')
  end
  rest(a, c)
  go_back(c)
end

-- He accepted and the customer still waits, or what the customer has written since.
local function fire_assigned(c)
  local a = agent_of(c.agent)
  local handled = leave_agent(c)
  rest(a, c)
  local silent = operation().media[c.medium].answered_by == 'reply'
  if silent then
    miss(a)
  end
  if handled then
    return requeue(c, a, 'silent', handled)
  end
  c.attempts = (c.attempts or 0) + 1
  leave_for_queue(c, nil, function(...)
    if silent then
      emit_contact(EVENT.contact_silent, c, a.id, c.attempts, ...)
    else
      emit_contact(EVENT.contact_connect_failed, c, a.id, 'timeout', c.attempts, ...)
    end
  end)
end

local function fire_scheduled(c)
  if c.not_before > call.wall then
    c.due = call.now + c.not_before - call.wall
    return
  end
  redis.call('ZREM', key.scheduled(), c.id)
  c.arrived, c.not_before = call.now - (call.wall - c.not_before), nil
  enter(c, 'due', c.arrived)
  if c.state ~= 'scheduled' then
    c.asked_at = c.asked_at and c.arrived  -- nobody was to answer before
  end
end

-- The customer has not come back.
local function fire_parked(c)
  local outcome, disposition = outcome_of(c), operation().media[c.medium].parked_disposition
  detach(c)
  finish(c, 'closed', outcome, 'system')
  emit_contact(EVENT.contact_closed, c, nil, outcome, 'system', disposition, nil, c.waited)
  dispose(c, disposition)
  farewell(c)
end

local FIRE_CONTACT = {
  scheduled = fire_scheduled, queued = restage, offered = fire_offered, assigned = fire_assigned, parked = fire_parked,
  closed = visits.close,
}

local function fire_contact(id)
  local c = contact_of(id)
  if not c or not c.due then
    return
  end
  c.kept_due = false
  if c.due <= call.now or c.state == 'scheduled' then
    c.due = nil
    FIRE_CONTACT[c.state](c)
  end
end

-- His expired polls, wrap-ups, rests and grace.
local function fire_agent(id)
  local a = agent_of(id)
  if not a then
    return
  end
  a.kept_due = false
  for _, name in ipairs(sorted_keys(a.connections)) do
    local due = a.connections[name].due
    if due and due <= call.now then
      drop_connection(a, name, call.now)
    end
  end
  for _, contact in ipairs(sorted_keys(a.work)) do
    local due = a.work[contact].due
    if due and due <= call.now then
      end_pause(a, contact)
    end
  end
  for _, contact in ipairs(sorted_keys(a.rests)) do
    if a.rests[contact] <= call.now then
      end_rest(a, contact_of(contact))
    end
  end
  if a.recheck and a.recheck <= call.now then
    touch_agent(a)
  end
  if a.lost_at and a.lost_at <= call.now and not has_desk(a) then
    lose(a)
  end
  changed(a)
end

local MARK = {
  missed = miss_target,
  stage = function(c)
    if c.state == 'queued' then
      restage(c)
    end
  end,
  late = function(c)
    if c.state == 'queued' then
      flow(c, queue_of(c.queue).late.action, 'late')
    end
  end,
}

-- The marks of a queue: each contact whose wait has reached one.
local function fire_queue(name)
  local name_of_marks = key.marks(name)
  local cursors = {}
  for index, mark in ipairs(queue_of(name).marks) do
    local field = mark.kind .. text(mark.offset)
    cursors[index] = redis.call('HGET', name_of_marks, field) or '-inf'
    local ids, cursor = marked(name, cursors[index], call.now - mark.offset, LIMIT.chunk)
    for _, id in ipairs(ids) do
      MARK[mark.kind](contact_of(id))
    end
    cursors[index] = cursor
    redis.call('HSET', name_of_marks, field, cursor)
  end
  local due = next_mark(name, cursors)
  if due then
    hasten_deadline('q:' .. name, math.max(due, call.now))
  end
end

-- Nobody may be left who could ever serve the queue's contacts: each is looked at, by the start of its wait.
local function fire_empty(name)
  local action, marks = queue_of(name).empty, key.marks(name)
  local cursor = redis.call('HGET', marks, 'empty') or '-inf'
  redis.call('HDEL', marks, 'empty')
  if not action then
    return
  end
  local ids, upto = marked(name, cursor, '+inf', LIMIT.chunk)
  for _, id in ipairs(ids) do
    local c = contact_of(id)
    if c.state == 'queued' and is_empty(c, name) then
      flow(c, action, 'empty')
    end
  end
  if upto ~= '+inf' then
    redis.call('HSET', marks, 'empty', upto)
    hasten_deadline('e:' .. name, call.now)
  end
end

-- A router process has not renewed its lease: all that it held is gone. Where that takes more than one call, the deadline
-- of the rest is 0, by which `renew` knows that it comes too late.
local function fire_process(process)
  local name = key.process(process)
  local members = sorted_members(name)
  for index = 1, math.min(#members, LIMIT.chunk) do
    local subject, connection = string.match(members[index], '^(.*)|([^|]*)$')
    redis.call('SREM', name, members[index])
    local channel, account = string.match(subject, '^@([^:]+):(.*)$')
    if channel then
      local record = channel_of(channel, account)
      if record and record.holder == connection then
        silence_channel(record, channel, account)
      end
    else
      local a = agent_of(subject)
      if a and a.connections[connection] then
        drop_connection(a, connection, call.now)
        if not has_desk(a) then
          lose(a)
        end
      end
    end
  end
  if #members > LIMIT.chunk then
    hasten_deadline('p:' .. process, 0)
  end
end

-- What earlier calls had no room to match.
local function fire_dirty()
  local members = redis.call('ZRANGE', key.dirty(), 0, LIMIT.chunk - 1)
  for _, member in ipairs(members) do
    redis.call('ZREM', key.dirty(), member)
    local kind, id = string.match(member, '^(.):(.*)$')
    local found = kind == 'a' and agent_of(id) or kind == 'c' and contact_of(id)
    if found then
      table.insert(kind == 'a' and call.touched_agents or call.touched_contacts, found)
    end
  end
  if #members == LIMIT.chunk then
    hasten_deadline('d:', call.now)
  end
end

-- By the letter of the deadline's member.
FIRE = {
  a = fire_agent, c = fire_contact, d = fire_dirty, e = fire_empty, j = fire_janitor, o = fire_operation,
  p = fire_process, q = fire_queue, s = fire_stream,
  h = function(name) fire_channel(string.match(name, '^([^:]+):(.*)$')) end,
}
