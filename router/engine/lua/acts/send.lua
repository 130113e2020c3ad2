-- send: somebody on our side writes to the customer, or a note that the customer does not see. It waits to be sent; the
-- same client id of the same author is the same message.
-- KEYS     absent
-- ARGV     contact version kind content in_reply_to client_id note
-- RETURNS  value
-- REFUSES  unknown_contact stale wrong_state too_late
local function act(contact, version, kind, content, in_reply_to, client_id, note)
  local c, refusal = contact_for(contact, version)
  if refusal then
    return refusal
  elseif not_his(c) or (call.role == 'agent' and c.state == 'offered') then
    return refuse('unknown_contact', contact)
  end
  local author = call.actor or call.role
  local n = client_id and number_of(c, 'k|' .. author .. '|' .. client_id)
  if n then
    local m = message_of(c, n)
    return function() return message_row(c, m) end, true
  end
  if not note then
    if IS_ENDED[c.state] or not c.thread then
      return refuse('wrong_state', c.thread and c.state or 'no thread')
    elseif is_too_late(c) then
      return refuse('too_late', 'reply_until')
    end
  end
  local m = add_message(c, note and EVENT.message_noted or EVENT.message_queued, {
    direction = note and 'note' or 'out', role = call.role, author = author, state = note and 'received' or 'queued',
    kind = kind, sent_at = call.wall, in_reply_to = in_reply_to, client_id = client_id,
  }, content)
  if not note then
    local a = call.role == 'agent' and agent_of(c.agent) or nil
    local automatic = a ~= nil and is_automatic(a)
    if a and not automatic and c.state == 'assigned' and not c.answered_at
      and operation().media[c.medium].answered_by == 'reply'
    then
      answer(c)
    end
    replied(c, automatic)
  end
  return function() return message_row(c, m) end
end
