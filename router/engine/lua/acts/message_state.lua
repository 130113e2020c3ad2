-- message_state: what has become of a message that was to be sent. What is known already, or is older, changes nothing;
-- but one that was being sent and surely was not is queued again.
-- KEYS     absent
-- ARGV     contact n state external_id code
-- RETURNS  value
-- REFUSES  unknown_message
local function act(contact, n, state, external_id, code)
  local c = contact_of(contact)
  local m = c and message_of(c, n)
  if not m or m.direction ~= 'out' then
    return refuse('unknown_message', contact)
  end
  local newer = MESSAGE_ORDER[state] > MESSAGE_ORDER[m.state] or (state == 'failed' and m.state == 'sent')
  local again = state == 'queued' and m.state == 'sending'
  if not (newer or again) then
    return function() return message_row(c, m) end, true
  end
  m.state, m.code, m.external_id = state, code, external_id or m.external_id
  save_message(c, m)
  if not IS_UNSENT[state] then
    leave_outbox(c, n)
  end
  emit_message(EVENT.message_state, c, n, state, code)
  return function() return message_row(c, m) end
end
