-- acknowledge: the agent's desk has the offer; from here its limit runs.
-- KEYS     absent
-- ARGV     offer
-- RETURNS  contact
-- REFUSES  unknown_offer offer_gone taken
local function act(offer)
  local id, number = parse_offer(offer)
  local c = id and contact_of(id)
  if not c then
    return refuse('unknown_offer', offer)
  elseif not is_pending_for(c, number, call.actor) then
    local refusal = offer_refusal(c, number, offer, 'a')
    if refusal then
      return refusal
    end
    return c, true
  elseif c.delivered_at then
    return c, true
  end
  deliver(c)
  return c
end
