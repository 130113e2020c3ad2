-- One call: who asks, when it is, and all that the act has loaded so far. Nothing here outlives the call.

-- An expected "no". Acts return it before they write anything.
function refuse(code, detail)
  return { refusal = code, detail = detail }
end

-- What the server's clock says, in milliseconds.
function server_wall()
  local time = redis.call('TIME')
  return tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
end

-- Milliseconds: `now` never runs backwards and never jumps; the wall is what people's clocks say.
--
-- The workspace keeps the pair (wall, now) of the last call. `now` advances by the wall's forward steps only, so a wall
-- set back stops nothing; a step greater than what the caller counted on its own monotonic clock since its last answer
-- (`at` is where it believes `now` to be) is a jump of the wall and is left out.
local function read_clock(meta, at)
  local wall = server_wall()
  local now = meta.now + math.max(0, wall - meta.wall)
  if at and now > at + LIMIT.clock_jump_ms then
    now = math.max(meta.now, at)
  end
  return now, wall
end

-- The workspace's first moment, on the clock that its creator names.
local function first_meta(args)
  local wall, meta = args[2] and args[1] or server_wall(), new_record(META)
  meta.clock, meta.wall, meta.now, meta.seq, meta.revision = args[7], wall, wall, 0, 0
  return meta
end

-- Starts the call. ARGV[1] is [at, given, role, actor, idempotency key, fingerprint, the act's own arguments …].
-- Refuses a workspace that does not exist and a clock of the other kind.
function begin(keys, argv, options)
  tag = string.sub(keys[1], 1, #keys[1] - #'absent')
  local args, meta = cmsgpack.unpack(argv[1]), load_record(META, nil, key.meta())
  if not meta and options.creates then
    meta = first_meta(args)
  elseif not (meta and (meta.operation or options.begins)) then
    return refuse('unknown_workspace')
  end
  if (meta.clock == 'given') ~= args[2] then
    return refuse('wrong_clock', meta.clock)
  end
  local now, wall
  if args[2] then
    now = math.max(meta.now, args[1])
    wall = now
  else
    now, wall = read_clock(meta, args[1])
  end
  call = {
    args = args, role = args[3], actor = args[4], key = args[5], fingerprint = args[6],
    meta = meta, now = now, wall = wall, seq = meta.seq, revision = meta.revision, digest = meta.operation,
    contacts = {}, agents = {}, figures = {}, counts = {}, unreserved = {}, left = {},
    changed_agents = {}, restated = {}, touched_agents = {}, touched_contacts = {}, entering = {},
  }
end

-- The deadline of one object; nil removes it.
function set_deadline(member, at)
  if at then
    redis.call('ZADD', key.deadlines(), at, member)
  else
    redis.call('ZREM', key.deadlines(), member)
  end
end

-- An object's deadline comes no later than `at`.
function hasten_deadline(member, at)
  redis.call('ZADD', key.deadlines(), 'LT', at, member)
end
