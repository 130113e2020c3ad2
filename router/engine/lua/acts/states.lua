-- states: how many people of each of the operation's pools are in each state, and what they carry together; and how
-- many are signed in.
-- KEYS     absent
-- ARGV
-- RETURNS  value
-- REFUSES
local CARRYING = { reserved = true, busy = true, draining = true, wrap_up = true, offline = true }

local function act()
  local rows, signed = {}, 0
  for pool, rules in pairs(operation().pools) do
    local counts, loads = {}, {}
    for _, id in ipairs(rules.automatic and {} or redis.call('SMEMBERS', key.members(pool))) do
      local state = kept_field(AGENT, 'state', key.agent(id))
      if state then
        counts[state] = (counts[state] or 0) + 1
        -- Who is idle, or on a break, carries nothing: his work need not be read.
        local load = CARRYING[state] and burden(agent_of(id)).load or 0
        loads[state] = (loads[state] or 0) + load
      end
    end
    for state, agents in pairs(counts) do
      table.insert(rows, { pool, state, agents, loads[state] })
    end
    signed = signed + (rules.automatic and 0 or redis.call('SCARD', key.signed_pool(pool)))
  end
  return function() return '\146' .. cmsgpack.pack(rows, signed) end
end
