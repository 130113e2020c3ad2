-- complete: the agent (or a supervisor for him) ends the talk, or says after its end how it went.
-- KEYS     absent
-- ARGV     contact version disposition body
-- RETURNS  contact
-- REFUSES  unknown_contact stale wrong_state
local function act(contact, version, disposition, body)
  local c, refusal = contact_for(contact, version)
  if refusal then
    return refusal
  elseif not_his(c) then
    return refuse('unknown_contact', contact)
  elseif c.state ~= 'assigned' and c.state ~= 'parked' and c.state ~= 'closed' then
    return refuse('wrong_state', c.state)
  elseif c.state == 'closed' and (c.disposition or not disposition) then
    return c, true
  end
  if body then
    redis.call('SET', key.body(c.id), body)
  end
  local ended = c.state ~= 'closed'
  if ended then
    local outcome = outcome_of(c)
    local _, handled = detach(c)
    finish(c, 'closed', outcome, call.role == 'agent' and 'agent' or 'supervisor')
    c.disposition = disposition
    emit_contact(EVENT.contact_closed, c, nil, outcome, c.ended_by, disposition, handled, c.waited)
  end
  dispose(c, disposition)
  if ended then
    farewell(c)
  end
  return c
end
