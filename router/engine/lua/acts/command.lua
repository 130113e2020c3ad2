-- command: one command as it stands.
-- KEYS     absent
-- ARGV     contact n
-- RETURNS  value
-- REFUSES  unknown_command
local function act(contact, n)
  local c = contact_of(contact)
  local m = c and command_of(c, n)
  if not m then
    return refuse('unknown_command', contact)
  end
  return function() return command_row(m) end
end
