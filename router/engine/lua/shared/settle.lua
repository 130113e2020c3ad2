-- The fixpoint: every act ends by matching all that it touched, so that no eligible pair is ever left without an offer.

-- Looks at every ready agent who carries a skill whose reserve has let go.
local function free_reserved()
  for _, skill in ipairs(sorted_keys(call.unreserved)) do
    call.unreserved[skill] = nil
    local op = operation()
    for _, medium in ipairs(op.media_order) do
      for _, pool in ipairs(sorted_members(key.ready_pools(medium))) do
        if op.pools[pool] and op.pools[pool].skills[skill] then
          for _, id in ipairs(redis.call('ZRANGE', key.ready(pool, medium), 0, -1)) do
            touch_agent(agent_of(id))
          end
        end
      end
    end
  end
end

-- Offers `a` his best contact. Returns whether it did.
local function serve_agent(a)
  if not next(a.ready_media) then
    return false
  end
  local best = choose_contact(a)
  if best then
    make_offer(contact_of(best.id), a, 1)
  end
  return best ~= nil
end

-- Offers `c` to its best agent. Returns whether it did. One who turns out to hold is passed over for the next.
local function serve_contact(c)
  while c.state == 'queued' and c.lane do
    local id, candidates = best_agent(c)
    if not id then
      tempt_holding(c, entries.lane_of(c))
      return false
    end
    local a = agent_of(id)
    if next(a.work) then
      choose_contact(a)
    end
    if not a.holding then
      make_offer(c, a, candidates)
      return true
    end
  end
  return false
end

-- What this call has no room to match is matched by an immediate `due`.
local function put_off()
  for _, a in ipairs(call.touched_agents) do
    redis.call('ZADD', key.dirty(), 0, 'a:' .. a.id)
  end
  for _, c in ipairs(call.touched_contacts) do
    redis.call('ZADD', key.dirty(), 1, 'c:' .. c.id)
  end
  hasten_deadline('d:', call.now)
end

function settle()
  local room = LIMIT.offers_a_call
  call.rechecked = {}
  while true do
    refresh_changed()
    free_reserved()
    free_holding()
    if #call.changed_agents == 0 then
      if #call.touched_agents + #call.touched_contacts == 0 then
        break
      elseif room == 0 then
        put_off()
        break
      end
      local a = table.remove(call.touched_agents, 1)
      local made = a and serve_agent(a) or not a and serve_contact(table.remove(call.touched_contacts, 1))
      room = room - (made and 1 or 0)
    end
  end
  tell_states()
  if call.signed_out then
    for _, queue in ipairs(operation().queues_with_empty) do
      expect_empty(queue)
    end
  end
end
