-- Around every act: the context, the repeated call, the fixpoint, what is saved, the answer.

local PACK = {
  contact = contact_row,
  agent = agent_row,
  nothing = function() return '\192' end,
  value = function(value) return value() end,
}

local function next_deadline()
  local found = redis.call('ZRANGE', key.deadlines(), 0, 0, 'WITHSCORES')
  return found[2] and tonumber(found[2])
end

-- Every answer: [refusal, detail, now, wall, next deadline, seq, repeated, result].
local function answer_with(refusal, repeated, packed)
  if not call then
    return '\152' .. cmsgpack.pack(refusal.refusal, refusal.detail, nil, nil, nil, nil, false) .. '\192'
  end
  local code, detail = refusal and refusal.refusal, refusal and refusal.detail
  return '\152' .. cmsgpack.pack(code, detail, call.now, call.wall, next_deadline(), call.seq, repeated)
    .. (packed or '\192')
end

-- What an earlier call with this key answered: the packed result, or a refusal where its body was another.
function earlier_answer()
  local stored = call.key and redis.call('GET', key.idempotency(call.key))
  if not stored then
    return nil
  end
  local fingerprint, till, packed = cmsgpack.unpack(stored)
  if till <= call.now then
    return nil
  elseif fingerprint ~= call.fingerprint then
    return refuse('idempotency_key_reused')
  end
  return packed
end

-- Keeps the answer of a call with a key, and where it shows a contact remembers that, so that it can be forgotten.
local function keep_answer(packed, id, keep_ms)
  redis.call('SET', key.idempotency(call.key), cmsgpack.pack(call.fingerprint, call.now + keep_ms, packed), 'PX', 2 * keep_ms)
  if id then
    redis.call('SADD', key.answered(id), call.key)
    redis.call('PEXPIRE', key.answered(id), LIMIT.answers_ms)
  end
end

local function save_meta()
  local meta = call.meta
  meta.wall, meta.now, meta.seq, meta.revision, meta.operation = call.wall, call.now, call.seq, call.revision, call.digest
  save_record(META, meta, key.meta())
end

local function save_call()
  entries.write()
  for _, c in pairs(call.contacts) do
    save_contact(c)
  end
  for _, a in pairs(call.agents) do
    save_agent(a)
  end
  save_meta()
  save_figures()
end

-- A wall that has jumped forward may have jumped past what is scheduled by it: each is looked at again.
local function meet_jump()
  if call.wall - call.now > call.meta.wall - call.meta.now + LIMIT.clock_jump_ms then
    for _, id in ipairs(redis.call('ZRANGE', key.scheduled(), 0, -1)) do
      hasten_deadline('c:' .. id, call.now)
    end
  end
end

-- An act that writes. `act` returns its result, and true where nothing was done because it was done before; or a refusal.
function writing(act, options)
  return function(keys, argv)
    call = nil
    local refusal = begin(keys, argv, options)
    if refusal then
      return answer_with(refusal, false)
    end
    local earlier = earlier_answer()
    if type(earlier) == 'string' then
      return answer_with(nil, true, earlier)
    end
    meet_jump()
    local result, repeated = earlier, false
    if not earlier then
      result, repeated = act(unpack(call.args, 7, 6 + options.arity))
    end
    if type(result) == 'table' and result.refusal then
      return answer_with(result, false)
    end
    settle()
    save_call()
    local packed = PACK[options.returns](result)
    if call.key then
      keep_answer(packed, options.returns == 'contact' and result.id or call.subject, options.keep_ms)
    end
    return answer_with(nil, repeated or false, packed)
  end
end

-- An act that only reads.
function reading(act, options)
  return function(keys, argv)
    call = nil
    local result = begin(keys, argv, options) or act(unpack(call.args, 7, 6 + options.arity))
    if type(result) == 'table' and result.refusal then
      return answer_with(result, false)
    end
    return answer_with(nil, false, PACK[options.returns](result))
  end
end
