-- customer: what the directory says of a customer, and who served him last.
-- KEYS     absent
-- ARGV     customer
-- RETURNS  value
-- REFUSES
local function act(customer)
  local record = redis.call('GET', key.customer(customer))
  local agent, at = string.match(redis.call('GET', key.last_agent(customer)) or '', '^([^|]*)|(.*)$')
  local served = at and tonumber(at) > call.now - LIMIT.last_agent_ms and agent or nil
  return function() return '\146' .. (record or '\192') .. cmsgpack.pack(served) end
end
