-- Events and figures: the only pieces that append to the stream and count.

-- `...` packed as one msgpack array of `n` values; nil is nil.
function array(n, ...)
  return string.char(0xdc, math.floor(n / 256), n % 256) .. cmsgpack.pack(...)
end

local function bucket_of(ms)
  for index, edge in ipairs(FIGURE_EDGES) do
    if ms <= edge * 1000 then
      return index
    end
  end
  return #FIGURE_EDGES + 1
end

function count(field, amount)
  call.figures[field] = (call.figures[field] or 0) + amount
end

local function count_figure(figure, values)
  if figure.when and values[figure.when[1]] ~= figure.when[2] or figure.value and not values[figure.value] then
    return
  end
  local field = figure.name
  for _, label in ipairs(figure.labels) do
    field = field .. '|' .. tostring(values[label] == nil and '' or values[label])
  end
  if figure.each then
    for _, member in ipairs(values[figure.each] or {}) do
      count(field .. '|' .. member, 1)
    end
  elseif figure.kind == 'histogram' then
    local ms = values[figure.value]
    count(field .. '|' .. bucket_of(ms), 1)
    count(field .. '|sum', ms)
  elseif figure.kind == 'sum' then
    count(field, values[figure.value])
  else
    count(field, 1)
  end
end

-- Appends one event: `event` is its row of EVENT, `subject` the contact and agent fields it is about.
function emit(event, subject, ...)
  call.seq = call.seq + 1
  local agent = subject.agent or ''
  redis.call('XADD', key.events(), string.format('%.0f-%.0f', call.seq, call.now), 'a', agent, 'e', array(
    11 + #event.data, event.code, subject.contact, subject.version, subject.offer, subject.agent, subject.queue,
    subject.channel, subject.account, subject.customer_type, call.role, call.actor, ...
  ))
  local figures = FIGURES[event.code]
  if figures then
    local values = {
      queue = subject.queue, channel = subject.channel, account = subject.account,
      customer_type = subject.customer_type, agent = subject.agent,
    }
    for index, name in ipairs(event.data) do
      values[name] = select(index, ...)
    end
    for _, figure in ipairs(figures) do
      count_figure(figure, values)
    end
  end
end

-- An event of a contact; its version counts them. `agent` is named where the contact no longer does.
function emit_contact(event, c, agent, ...)
  c.version = c.version + 1
  emit(event, {
    contact = c.id, version = c.version, offer = c.offer and (c.id .. '.' .. c.offer), agent = agent or c.agent,
    queue = c.queue, channel = c.channel, account = c.account, customer_type = c.customer_type,
  }, ...)
end

function emit_agent(event, a, ...)
  a.version = a.version + 1
  emit(event, { agent = a.id, version = a.version }, ...)
end

-- Writes what the call counted.
function save_figures()
  for field, amount in pairs(call.figures) do
    redis.call('HINCRBY', key.figures(), field, string.format('%.0f', amount))
  end
end
