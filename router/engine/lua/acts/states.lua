-- states: how many people of each of the operation's pools are in each state.
-- KEYS     absent
-- ARGV
-- RETURNS  value
-- REFUSES
local function act()
  local rows = {}
  for pool, rules in pairs(operation().pools) do
    local counts = {}
    for _, id in ipairs(rules.automatic and {} or redis.call('SMEMBERS', key.members(pool))) do
      local state = redis.call('HGET', key.agent(id), AGENT.fields.state)
      if state then
        counts[state] = (counts[state] or 0) + 1
      end
    end
    for state, agents in pairs(counts) do
      table.insert(rows, { pool, state, agents })
    end
  end
  return function() return cmsgpack.pack(rows) end
end
