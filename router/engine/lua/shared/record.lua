-- A record is a Redis hash as a Lua table: plain fields by name, and groups of fields that share a prefix. Acts assign
-- to it; `save_record` writes the difference to what was loaded.
--
-- A schema is { fields = {name → field}, order = {name, …}, words = {field → name}, numbers = {field → name},
--               blank() → a table with room for all of them, groups = {prefix → {name, parse, format}} }.

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
function text(value)
  if type(value) ~= 'number' then
    return value
  end
  return string.format(value % 1 == 0 and '%d' or '%.17g', value)
end

function new_record(schema, id)
  local record = schema.blank()
  record.id, record.was, record.was_grouped = id, schema.blank(), {}
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
  local was, words, numbers = record.was, schema.words, schema.numbers
  for index = 1, #flat, 2 do
    local field, value = flat[index], flat[index + 1]
    local plain = words[field]
    if not plain and numbers[field] then
      plain, value = numbers[field], tonumber(value)
    end
    if plain then
      record[plain], was[plain] = value, value
    else
      local group = schema.groups[string.sub(field, 1, 2)]
      record[group.name][string.sub(field, 3)] = group.parse(value)
      record.was_grouped[field] = value
    end
  end
  return record
end

-- What has changed among the fields of groups, as `save_record` writes it.
local function compare_groups(schema, record, set, gone)
  local was = record.was_grouped
  for prefix, group in pairs(schema.groups) do
    for suffix, value in pairs(record[group.name]) do
      local field, formatted = prefix .. suffix, group.format(value)
      if was[field] ~= formatted then
        set[#set + 1] = field
        set[#set + 1] = formatted
      end
    end
  end
  for field in pairs(was) do
    if record[schema.groups[string.sub(field, 1, 2)].name][string.sub(field, 3)] == nil then
      gone[#gone + 1] = field
    end
  end
end

function save_record(schema, record, name)
  local set, gone, was, order, fields = {}, {}, record.was, schema.order, schema.fields
  for index = 1, #order do
    local plain = order[index]
    local value = record[plain]
    if value == was[plain] then
      -- as it was
    elseif value == nil then
      gone[#gone + 1] = fields[plain]
    else
      set[#set + 1] = fields[plain]
      set[#set + 1] = text(value)
    end
  end
  compare_groups(schema, record, set, gone)
  if #set > 0 then
    redis.call('HSET', name, unpack(set))
  end
  if #gone > 0 then
    redis.call('HDEL', name, unpack(gone))
  end
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
