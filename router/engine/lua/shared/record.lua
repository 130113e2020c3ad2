-- A record is kept as one msgpack array: first its groups, a map of those that are not empty, or nil; then its fields;
-- then what a younger release has put there. Acts assign to the record; `save_record` writes it if it is another than the
-- one that was loaded.
--
-- A schema is { groups = {name, …}, place = {name of a field → its place in the array}, size = how many values it has,
--               record(id, packed, after, groups, fields …) → the record, row(record) → its fields, packed,
--               kept, answered → the HEAD bytes with which the array that is kept begins, and the one that is answered }.

-- An array of up to 65,535 begins with so many bytes, its length among them.
local HEAD = 3

-- Stands for nil in a list that is packed: cmsgpack packs as nil whatever it does not know.
function msgpack.NIL() end

-- The keys of a map in order, so that what is done to each is done in the same order everywhere.
function sorted_keys(map)
  local keys, n = {}, 0
  for name in pairs(map) do
    n = n + 1
    keys[n] = name
  end
  if n > 1 then
    table.sort(keys)
  end
  return keys
end

-- The members of a Redis set, in order.
function sorted_members(name)
  local members = redis.call('SMEMBERS', name)
  table.sort(members)
  return members
end

-- A number as Redis keeps it: `..` would print 14 digits.
local function digits(value)
  return string.format(value % 1 == 0 and '%d' or '%.17g', value)
end

function text(value)
  return type(value) == 'number' and digits(value) or value
end

function new_record(schema, id)
  return schema.record(id, nil, -1)
end

-- The record at `name`, or nil where there is none.
function load_record(schema, id, name)
  local packed = redis.call('GET', name)
  if not packed then
    return nil
  end
  local record = schema.record(id, packed, cmsgpack.unpack_limit(packed, schema.size, HEAD))
  record.kept_due = record.due
  return record
end

-- One field of the record at `name`, without the rest of it; nil where there is none of either.
function kept_field(schema, field, name)
  local packed, place = redis.call('GET', name), schema.place[field]
  return packed and select(place + 1, cmsgpack.unpack_limit(packed, place, HEAD)) or nil
end

function save_record(schema, record, name)
  local groups = record.groups
  for _, group in ipairs(schema.groups) do
    groups[group] = next(record[group]) and record[group] or nil
  end
  record.row = schema.row(record)
  local head = record.beyond == '' and schema.kept or string.sub(record.packed, 1, HEAD)
  local packed = head .. cmsgpack.pack(next(groups) and groups or nil) .. record.row .. record.beyond
  if packed ~= record.packed then
    redis.call('SET', name, packed)
  end
end

-- A record as acts answer it: its id, its fields, and `rest`, which is packed already.
function packed_record(schema, record, rest)
  return schema.answered .. cmsgpack.pack(record.id) .. (record.row or schema.row(record)) .. rest
end

-- Adds the fields `names` of a record to a list that is to be packed.
function msgpack.fields(record, names, values)
  local n = #values
  for index = 1, #names do
    local value = record[names[index]]
    values[n + index] = value == nil and msgpack.NIL or value
  end
  return values
end

-- A list and `rest`, which is packed already, as one msgpack array.
function msgpack.pack(values, rest)
  values[#values + 1] = msgpack.NIL
  return string.sub(cmsgpack.pack(values), 1, -2) .. rest
end

-- A packed record as a table of the fields `names`, and its values in their order.
function unpack_record(names, packed)
  local values, record = cmsgpack.unpack(packed), {}
  for index, name in ipairs(names) do
    record[name] = values[index]
  end
  return record, values
end

-- Already packed values as one msgpack array.
function packed_list(values)
  return string.char(0xdc, math.floor(#values / 256), #values % 256) .. table.concat(values)
end
