-- Phones: an agent may be there by his phone alone. He signs in at a phone of a channel's account (`phone_at`) and is at
-- it (`at_phone`) while that account is held; after that he is lost, and at it again when somebody holds it again.
--
-- `phones:{channel}:{account}` has who is signed in at the account's phones: 1 who is at his, 0 who waits for a holder.

-- Whether somebody is there who rings for the contact.
function phone.is_rung(c)
  local record = channel_of(c.channel, c.account)
  return record ~= nil and record.holder ~= nil
end

-- Whether an account's phones can be rung: somebody holds it, or did a moment ago.
function phone.is_reached(record)
  return record ~= nil
    and (record.phase == 'up' or record.phase == 'releasing' or (record.phase == 'silent' and record.due ~= nil))
end

local function set_at_phone(a, at_phone)
  a.at_phone = at_phone
  redis.call('ZADD', key.phones(string.match(a.phone_at, '^([^:]+):(.*)$')), at_phone or 0, a.id)
  emit_agent(EVENT.agent_phone, a, a.phone_at, at_phone ~= nil)
  changed(a)
end

-- He is signed in at no phone any more. Says nothing of it.
function phone.leave(a)
  if a.phone_at then
    redis.call('ZREM', key.phones(string.match(a.phone_at, '^([^:]+):(.*)$')), a.id)
    a.phone_at, a.at_phone = nil, nil
  end
end

function phone.sign_in(a, channel, account)
  phone.leave(a)
  a.phone_at = channel .. ':' .. account
  set_at_phone(a, phone.is_reached(channel_of(channel, account)) and 1 or nil)
end

-- He is away from his phone, and away wholly. Returns whether that changes anything.
function phone.sign_out(a)
  local was_signed_in = a.phone_at ~= nil
  if was_signed_in then
    phone.leave(a)
    emit_agent(EVENT.agent_phone, a, nil, false)
    changed(a)
  end
  return choose_presence(a, 'offline', nil, false) or was_signed_in
end

-- Whether nobody waits at the account's phones for a holder.
function phone.is_all_reached(channel, account)
  return redis.call('ZCOUNT', key.phones(channel, account), 0, 0) == 0
end

-- A phone is for one: who else is signed in there has gone without a word. Returns whether there was anybody.
function phone.clear(channel, account, device, agent)
  local anybody = false
  for _, id in ipairs(redis.call('ZRANGE', key.phones(channel, account), 0, -1)) do
    if id ~= agent and kept_field(AGENT, 'device', key.agent(id)) == device then
      phone.sign_out(agent_of(id))
      anybody = true
    end
  end
  return anybody
end

local function lose_phone(a)
  set_at_phone(a, nil)
  if not has_desk(a) and not a.lost_at then
    lose(a)
  end
end

-- What holding and releasing an account mean to who is at its phones, a chunk a call. Returns whether it was the last.
function phone.work_through(phase, channel, account)
  if phase == 'losing' then
    return true
  end
  local is_at, name = phase == 'holding' and 1 or 0, key.phones(channel, account)
  local found = redis.call('ZRANGE', name, is_at, is_at, 'BYSCORE', 'LIMIT', 0, LIMIT.chunk)
  for _, id in ipairs(found) do
    if phase == 'holding' then
      lose_phone(agent_of(id))
    else
      set_at_phone(agent_of(id), 1)
    end
  end
  return #found < LIMIT.chunk
end
