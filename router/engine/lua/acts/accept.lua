-- accept: the agent takes the contact he was offered.
-- KEYS     absent
-- ARGV     offer version
-- RETURNS  contact
-- REFUSES  unknown_offer offer_gone taken stale not_capable
local function act(offer, version)
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
  elseif version and version ~= c.version then
    return refuse('stale', text(c.version))
  end
  local a = agent_of(c.agent)
  if not eligible_pools(stage_lane(c)).serves[a.pool] then
    return refuse('not_capable')
  end
  if not c.delivered_at then
    deliver(c)
  end
  assign(c, a)
  return c
end
