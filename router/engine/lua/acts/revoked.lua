-- revoked: those of these tokens that are not known any more.
-- KEYS     absent
-- ARGV     digests
-- RETURNS  value
-- REFUSES
local function act(digests)
  local records, gone = redis.call('HMGET', key.tokens(), unpack(digests)), {}
  for place, digest in ipairs(digests) do
    if not records[place] then
      table.insert(gone, cmsgpack.pack(digest))
    end
  end
  return function() return packed_list(gone) end
end
