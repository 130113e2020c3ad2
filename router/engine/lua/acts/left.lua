-- left: the customer is gone; the state decides what that means. Where he was `lost` the channel was, with him in it.
-- KEYS     absent
-- ARGV     contact version at lost
-- RETURNS  contact
-- REFUSES  unknown_contact stale
local function act(contact, version, at, lost)
  local c, refusal = contact_for(contact, version)
  if refusal then
    return refusal
  elseif IS_ENDED[c.state] then
    return c, true
  elseif lost then
    lose_contact(c)
    return c
  end
  local moment = at and call.now - math.max(0, call.wall - at)
  local was_scheduled, was_parked = c.state == 'scheduled', c.state == 'parked'
  local waited, handled = detach(c, 'customer_left', moment)
  if was_scheduled then
    finish(c, 'cancelled', 'cancelled', 'customer')
    emit_contact(EVENT.contact_cancelled, c, nil, waited)
  elseif c.answered_at or was_parked then
    finish(c, 'closed', outcome_of(c), 'customer')
    emit_contact(EVENT.contact_closed, c, nil, c.outcome, 'customer', nil, handled, c.waited)
  else
    local queue = queue_of(c.queue)
    finish(c, 'abandoned', 'abandoned', 'customer')
    emit_contact(EVENT.contact_abandoned, c, nil, waited, waited <= queue.target, waited < queue.short)
  end
  return c
end
