-- commands: an account's open commands, in the order in which they were made, some at a time, and where to go on.
-- KEYS     absent
-- ARGV     channel account after most
-- RETURNS  value
-- REFUSES
local function act(channel, account, after, most)
  return page_of(key.open_commands(channel, account), after, most, function(c, n)
    return command_row(command_of(c, n))
  end)
end
