"""How the engine's records stand in Redis: a msgpack array, first of the groups, then of the fields.

Its length is always said in two bytes. The groups are one map of those that are not empty, or nil. A field's place is
for ever, like a key, and a new one comes last: two releases share a workspace during a rolling deploy, and each keeps
what it finds beyond what it knows.
"""

from __future__ import annotations

from router.domain.command import Command
from router.domain.contact import AgentStatus, Contact
from router.domain.message import Message

CONTACT = Contact.__struct_fields__[1:-1]
"""The fields of a contact, which acts answer between its id and its body."""

CONTACT_GROUPS = ("rests", "ended_offers", "open_commands")
"""lua/shared/contact.lua says what they are."""

AGENT = AgentStatus.__struct_fields__[1:-1]
"""The fields of an agent, which acts answer between his id and what occupies him."""

AGENT_GROUPS = ("work", "connections", "rests", "ready_media", "counted")
"""lua/shared/agent.lua says what they are."""

CHANNEL = (
    "phase", "holder", "owner", "process", "silent_at", "cursor", "due", "status", "detail", "capabilities", "retries",
    "heard_at", "since",
)  # fmt: skip
"""The fields of a channel account."""

META = ("clock", "wall", "now", "seq", "revision", "operation", "server")
"""What a workspace says of itself: whose clock it goes by, where that and the events stand, which operation is in force
and, once that was said, on which server it is."""

MESSAGE_HEAD = Message.__struct_fields__[4:-1]
"""The fields of a message that its contact does not say; its content is kept apart."""

COMMAND_ROW = Command.__struct_fields__[:-1]
"""The fields that a packed command begins with; its arguments follow."""
