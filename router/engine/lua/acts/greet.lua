-- greet: tells the customer of a conversation that has just begun how it stands: his place and how long it will probably
-- take, from `least` to `most` minutes where that is known; or that nobody serves him now.
-- KEYS     absent
-- ARGV     contact least most
-- RETURNS  nothing
-- REFUSES  unknown_contact
local function act(contact, least, most)
  local c, refusal = contact_for(contact)
  if refusal then
    return refusal
  elseif c.state == 'queued' or c.state == 'offered' then
    say(c, 'received', { place = text(position_of(c) or 1) }, least and { least, most })
  elseif c.state == 'scheduled' or (c.state == 'rejected' and is_closed(queue_of(c.queue))) then
    say(c, 'closed')
  elseif c.state == 'rejected' and c.outcome ~= 'blocked' then
    say(c, 'full')
  end
end
