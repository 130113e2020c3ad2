-- channel_open: a connection holds the account's lease, or still does. The same `holder` takes it back from an older
-- connection of his, but for one that has had it before (`again`).
-- KEYS     absent
-- ARGV     channel account connection process holder again
-- RETURNS  nothing
-- REFUSES  unknown_channel taken
local function act(channel, account, connection, process, holder, again)
  if not operation().channels[channel] then
    return refuse('unknown_channel', channel)
  end
  local record = channel_of(channel, account) or new_channel(channel, account)
  local was_held, returns = record.holder ~= nil, holder ~= nil and record.owner == holder and not again
  if was_held and record.holder ~= connection and not returns then
    return refuse('taken', account)
  end
  local subject = '@' .. channel .. ':' .. account .. '|'
  if was_held then
    redis.call('SREM', key.process(record.process), subject .. record.holder)
  end
  redis.call('SADD', key.process(process), subject .. connection)
  redis.call('ZADD', key.deadlines(), 'NX', call.now + LIMIT.process_ms, 'p:' .. process)
  record.process, record.owner = process, holder
  if record.holder == connection then
    save_channel(record, channel, account)
    return nil, true
  end
  record.holder = connection
  emit_channel(EVENT.channel_up, channel, account, connection)
  if record.phase == 'silent' and not record.cursor and phone.is_all_reached(channel, account) then
    record.phase, record.due = 'up', nil
  elseif not was_held then
    -- Also where an earlier release was not finished, or somebody signed in at a phone before anybody held the account.
    sweep_channel(record, 'releasing')
  end
  save_channel(record, channel, account)
end
