-- channels: every account of which an adapter has said something: who it is, whether it is held, what its adapter says of
-- it, since when it stands so, how many of its messages are not sent yet, and when its adapter last brought something.
-- KEYS     absent
-- ARGV
-- RETURNS  value
-- REFUSES
local function act()
  local rows = {}
  for _, name in ipairs(sorted_members(key.accounts())) do
    local channel, account = string.match(name, '^([^:]+):(.*)$')
    local record = channel_of(channel, account)
    table.insert(rows, '\154' .. cmsgpack.pack(
      channel, account, record.holder ~= nil, record.status, redis.call('ZCARD', key.outbox(channel, account)),
      record.heard_at, record.retries, record.detail, record.since, record.capabilities or {}))
  end
  return function() return packed_list(rows) end
end
