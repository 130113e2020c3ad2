-- instruct: whoever serves the contact asks its channel to do something in the talk, if the channel can.
-- KEYS     absent
-- ARGV     contact version word args
-- RETURNS  value
-- REFUSES  unknown_contact stale wrong_state unsupported too_many

-- Whether the adapter of the contact's account has said that it can do this.
local function can_do(c, word)
  local record = channel_of(c.channel, c.account)
  for _, capability in ipairs(record and record.capabilities or {}) do
    if capability == word then
      return true
    end
  end
  return false
end

local function add_command(c, word, args)
  local m = {
    contact = c.id, channel = c.channel, account = c.account, n = redis.call('HLEN', key.commands(c.id)) + 1,
    ['do'] = word, state = 'open', role = call.role, author = call.actor, at = call.wall, args = args,
  }
  save_command(m)
  c.open_commands[text(m.n)] = call.seq + 1
  redis.call('ZADD', key.open_commands(c.channel, c.account), call.seq + 1, c.id .. '|' .. text(m.n))
  emit_message(EVENT.command_made, c, m.n, word)
  return m
end

local function act(contact, version, word, args)
  local c, refusal = contact_for(contact, version)
  if refusal then
    return refusal
  elseif not_his(c) then
    return refuse('unknown_contact', contact)
  elseif c.state ~= 'assigned' or not c.answered_at then
    return refuse('wrong_state', c.state)
  elseif not can_do(c, word) then
    return refuse('unsupported', word)
  elseif size(c.open_commands) >= LIMIT.open_commands then
    return refuse('too_many', 'open commands')
  end
  local m = add_command(c, word, args)
  return function() return command_row(m) end
end
