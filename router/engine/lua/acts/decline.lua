-- decline: the agent does not take the contact he was offered; he is not offered it again for a while.
-- KEYS     absent
-- ARGV     offer reason
-- RETURNS  contact
-- REFUSES  unknown_offer offer_gone taken
local function act(offer, reason)
  local c, answer = pending_offer(offer, 'd')
  if not c then
    return answer, true
  end
  emit_contact(EVENT.offer_declined, c, nil, reason)
  rest(end_offer(c, 'd'), c)
  go_back(c)
  return c
end
