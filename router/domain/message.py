"""Messages of a conversation, as the engine answers them. The structs are msgpack arrays: their fields are the wire."""

from __future__ import annotations

import re
from typing import Final, Literal

import msgspec

Direction = Literal["in", "out", "note"]
MessageState = Literal["received", "queued", "sending", "failed", "sent", "delivered", "read"]

ORDER: Final[dict[str, int]] = {
    "received": 0, "queued": 1, "sending": 2, "failed": 3, "sent": 4, "delivered": 5, "read": 6,
}  # fmt: skip
"""A message's states in the order in which each makes the former ones out of date. What was only sent may also fail."""

UNSENT: Final = frozenset({"queued", "sending"})
"""States in which the adapter still has to do with it."""

_ID: Final = re.compile(r"([^.]+)\.m([0-9]{1,9})")


class Attachment(msgspec.Struct, frozen=True, array_like=True):
    """A file that belongs to a message: where it is, and what it is. `expires_at` is wall milliseconds."""

    kind: str
    name: str | None = None
    mime: str | None = None
    bytes: int | None = None
    url: str | None = None
    expires_at: int | None = None
    unavailable: str | None = None


class Content(msgspec.Struct, frozen=True, array_like=True):
    """What a message says. The engine does not look into it."""

    text: str | None = None
    attachments: tuple[Attachment, ...] = ()


class Message(msgspec.Struct, frozen=True, array_like=True):
    """One message as it stands; from `n` on its fields are those of the engine's record, in its order.

    Times are wall milliseconds. `in_reply_to` is an external id where it came in, else a message's id.
    """

    contact: str
    channel: str
    account: str
    thread: str | None
    n: int
    direction: Direction
    role: str
    author: str | None
    external_id: str | None
    state: MessageState
    code: str | None
    kind: str
    sent_at: int
    in_reply_to: str | None
    client_id: str | None
    edited_at: int | None
    deleted_at: int | None
    content: Content | None

    @property
    def id(self) -> str:
        """What the wire calls it."""
        return message_id(self.contact, self.n)


def message_id(contact: str, n: int) -> str:
    """The id of a contact's message."""
    return f"{contact}.m{n}"


def parse_message_id(message: str) -> tuple[str, int] | None:
    """The contact and number of a message's id; None where it is none."""
    found = _ID.fullmatch(message)
    return None if found is None else (found[1], int(found[2]))
