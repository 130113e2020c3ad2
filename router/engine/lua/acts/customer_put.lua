-- customer_put: what the directory says of a customer, as Python packed it; nothing removes the record, and with it who
-- served him and when he was asked how it was.
-- KEYS     absent
-- ARGV     customer record
-- RETURNS  nothing
-- REFUSES
local function act(customer, record)
  if record then
    redis.call('SET', key.customer(customer), record)
  else
    redis.call('DEL', key.customer(customer), key.last_agent(customer), key.asked(customer))
  end
end
