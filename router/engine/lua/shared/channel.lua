-- Channel accounts: who holds the lease, and what becomes of live contacts while nobody does.
--
-- up → silent → (LIMIT.channel_silent_ms) holding → held → (LIMIT.channel_lost_ms) losing → lost; a new holder turns
-- any of them into releasing → up. The words in -ing work through the account's live contacts, a chunk a call.

local SWEEPING = { holding = true, losing = true, releasing = true }

local function account_name(channel, account)
  return channel .. ':' .. account
end

-- How an account stands for whoever looks at the floor.
local function status_of(record)
  return record.holder and (record.status or 'up') or 'down'
end

function channel_of(channel, account)
  local record = load_record(CHANNEL, account_name(channel, account), key.channel(channel, account))
  if record then
    record.status_before = status_of(record)
  end
  return record
end

function new_channel(channel, account)
  local record = new_record(CHANNEL, account_name(channel, account))
  record.phase, record.status_before = 'silent', 'down'
  return record
end

local function is_down(record)
  return record ~= nil and record.phase ~= 'up' and record.phase ~= 'silent' and record.phase ~= 'releasing'
end

function save_channel(record, channel, account)
  if status_of(record) ~= record.status_before then
    record.since = call.now
  end
  if record.due ~= record.kept_due then
    set_deadline('h:' .. record.id, record.due)
  end
  save_record(CHANNEL, record, key.channel(channel, account))
  redis.call('SADD', key.accounts(), record.id)
end

function emit_channel(event, channel, account, ...)
  emit(event, { channel = channel, account = account }, ...)
end

-- Keeps the place of a waiting contact whose channel is down, without offering it.
local function hold_contact(c)
  local before = c.held
  if c.state == 'offered' then
    withdraw_offer(c, 'channel_down')
    c.held = 'channel_down'
    go_back(c)
  elseif c.state == 'queued' and not before then
    leave_lane(c)
    c.held, c.due = 'channel_down', nil
  end
  if c.held ~= before then
    emit_contact(EVENT.contact_held, c, nil, 'channel_down')
  end
end

local function release_contact(c)
  if c.held then
    c.held = nil
    emit_contact(EVENT.contact_released, c, nil, 'channel_up')
    resume(c)
    expect_empty(c.queue)  -- who could serve it may have signed out while nobody could be offered it
  end
end

-- A contact that comes to its queue while nobody holds its account cannot be connected: it waits, held. Where the account
-- was given up already, its time to be lost begins anew.
function meet_channel(c)
  local record = c.session == 'live' and channel_of(c.channel, c.account) or nil
  if is_down(record) then
    c.held = 'channel_down'
    if record.phase == 'lost' then
      record.phase, record.silent_at, record.due = 'held', call.now, call.now + LIMIT.channel_lost_ms
      save_channel(record, c.channel, c.account)
    end
  end
end

function lose_contact(c)
  local _, handled = detach(c, 'channel_lost')
  finish(c, 'closed', 'lost', 'system')
  emit_contact(EVENT.contact_closed, c, nil, 'lost', 'system', nil, handled, c.waited)
end

-- Begins to work through the live contacts.
function sweep_channel(record, phase)
  record.phase, record.cursor, record.due = phase, 0, call.now
end

-- The holder is gone.
function silence_channel(record, channel, account)
  record.holder, record.process = nil, nil
  if record.phase == 'up' or record.phase == 'releasing' then
    record.phase, record.silent_at, record.due = 'silent', call.now, call.now + LIMIT.channel_silent_ms
    emit_channel(EVENT.channel_silent, channel, account)
  end
  save_channel(record, channel, account)
end

local WORK = { holding = hold_contact, losing = lose_contact, releasing = release_contact }

-- One chunk of a sweep. Returns whether it was the last.
local function work_through(record, channel, account)
  local found = redis.call(
    'ZRANGE', key.live(channel, account), '(' .. text(record.cursor), '+inf', 'BYSCORE', 'LIMIT', 0, LIMIT.chunk,
    'WITHSCORES')
  for index = 1, #found, 2 do
    WORK[record.phase](contact_of(found[index]))
    record.cursor = tonumber(found[index + 1])
  end
  return #found < 2 * LIMIT.chunk
end

-- What time does to an account without a holder.
function fire_channel(channel, account)
  local record = channel_of(channel, account)
  record.kept_due, record.due = false, nil
  if record.phase == 'silent' then
    emit_channel(EVENT.channel_held, channel, account)
    sweep_channel(record, 'holding')
  elseif record.phase == 'held' then
    emit_channel(EVENT.channel_lost, channel, account)
    sweep_channel(record, 'losing')
  end
  if SWEEPING[record.phase] then
    if not (work_through(record, channel, account) and phone.work_through(record.phase, channel, account)) then
      record.due = call.now
    elseif record.phase == 'holding' then
      record.phase, record.due = 'held', record.silent_at + LIMIT.channel_lost_ms
    else
      record.phase, record.cursor = record.phase == 'losing' and 'lost' or 'up', nil
    end
  end
  save_channel(record, channel, account)
end
