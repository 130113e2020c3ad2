-- channel_status: what an adapter says of its account.
-- KEYS     absent
-- ARGV     channel account status detail capabilities
-- RETURNS  nothing
-- REFUSES  unknown_channel
local function act(channel, account, status, detail, capabilities)
  if not operation().channels[channel] then
    return refuse('unknown_channel', channel)
  end
  local record = channel_of(channel, account) or new_channel(channel, account)
  local packed = cmsgpack.pack(capabilities)
  if record.status == status and record.detail == detail and record.capabilities == packed then
    return nil, true
  end
  record.status, record.detail, record.capabilities = status, detail, packed
  emit_channel(EVENT.channel_status, channel, account, status, detail, capabilities)
  save_channel(record, channel, account)
end
