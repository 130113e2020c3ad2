-- customer_put: what the directory says of a customer, as Python packed it; nothing removes the record.
-- KEYS     absent
-- ARGV     customer record
-- RETURNS  nothing
-- REFUSES
local function act(customer, record)
  if record then
    redis.call('SET', key.customer(customer), record)
  else
    redis.call('DEL', key.customer(customer))
  end
end
