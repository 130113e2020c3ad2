-- message: one message as it stands.
-- KEYS     absent
-- ARGV     contact n
-- RETURNS  value
-- REFUSES  unknown_message
local function act(contact, n)
  local c = contact_of(contact)
  local m = c and message_of(c, n)
  if not m then
    return refuse('unknown_message', contact)
  end
  return function() return message_row(c, m) end
end
