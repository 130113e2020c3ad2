-- of_customer: the contacts of a customer that are still kept, from the last on, some at a time, and where to go on.
-- KEYS     absent
-- ARGV     customer before most
-- RETURNS  value
-- REFUSES
local function act(customer, before, most)
  local found = redis.call(
    'ZRANGE', key.of_customer(customer), before and '(' .. text(before) or '+inf', '-inf', 'BYSCORE', 'REV', 'LIMIT', 0,
    most, 'WITHSCORES')
  local rows = {}
  for index = 1, #found, 2 do
    table.insert(rows, contact_row(contact_of(found[index])))
  end
  local following = #found == 2 * most and tonumber(found[#found]) or nil
  return function() return '\146' .. packed_list(rows) .. cmsgpack.pack(following) end
end
