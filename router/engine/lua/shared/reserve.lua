-- Idle reserve: a queue keeps some carriers of a skill free of other queues' contacts.

-- Whether few enough carriers are ready, and the staffing is not too thin for it.
function in_effect(reserve)
  return size_of(key.ready_skill(reserve.skill, reserve.medium)) <= reserve.agents
    and size_of(key.signed_skill(reserve.skill)) >= reserve.agents + 2
end

-- The queue whose reserve keeps a pool's agents from the lanes of a class now, or nil.
function reserved(pool, class)
  for _, queue in ipairs(class.reserves) do
    local reserve = operation().reserves[queue]
    if reserve and pool.skills[reserve.skill] and in_effect(reserve) then
      return queue
    end
  end
end

-- The numbers that reserved looked at for a pool, for the event: [skill, ready, signed in] each, by queue.
function reserve_counts(pool)
  local counts, reserves = {}, operation().reserves
  for _, queue in ipairs(sorted_keys(reserves)) do
    local reserve = reserves[queue]
    if pool.skills[reserve.skill] then
      table.insert(counts, {
        reserve.skill, size_of(key.ready_skill(reserve.skill, reserve.medium)), size_of(key.signed_skill(reserve.skill)),
      })
    end
  end
  return counts
end
