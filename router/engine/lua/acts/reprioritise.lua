-- reprioritise: a waiting contact gets another priority, and its place by it.
-- KEYS     absent
-- ARGV     contact version priority
-- RETURNS  contact
-- REFUSES  unknown_contact stale wrong_state
local function act(contact, version, priority)
  local c, refusal = contact_for(contact, version)
  if refusal then
    return refusal
  elseif c.priority == priority then
    return c, true
  elseif c.state == 'scheduled' then
    c.priority = priority
    emit_contact(EVENT.contact_reprioritised, c, nil, priority, nil, nil, nil, nil)
    return c
  elseif c.state ~= 'queued' and c.state ~= 'offered' then
    return refuse('wrong_state', c.state)
  end
  leave_lane(c)
  c.priority = priority
  local lane
  if c.state == 'queued' then
    lane = place(c)
  else
    c.rank, lane = rank_of(c, c.queue), stage_lane(c)
  end
  emit_contact(EVENT.contact_reprioritised, c, nil, priority, place_data(c, lane))
  return c
end
