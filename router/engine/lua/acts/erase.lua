-- erase: a contact forgets who its customer is and what was said and asked of its channel, none of which is to be done any
-- more either. What is counted and who served stay.
-- KEYS     absent
-- ARGV     contact version body
-- RETURNS  contact
-- REFUSES  unknown_contact stale
local NO_ARGUMENTS = '\128'

local function act(contact, version, body)
  local c, refusal = contact_for(contact, version)
  if refusal then
    return refusal
  end
  redis.call('SET', key.body(c.id), body)
  belong_to(c, nil)
  for _, kept in ipairs(redis.call('SMEMBERS', key.answered(c.id))) do
    redis.call('DEL', key.idempotency(kept))
  end
  redis.call('DEL', key.answered(c.id))
  for n = 1, c.messages or 0 do
    local m = message_of(c, n)
    if m then
      m.deleted_at = m.deleted_at or call.wall
      m.author = m.role ~= 'customer' and m.author or nil
      if IS_UNSENT[m.state] then
        m.state, m.code = 'failed', 'erased'
        leave_outbox(c, n)
      end
      save_message(c, m, content_of(nil))
    end
  end
  end_commands(c, 'erased')
  for n = 1, redis.call('HLEN', key.commands(c.id)) do
    local command = command_of(c, n)
    command.args, command.detail = NO_ARGUMENTS, nil
    save_command(command)
  end
  emit_contact(EVENT.contact_erased, c, nil)
  return c
end
