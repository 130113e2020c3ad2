-- Contacts: loading, saving, and the one place that moves their state.
--
-- Beside the fields of CONTACT a contact has `rests` (agent → until when he is not offered it again) and `ended_offers`
-- (number → "code|agent|reason", the last LIMIT.ended_offers) and `open_commands` (number → its event).

function contact_of(id)
  local found = call.contacts[id]
  if not found then
    found = load_record(CONTACT, id, key.contact(id))
    call.contacts[id] = found
  end
  return found
end

function new_contact(id)
  local c = new_record(CONTACT, id)
  c.version, c.state, c.offers, c.waited, c.hops = 0, 'new', 0, 0, 0
  call.contacts[id] = c
  return c
end

-- The only place that changes a contact's state.
function move(c, state)
  if not MOVES[c.state][state] then
    error('a contact cannot go from ' .. c.state .. ' to ' .. state)
  end
  c.state = state
end

function save_contact(c)
  if c.due ~= c.kept_due then
    set_deadline('c:' .. c.id, c.due)
  end
  save_record(CONTACT, c, key.contact(c.id))
end

-- The contact as acts answer it, with the body as Python packed it.
function contact_row(c)
  return packed_record(CONTACT, c, c.body or redis.call('GET', key.body(c.id)) or '\192')
end

-- Whose contact it is; a customer's contacts are found by him.
function belong_to(c, customer)
  if customer ~= c.customer then
    if c.customer then
      redis.call('ZREM', key.of_customer(c.customer), c.id)
      visits.forget(c)
    end
    if customer then
      redis.call('ZADD', key.of_customer(customer), c.born, c.id)
    end
    c.customer = customer
  end
end

-- Whether the caller, being an agent, has nothing to do with this contact. Then it does not exist for him.
function not_his(c)
  return call.role == 'agent' and c.agent ~= call.actor
end

-- The contact an act is about, or the refusal: unknown, not his, or changed since `version`.
function contact_for(id, version)
  local c = contact_of(id)
  if not c then
    return nil, refuse('unknown_contact', id)
  end
  call.subject = id
  if version and version ~= c.version then
    return nil, refuse('stale', text(c.version))
  end
  return c
end

-- What an index names as contact|number, some at a time, each as `row` of its contact and number; and where to go on.
function page_of(index, after, most, row)
  local found = redis.call(
    'ZRANGE', index, '(' .. text(after), '+inf', 'BYSCORE', 'LIMIT', 0, most, 'WITHSCORES')
  local rows = {}
  for place = 1, #found, 2 do
    local id, n = string.match(found[place], '^(.*)|(%d+)$')
    table.insert(rows, row(contact_of(id), tonumber(n)))
  end
  local following = #found == 2 * most and tonumber(found[#found]) or nil
  return function() return '\146' .. packed_list(rows) .. cmsgpack.pack(following) end
end
