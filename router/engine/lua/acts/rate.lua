-- rate: the customer's score for a contact that is over; the first counts.
-- KEYS     absent
-- ARGV     contact score body
-- RETURNS  contact
-- REFUSES  unknown_contact wrong_state too_late
local function act(contact, score, body)
  local c, refusal = contact_for(contact)
  if refusal then
    return refusal
  elseif c.rating then
    return c, true
  elseif c.state ~= 'closed' then
    return refuse('wrong_state', c.state)
  end
  if c.rating_until and call.now > c.rating_until then
    return refuse('too_late', 'rating')
  end
  if body then
    redis.call('SET', key.body(c.id), body)
  end
  c.rating = score
  emit_contact(EVENT.contact_rated, c, nil, score)
  return c
end
