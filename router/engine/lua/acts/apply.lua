-- apply: the staged operation is the workspace's from here. Its agents and waiting contacts are brought to it by `due`,
-- a chunk a call, whoever runs it.
-- KEYS     absent
-- ARGV     digest revision queues
-- RETURNS  value
-- REFUSES  stale
local function act(digest, revision, queues)
  if revision ~= call.revision or redis.call('EXISTS', key.operation(digest)) == 0 then
    return refuse('stale', text(call.revision))
  end
  for _, name in ipairs({ key.operation(digest), key.source(digest), key.profiles(digest) }) do
    redis.call('PERSIST', name)
  end
  local old = call.digest
  redis.call('ZUNIONSTORE', key.applying(), 2, key.applying(), key.staged(digest))
  redis.call('DEL', key.staged(digest))
  if old and old ~= digest then
    redis.call('UNLINK', key.operation(old), key.source(old), key.profiles(old))
  end
  call.digest, call.revision, call.recheck_holding = digest, revision + 1, true
  for _, queue in ipairs(queues) do
    redis.call('SADD', key.sweep(), queue)
    hasten_deadline('q:' .. queue, call.now)
  end
  hasten_deadline('o:', call.now)
  hasten_deadline('j:', call.now)  -- texts may be kept for less long
  hasten_deadline('s:', call.now + LIMIT.checkpoint_ms)
  emit(EVENT.operation_applied, {}, call.revision, digest, operation().rules)
  local applied = call.revision
  return function() return cmsgpack.pack(applied) end
end
