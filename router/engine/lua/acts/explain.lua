-- explain: why a contact is where it is: what its present lane asks for, which pools could serve it, and what keeps each
-- agent there from it now.
-- KEYS     absent
-- ARGV     contact most
-- RETURNS  value
-- REFUSES  unknown_contact
local function act(contact, most)
  local c, refusal = contact_for(contact)
  if refusal then
    return refusal
  end
  return function() return cmsgpack.pack(explanation_of(c, most)) end
end
