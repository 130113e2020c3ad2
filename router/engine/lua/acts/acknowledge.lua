-- acknowledge: the agent's desk has the offer; from here its limit runs.
-- KEYS     absent
-- ARGV     offer
-- RETURNS  contact
-- REFUSES  unknown_offer offer_gone taken
local function act(offer)
  local c, answer = pending_offer(offer, 'a')
  if not c then
    return answer, true
  elseif c.delivered_at then
    return c, true
  end
  deliver(c)
  return c
end
