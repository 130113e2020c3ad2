-- A record is a Redis hash as a Lua table: plain fields by name, and groups of fields that share a prefix. Acts assign
-- to it; `save_record` writes the difference to what was loaded.
--
-- A schema is { fields = {name → field}, names = {field → name}, numbers = {name → true},
--               groups = {prefix → {name, parse, format}} }.

-- The keys of a map in order, so that what is done to each is done in the same order everywhere.
function sorted_keys(map)
  local keys = {}
  for name in pairs(map) do
    table.insert(keys, name)
  end
  table.sort(keys)
  return keys
end

-- The members of a Redis set, in order.
function sorted_members(name)
  local members = redis.call('SMEMBERS', name)
  table.sort(members)
  return members
end

-- A number as Redis keeps it: `..` would print 14 digits.
function text(value)
  if type(value) ~= 'number' then
    return value
  end
  return string.format(value == math.floor(value) and '%.0f' or '%.17g', value)
end

function new_record(schema, id)
  local record = { id = id, was = {}, was_grouped = {} }
  for _, group in pairs(schema.groups) do
    record[group.name] = {}
  end
  return record
end

-- Parsers and formatters of groups. (While the library is loaded, Lua's own functions are not there to be named.)
function as_it_is(value)
  return value
end

function as_number(value)
  return tonumber(value)
end

-- The record at `name`, or nil where there is none.
function load_record(schema, id, name)
  local flat = redis.call('HGETALL', name)
  if #flat == 0 then
    return nil
  end
  local record = new_record(schema, id)
  for index = 1, #flat, 2 do
    local field, value = flat[index], flat[index + 1]
    local plain = schema.names[field]
    if plain then
      value = schema.numbers[plain] and tonumber(value) or value
      record[plain] = value
      record.was[plain] = value
    else
      local group = schema.groups[string.sub(field, 1, 2)]
      record[group.name][string.sub(field, 3)] = group.parse(value)
      record.was_grouped[field] = value
    end
  end
  return record
end

function save_record(schema, record, name)
  local set, gone = {}, {}
  for plain, field in pairs(schema.fields) do
    local value = record[plain]
    if value ~= record.was[plain] then
      if value == nil then
        table.insert(gone, field)
      else
        table.insert(set, field)
        table.insert(set, text(value))
      end
    end
  end
  local grouped = {}
  for prefix, group in pairs(schema.groups) do
    for suffix, value in pairs(record[group.name]) do
      local field, formatted = prefix .. suffix, group.format(value)
      grouped[field] = true
      if record.was_grouped[field] ~= formatted then
        table.insert(set, field)
        table.insert(set, formatted)
      end
    end
  end
  for field in pairs(record.was_grouped) do
    if not grouped[field] then
      table.insert(gone, field)
    end
  end
  if #set > 0 then
    redis.call('HSET', name, unpack(set))
  end
  if #gone > 0 then
    redis.call('HDEL', name, unpack(gone))
  end
end

-- The fields `names` of a record and `rest`, an already packed value, as one msgpack array.
function pack_record(record, names, rest)
  local values, n = {}, #names
  for index, name in ipairs(names) do
    values[index] = record[name]
  end
  return string.char(0xdc, 0, n + 1) .. cmsgpack.pack(unpack(values, 1, n)) .. rest
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
