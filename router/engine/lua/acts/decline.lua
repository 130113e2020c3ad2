-- decline: the agent does not take the contact he was offered; he is not offered it again for a while.
-- KEYS     absent
-- ARGV     offer reason
-- RETURNS  contact
-- REFUSES  unknown_offer offer_gone taken
local function act(offer, reason)
  local id, number = parse_offer(offer)
  local c = id and contact_of(id)
  if not c then
    return refuse('unknown_offer', offer)
  elseif not is_pending_for(c, number, call.actor) then
    local refusal = offer_refusal(c, number, offer, 'd')
    if refusal then
      return refusal
    end
    return c, true
  end
  emit_contact(EVENT.offer_declined, c, nil, reason)
  rest(end_offer(c, 'd'), c)
  go_back(c)
  return c
end
