-- Commands: what is asked of the channel during a talk. `co:{contact}` holds each under its number: COMMAND_ROW, then its
-- arguments, which only Python looks into. Those that are open are also among the contact's own fields, `open_commands`
-- (number → the event that tells of it), and in the index of their account.

function command_of(c, n)
  local packed = redis.call('HGET', key.commands(c.id), n)
  if not packed then
    return nil
  end
  local m, values = unpack_record(COMMAND_ROW, packed)
  m.args = values[#COMMAND_ROW + 1]
  return m
end

local function packed(m, args)
  return msgpack.pack(msgpack.fields(m, COMMAND_ROW, {}), args)
end

function save_command(m)
  redis.call('HSET', key.commands(m.contact), m.n, packed(m, cmsgpack.pack(m.args)))
end

-- A command as acts answer it.
function command_row(m)
  return packed(m, m.args)
end

function end_command(c, m, state, code, detail)
  m.state, m.code, m.detail = state, code, detail
  save_command(m)
  c.open_commands[text(m.n)] = nil
  redis.call('ZREM', key.open_commands(c.channel, c.account), c.id .. '|' .. text(m.n))
  emit_message(EVENT.command_ended, c, m.n, state, code)
end

-- What was asked and is not done yet is not done any more, but for what is `fulfilled` just now.
function end_commands(c, code, fulfilled)
  local numbers = {}
  for n in pairs(c.open_commands) do
    table.insert(numbers, tonumber(n))
  end
  table.sort(numbers)
  for _, n in ipairs(numbers) do
    local m = command_of(c, n)
    if m['do'] == fulfilled then
      end_command(c, m, 'done')
    else
      end_command(c, m, 'failed', code)
    end
  end
end
