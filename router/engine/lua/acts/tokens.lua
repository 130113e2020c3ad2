-- tokens: every token's digest and what it is allowed.
-- KEYS     absent
-- ARGV
-- RETURNS  value
-- REFUSES
local function act()
  local flat, rows = redis.call('HGETALL', key.tokens()), {}
  for index = 1, #flat, 2 do
    table.insert(rows, '\146' .. cmsgpack.pack(flat[index]) .. flat[index + 1])
  end
  return function() return packed_list(rows) end
end
