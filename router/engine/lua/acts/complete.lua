-- complete: the agent (or a supervisor for him) ends the talk, or says after its end how it went. Where he says up to which
-- message he has `seen`, the customer has written none since. An adapter says that he has hung up.
-- KEYS     absent
-- ARGV     contact version disposition body seen
-- RETURNS  contact
-- REFUSES  unknown_contact stale wrong_state unseen
local function act(contact, version, disposition, body, seen)
  local c, refusal = contact_for(contact, version)
  if refusal then
    return refusal
  elseif not_his(c) then
    return refuse('unknown_contact', contact)
  elseif c.state ~= 'assigned' and c.state ~= 'parked' and c.state ~= 'closed' then
    return refuse('wrong_state', c.state)
  elseif c.state == 'closed' and (c.disposition or not disposition) then
    return c, true
  elseif seen and c.state ~= 'closed' and has_written_since(c, seen) then
    return refuse('unseen', text(c.messages))
  end
  if body then
    redis.call('SET', key.body(c.id), body)
  end
  local ended = c.state ~= 'closed'
  if ended then
    local outcome = outcome_of(c)
    local _, handled = detach(c)
    finish(c, 'closed', outcome, (call.role == 'agent' or call.role == 'adapter') and 'agent' or 'supervisor')
    c.disposition = disposition
    emit_contact(EVENT.contact_closed, c, nil, outcome, c.ended_by, disposition, handled, c.waited)
  end
  dispose(c, disposition)
  if ended then
    farewell(c)
  end
  return c
end
