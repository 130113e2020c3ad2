-- Offers: a reserved proposal of one contact to one agent. Its id is the contact's id, a dot and a number.

-- The contact and number of an offer id.
local function parse_offer(offer)
  local contact, number = string.match(offer, '^([^.]+)%.(%d+)$')
  return contact, tonumber(number)
end

-- Reserves `a` for `c` and proposes it. The limit runs from the acknowledgement, which has LIMIT.acknowledge_ms.
function make_offer(c, a, candidates)
  local class, prefers = class_of(entries.lane_of(c).class), plan_of(c.plan)[c.queue][c.stage + 1][4]
  local counts = reserve_counts(pool_of(a))
  leave_lane(c)
  move(c, 'offered')
  c.agent, c.offers = a.id, c.offers + 1
  c.offer, c.made_at, c.delivered_at, c.due = c.offers, call.now, nil, call.now + LIMIT.acknowledge_ms
  c.ratio, c.candidates, c.preferred = score_of(class, c.rank), candidates, prefers and 1 or nil
  a.work[c.id] = { phase = PHASE.offered, medium = c.medium, since = call.now, queue = c.queue }
  a.last_offer = call.seq + 1
  emit_contact(
    EVENT.offer_made, c, nil, c.medium, operation().order, c.ratio, operation().media[c.medium].mode, candidates,
    c.stage, prefers, counts
  )
  -- His phone rings, whether he has a desk or not: there is nothing to acknowledge.
  if a.at_phone and operation().media[c.medium].answered_by == 'connected' then
    c.rings = 1
    deliver(c)
  end
  refresh(a)
end

-- Remembers how the contact's current offer ended: the letter of its end, whose it was, and why it was withdrawn.
function remember_offer(c, code, reason)
  c.ended_offers[text(c.offer)] = code .. '|' .. c.agent .. '|' .. (reason or '')
  c.ended_offers[text(c.offer - LIMIT.ended_offers)] = nil
end

-- Takes the pending offer from its agent. `code` is the letter of the offer's end.
function end_offer(c, code, reason)
  local a = agent_of(c.agent)
  a.work[c.id] = nil
  changed(a)
  remember_offer(c, code, reason)
  c.agent, c.offer, c.made_at, c.delivered_at, c.due = nil, nil, nil, nil, nil
  c.ratio, c.candidates, c.preferred, c.rings = nil, nil, nil, nil
  return a
end

-- Tells its agent why the pending offer is withdrawn, and takes it from him.
function withdraw_offer(c, reason)
  emit_contact(EVENT.offer_withdrawn, c, nil, reason)
  return end_offer(c, 'w', reason)
end

-- Why a move on an offer that is not pending for the caller is refused; nil where he has done just that (`code`) before.
local function offer_refusal(c, number, offer, code)
  local ended, agent, reason
  if c.offer == number then
    if c.state == 'offered' then
      return refuse('taken', offer)
    end
    ended, agent = 'a', c.agent
  else
    ended, agent, reason = string.match(c.ended_offers[text(number)] or '', '^(.)|([^|]*)|(.*)$')
  end
  if agent == call.actor then
    return ended ~= code and refuse('offer_gone', reason ~= '' and reason or OFFER_END[ended]) or nil
  end
  return refuse(ended == 'a' and 'taken' or 'unknown_offer', offer)
end

-- The contact of an offer that is pending for the caller; or nil and what to answer: a refusal, or the contact as it
-- stands where he has done just that (`code`) before.
function pending_offer(offer, code)
  local id, number = parse_offer(offer)
  local c = id and contact_of(id)
  if not c then
    return nil, refuse('unknown_offer', offer)
  elseif c.state == 'offered' and c.offer == number and c.agent == call.actor then
    return c
  end
  return nil, offer_refusal(c, number, offer, code) or c
end

-- The desk has it, or his phone rings: the limit runs.
function deliver(c)
  c.delivered_at = call.now
  c.due = call.now + operation().media[c.medium].offer
  emit_contact(EVENT.offer_acknowledged, c, nil, call.now - c.made_at)
end
