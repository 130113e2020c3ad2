-- messages: a contact's messages after one, in their order, some at a time.
-- KEYS     absent
-- ARGV     contact after most
-- RETURNS  value
-- REFUSES  unknown_contact
local function act(contact, after, most)
  local c, refusal = contact_for(contact)
  if refusal then
    return refusal
  end
  local rows = {}
  for n = after + 1, math.min(c.messages or 0, after + most) do
    local m = message_of(c, n)
    if m then
      table.insert(rows, message_row(c, m))
    end
  end
  return function() return packed_list(rows) end
end
