-- era: the workspace is on this server from here. Another than before may lack the newest events, which readers may
-- have seen: their numbers do not come again.
-- KEYS     absent
-- ARGV     server
-- RETURNS  nothing
-- REFUSES
local function act(server)
  local before = call.meta.server
  if before == server then
    return nil, true
  end
  call.meta.server = server
  if before then
    local last = call.seq
    call.seq = call.seq + LIMIT.era
    emit(EVENT.operation_era, {}, server, last)
  end
end
