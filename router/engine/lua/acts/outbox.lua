-- outbox: an account's messages that are still to be sent, in the order in which they were written, some at a time, and
-- where to go on.
-- KEYS     absent
-- ARGV     channel account after most
-- RETURNS  value
-- REFUSES
local function act(channel, account, after, most)
  return page_of(key.outbox(channel, account), after, most, function(c, n)
    return message_row(c, message_of(c, n))
  end)
end
