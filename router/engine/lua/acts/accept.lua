-- accept: the agent takes the contact he was offered.
-- KEYS     absent
-- ARGV     offer version
-- RETURNS  contact
-- REFUSES  unknown_offer offer_gone taken stale not_capable
local function act(offer, version)
  local c, answer = pending_offer(offer, 'a')
  if not c then
    return answer, true
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
