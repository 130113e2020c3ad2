-- A record is a Redis hash as a Lua table: plain fields by name, and groups of fields that share a prefix. Acts assign
-- to it; `save_record` writes the difference to what was loaded.
--
-- A schema is { fields = {name → field}, names = {name, …}, letters = {field, …}, place = {field → its place in these},
--               is_number = {place → true}, blank() → a list with room for a value at each place,
--               record(id, values) → a record with these values, groups = {prefix → {name, parse, format}} }.
-- (A table that grows by one value after the other is built anew at each power of two.)

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

-- A record that was kept with `values`, or a new one.
function new_record(schema, id, values)
  local record = schema.record(id, values or schema.blank())
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
  local values, grouped, place, is_number = schema.blank(), {}, schema.place, schema.is_number
  for index = 1, #flat, 2 do
    local field, value = flat[index], flat[index + 1]
    local at = place[field]
    if at then
      values[at] = is_number[at] and value + 0 or value
    else
      grouped[field] = value
    end
  end
  local record, groups = new_record(schema, id, values), schema.groups
  for field, value in pairs(grouped) do
    local group = groups[string.sub(field, 1, 2)]
    record[group.name][string.sub(field, 3)] = group.parse(value)
  end
  record.was_grouped, record.kept_due = grouped, record.due
  return record
end

-- What has changed among the fields of groups: adds it to what `save_record` writes, of which `set` has `n` values.
local function compare_groups(schema, record, set, n, gone)
  local was = record.was_grouped or {}
  for prefix, group in pairs(schema.groups) do
    for suffix, value in pairs(record[group.name]) do
      local field, formatted = prefix .. suffix, group.format(value)
      if was[field] ~= formatted then
        set[n + 1], set[n + 2] = field, formatted
        n = n + 2
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
  local set, n, gone = {}, 0, {}
  local was, names, letters, is_number = record.was, schema.names, schema.letters, schema.is_number
  for at = 1, #names do
    local value = record[names[at]]
    if value == was[at] then
      -- as it was
    elseif value == nil then
      gone[#gone + 1] = letters[at]
    else
      set[n + 1], set[n + 2] = letters[at], is_number[at] and digits(value) or value
      n = n + 2
    end
  end
  compare_groups(schema, record, set, n, gone)
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
