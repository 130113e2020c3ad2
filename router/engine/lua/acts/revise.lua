-- revise: a message of the channel was changed, or is gone (`content` nil). Nobody knows it any more: nothing happens. What
-- is older than the last change changes nothing.
-- KEYS     absent
-- ARGV     channel account thread message content at
-- RETURNS  value
-- REFUSES
local function act(channel, account, thread, message, content, at)
  local c, n = find_message(channel, account, thread, message)
  local m = c and message_of(c, n)
  local function shown()
    return '\146' .. (m and contact_row(c) or '\192') .. (m and message_row(c, m) or '\192')
  end
  if not m or m.deleted_at or (content and at < (m.edited_at or m.sent_at)) then
    return shown, true
  elseif content and redis.call('HGET', key.messages(c.id), text(n) .. '|b') == content then
    return shown, true
  end
  if content then
    m.edited_at = at
  else
    m.deleted_at = at
  end
  save_message(c, m, content or content_of(nil))
  emit_message(content and EVENT.message_edited or EVENT.message_deleted, c, n)
  return shown
end
