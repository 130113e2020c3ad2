-- command_state: what has become of a command. One that is not open any more stays as it is.
-- KEYS     absent
-- ARGV     contact n state code detail
-- RETURNS  value
-- REFUSES  unknown_command
local function act(contact, n, state, code, detail)
  local c = contact_of(contact)
  local m = c and command_of(c, n)
  if not m then
    return refuse('unknown_command', contact)
  end
  local was_open = m.state == 'open'
  if was_open then
    end_command(c, m, state, code, detail)
  end
  return function() return command_row(m) end, not was_open
end
