-- Whether a customer comes back. His contact that was answered and closed last is watched for LIMIT.return_ms, its deadline
-- being the end of that; if he has another one before, he has come back, else it has solved what he came for.
--
-- A contact is the `first` (1) where none of his was watched when it began, else he came back with it (0). That is said
-- with what came of it, and then forgotten (nil).

local function watched(customer)
  local id = redis.call('GET', key.watched(customer))
  return id and contact_of(id) or nil
end

-- Says what came of a contact that is watched. It is over, so this is no change of it, and nobody's business.
local function decide(event, c)
  if c.first then
    emit(event, {
      contact = c.id, queue = c.queue, channel = c.channel, account = c.account, customer_type = c.customer_type,
    }, c.first == 1)
    c.first = nil
  end
end

-- An open contact is this customer's from here; nil where nobody knows whose it is.
function visits.begin(c, customer)
  local before = customer and watched(customer)
  if before and before.due > call.now then
    decide(EVENT.contact_returned, before)
    c.first = 0
  else
    c.first = customer and 1
  end
end

-- A contact was answered and is closed. One of the same customer that was open beside it is watched no more: from here
-- nobody could say to which of both he comes back.
function visits.watch(c)
  local before = watched(c.customer)
  if before and before.due > call.now then
    before.first, before.due = nil, nil
  end
  c.due = call.now + LIMIT.return_ms
  redis.call('SET', key.watched(c.customer), c.id)
end

-- The contact is its customer's no more, or has been watched for long enough.
function visits.forget(c)
  if redis.call('GET', key.watched(c.customer)) == c.id then
    redis.call('DEL', key.watched(c.customer))
  end
  if c.state == 'closed' then
    c.due = nil
  end
  c.first = nil
end

-- Its customer has not come back.
function visits.close(c)
  decide(EVENT.contact_solved, c)
  visits.forget(c)
end
