-- Queues: who waits unanswered and since when, and the marks that time sets on them.
--
-- `waiting:{queue}` holds every unanswered contact, by the start of its wait. A mark is an offset from that start at
-- which something happens to each of them; its cursor says up to which start it has happened. One deadline a queue.

local RETIRED = { target = 60000, head_start = 0, short = 5000, marks = {} }

-- The queue's rules; those of a queue that an apply has taken away while contacts were still on it are the plainest.
function queue_of(name)
  return operation().queues[name] or RETIRED
end

local function queue_due(name, start)
  local marks = queue_of(name).marks
  if #marks > 0 then
    hasten_deadline('q:' .. name, math.max(call.now, start + marks[1].offset))
  end
end

-- Starts the wait of one leg. `start` may be past.
function start_wait(c, queue, start)
  c.queue, c.queued_at, c.missed = queue, start, nil
  redis.call('ZADD', key.waiting(queue), start, c.id)
  queue_due(queue, start)
end

-- Ends it, answered or not, `at` some moment not before its start (now where nil). Returns how long it was. A target
-- that passed is missed even where `due` comes too late to say so.
function end_wait(c, at)
  redis.call('ZREM', key.waiting(c.queue), c.id)
  local waited = math.max(0, math.min(at or call.now, call.now) - c.queued_at)
  c.waited = c.waited + waited
  if waited > queue_of(c.queue).target then
    miss_target(c)
  end
  return waited
end

function miss_target(c)
  if not c.missed then
    c.missed = 1
    emit_contact(EVENT.contact_target_missed, c, nil, queue_of(c.queue).target)
  end
end

-- Nobody may be left who could serve the queue's contacts: an immediate `due` looks at all of them, from the first.
function expect_empty(queue)
  redis.call('HDEL', key.marks(queue), 'empty')
  hasten_deadline('e:' .. queue, call.now)
end

-- Every contact whose start lies in (cursor, upto], about `most` of them: never a part of one millisecond.
function marked(queue, cursor, upto, most)
  local waiting = key.waiting(queue)
  local found = redis.call('ZRANGE', waiting, '(' .. cursor, upto, 'BYSCORE', 'LIMIT', 0, most, 'WITHSCORES')
  local ids, last = {}, found[#found]
  for index = 1, #found, 2 do
    if #found < 2 * most or found[index + 1] ~= last then
      table.insert(ids, found[index])
    end
  end
  if #found == 2 * most then
    for _, id in ipairs(redis.call('ZRANGE', waiting, last, last, 'BYSCORE')) do
      table.insert(ids, id)
    end
    return ids, last
  end
  return ids, text(upto)
end

-- When the next mark of the queue is due, or nil.
function next_mark(queue, cursors)
  local due
  for index, mark in ipairs(queue_of(queue).marks) do
    local first = redis.call(
      'ZRANGE', key.waiting(queue), '(' .. cursors[index], '+inf', 'BYSCORE', 'LIMIT', 0, 1, 'WITHSCORES')
    local at = first[2] and tonumber(first[2]) + mark.offset
    if at and (not due or at < due) then
      due = at
    end
  end
  return due
end
