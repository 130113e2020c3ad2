-- moment: nothing but where the clock and the events stand, which every answer says.
-- KEYS     absent
-- ARGV
-- RETURNS  nothing
-- REFUSES
local function act()
end
