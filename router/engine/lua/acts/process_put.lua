-- process_put: what a router process says of itself, kept for a while; nothing takes it away. And when it has heard of
-- each account's adapter last: `heard` is a list of { channel, account, when }.
-- KEYS     absent
-- ARGV     process record heard
-- RETURNS  nothing
-- REFUSES
local function act(process, record, heard)
  for _, row in ipairs(heard) do
    local account = channel_of(row[1], row[2])
    if account and row[3] > (account.heard_at or 0) then
      account.heard_at = row[3]
      save_channel(account, row[1], row[2])
    end
  end
  -- By the server's clock: a workspace's own may be given, and run faster.
  local wall = server_wall()
  redis.call('ZREMRANGEBYSCORE', key.processes(), '-inf', wall)
  if record then
    redis.call('SET', key.own(process), record, 'PX', LIMIT.own_ms)
    redis.call('ZADD', key.processes(), wall + LIMIT.own_ms, process)
    redis.call('PEXPIRE', key.processes(), LIMIT.own_ms)
  else
    redis.call('DEL', key.own(process))
    redis.call('ZREM', key.processes(), process)
  end
end
