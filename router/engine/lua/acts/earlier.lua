-- earlier: the contact that an earlier call with this idempotency key answered, or nothing.
-- KEYS     absent
-- ARGV
-- RETURNS  value
-- REFUSES  idempotency_key_reused
local function act()
  local earlier = earlier_answer()
  if type(earlier) == 'table' then
    return earlier
  end
  return function() return earlier or '\192' end
end
