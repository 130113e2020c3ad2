-- Events and figures: the only pieces that append to the stream and count.

local function bucket_of(ms)
  local edges = FIGURE_EDGES
  for index = 1, #edges do
    if ms <= edges[index] then
      return index
    end
  end
  return #edges + 1
end

function count(field, amount)
  call.figures[field] = (call.figures[field] or 0) + amount
end

-- Counts what a row of FIGURES says of an event, whose entry is `values`.
local function count_figure(figure, values)
  local when, value = figure.when, values[figure.value]
  if when and values[when[1]] ~= when[2] or figure.value and value == nil then
    return
  end
  local field = figure.field(values)
  if figure.each then
    for _, member in ipairs(values[figure.each] or {}) do
      count(field .. '|' .. member, 1)
    end
  elseif figure.kind == 'histogram' then
    count(field .. '|' .. bucket_of(value), 1)
    count(field .. '|sum', value)
  else
    count(field, figure.kind == 'sum' and value or 1)
  end
end

-- Appends one event: `event` is its row of EVENT, `values` its entry.
local function append(event, agent, values)
  call.seq = call.seq + 1
  redis.call(
    'XADD', key.events(), string.format('%d-%d', call.seq, call.now), 'a', agent or '', 'e',
    event.array .. cmsgpack.pack(unpack(values, 1, event.size)))
  local figures = FIGURES[event.code]
  if figures then
    for _, figure in ipairs(figures) do
      count_figure(figure, values)
    end
  end
end

-- Appends one event; `subject` has the contact and agent fields it is about.
function emit(event, subject, ...)
  append(event, subject.agent, {
    event.code, subject.contact, subject.version, subject.offer, subject.agent, subject.queue, subject.channel,
    subject.account, subject.customer_type, call.role, call.actor, ...
  })
end

-- An event of a contact; its version counts them. `agent` is named where the contact no longer does.
function emit_contact(event, c, agent, ...)
  c.version = c.version + 1
  agent = agent or c.agent
  append(event, agent, {
    event.code, c.id, c.version, c.offer and (c.id .. '.' .. c.offer), agent, c.queue, c.channel, c.account,
    c.customer_type, call.role, call.actor, ...
  })
end

function emit_agent(event, a, ...)
  a.version = a.version + 1
  append(event, a.id, { event.code, nil, a.version, nil, a.id, nil, nil, nil, nil, call.role, call.actor, ... })
end

-- Writes what the call counted: more than two figures cost less read and written all at once.
function save_figures()
  local fields = {}
  for field in pairs(call.figures) do
    fields[#fields + 1] = field
  end
  if #fields <= 2 or #fields > LIMIT.figures_a_write then
    for _, field in ipairs(fields) do
      redis.call('HINCRBY', key.figures(), field, call.figures[field])
    end
    return
  end
  local before, set = redis.call('HMGET', key.figures(), unpack(fields)), {}
  for index, field in ipairs(fields) do
    set[2 * index - 1] = field
    set[2 * index] = (tonumber(before[index]) or 0) + call.figures[field]
  end
  redis.call('HSET', key.figures(), unpack(set))
end
