-- contact: one contact as it stands, and its place in the queue where it has one.
-- KEYS     absent
-- ARGV     contact
-- RETURNS  value
-- REFUSES  unknown_contact
local function act(contact)
  local c, refusal = contact_for(contact)
  if refusal then
    return refusal
  end
  return function() return '\146' .. contact_row(c) .. cmsgpack.pack(position_of(c)) end
end
