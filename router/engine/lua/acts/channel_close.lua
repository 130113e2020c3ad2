-- channel_close: the connection no longer holds the account's lease.
-- KEYS     absent
-- ARGV     channel account connection process
-- RETURNS  nothing
-- REFUSES
local function act(channel, account, connection, process)
  local record = channel_of(channel, account)
  if not record or record.holder ~= connection or (process and record.process ~= process) then
    return nil, true
  end
  redis.call('SREM', key.process(record.process), '@' .. channel .. ':' .. account .. '|' .. connection)
  silence_channel(record, channel, account)
end
