-- work: an agent and the contacts he is offered or has: what a desk must know to begin.
-- KEYS     absent
-- ARGV     agent
-- RETURNS  value
-- REFUSES  unknown_agent
local function act(agent)
  local a = agent_of(agent)
  if not a then
    return refuse('unknown_agent', agent)
  end
  local rows = {}
  for _, id in ipairs(sorted_keys(a.work)) do
    local phase = a.work[id].phase
    if phase == PHASE.offered or phase == PHASE.assigned then
      table.insert(rows, contact_row(contact_of(id)))
    end
  end
  return function()
    return '\146' .. agent_row(a) .. packed_list(rows)
  end
end
