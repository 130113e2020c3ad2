-- processes: what each router process has said of itself of late.
-- KEYS     absent
-- ARGV
-- RETURNS  value
-- REFUSES
local function act()
  local rows = {}
  for _, process in ipairs(redis.call('ZRANGE', key.processes(), '(' .. text(server_wall()), '+inf', 'BYSCORE')) do
    local record = redis.call('GET', key.own(process))
    if record then
      table.insert(rows, '\146' .. cmsgpack.pack(process) .. record)
    end
  end
  return function() return packed_list(rows) end
end
