-- swept: every waiting contact of the queue is planned by this revision.
-- KEYS     absent
-- ARGV     queue revision
-- RETURNS  nothing
-- REFUSES
local function act(queue, revision)
  if revision == call.revision then
    redis.call('SREM', key.sweep(), queue)
    expect_empty(queue)
  end
end
