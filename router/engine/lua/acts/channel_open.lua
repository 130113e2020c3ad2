-- channel_open: a connection holds the account's lease, or still does.
-- KEYS     absent
-- ARGV     channel account connection process
-- RETURNS  nothing
-- REFUSES  unknown_channel taken
local function act(channel, account, connection, process)
  if not operation().channels[channel] then
    return refuse('unknown_channel', channel)
  end
  local record = channel_of(channel, account) or new_channel(channel, account)
  if record.holder and record.holder ~= connection then
    return refuse('taken', account)
  end
  local member = '@' .. channel .. ':' .. account .. '|' .. connection
  if record.process and record.process ~= process then
    redis.call('SREM', key.process(record.process), member)
  end
  redis.call('SADD', key.process(process), member)
  redis.call('ZADD', key.deadlines(), 'NX', text(call.now + LIMIT.process_ms), 'p:' .. process)
  record.process = process
  if record.holder then
    save_channel(record, channel, account)
    return nil, true
  end
  record.holder = connection
  emit_channel(EVENT.channel_up, channel, account, connection)
  if record.phase == 'silent' and not record.cursor then
    record.phase, record.due = 'up', nil
  else
    -- Also where an earlier release was not finished.
    sweep_channel(record, 'releasing')
  end
  save_channel(record, channel, account)
end
