-- create: the workspace exists from here, on the server's clock or on one that its callers give.
-- KEYS     absent
-- ARGV     clock
-- RETURNS  nothing
-- REFUSES  wrong_clock
local function act(clock)
  if call.meta.clock ~= clock then
    return refuse('wrong_clock', call.meta.clock)
  end
end
