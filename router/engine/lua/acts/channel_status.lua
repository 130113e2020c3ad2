-- channel_status: what an adapter says of its account. How often it had to repeat something is no event.
-- KEYS     absent
-- ARGV     channel account status detail capabilities retries
-- RETURNS  nothing
-- REFUSES  unknown_channel
local function act(channel, account, status, detail, capabilities, retries)
  if not operation().channels[channel] then
    return refuse('unknown_channel', channel)
  end
  local record = channel_of(channel, account) or new_channel(channel, account)
  local as_before = cmsgpack.pack(record.capabilities or {}) == cmsgpack.pack(capabilities)
  local told = record.status == status and record.detail == detail and as_before
  if told and record.retries == retries then
    return nil, true
  end
  record.status, record.detail, record.capabilities, record.retries = status, detail, capabilities, retries
  if not told then
    emit_channel(EVENT.channel_status, channel, account, status, detail, capabilities)
  end
  save_channel(record, channel, account)
end
