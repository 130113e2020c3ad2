"""What an adapter makes of its platform's updates.

Times are integer milliseconds since 1970 (`…_ms`). Every id is text.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Literal

import msgspec

Kind = Literal[
    "text", "image", "audio", "voice", "video", "animation", "document", "sticker", "location", "contact", "system",
    "other",
]  # fmt: skip
"""What a message is. A location's text is `56.01, 92.85`; a contact's is a name and a number, on two lines."""
Unavailable = Literal["too_large", "unfetchable", "expired", "unsupported"]
"""Why an attachment cannot be had."""


class Customer(msgspec.Struct, frozen=True, kw_only=True):
    """A person as the platform knows him. `id` is unlike that of any other channel, such as `tg:5551`."""

    id: str
    name: str | None = None
    language: str | None = None


class Attachment(msgspec.Struct, frozen=True, kw_only=True):
    """A file of the platform. `reference` is what `fetch` will be asked for; agents see it, so no secret is in it."""

    kind: Kind
    reference: str | None = None
    name: str | None = None
    mime: str | None = None
    bytes: int | None = None
    unavailable: Unavailable | None = None


class Incoming(msgspec.Struct, frozen=True, kw_only=True):
    """A message that was written in a thread.

    `thread` is what `send` will be told; where a reply needs more than the chat (a business connection), it is in that.
    `author` is `agent` for an echo of what we sent, and for what the account's owner wrote by hand. Messages of one
    thread with the same `album` become one, with the attachments of all. Attributes and metadata count only where the
    message opens a contact.
    """

    thread: str
    external_id: str
    customer: Customer
    sent_at_ms: int | None = None
    kind: Kind = "text"
    text: str | None = None
    attachments: tuple[Attachment, ...] = ()
    in_reply_to: str | None = None
    author: Literal["customer", "agent"] = "customer"
    reply_until_ms: int | None = None
    album: str | None = None
    attributes: dict[str, Any] = {}
    metadata: dict[str, Any] = {}


class Edited(msgspec.Struct, frozen=True, kw_only=True):
    """A message has another text now; `attachments` None for the same ones. It never opens a contact."""

    thread: str
    external_id: str
    customer: Customer
    text: str | None
    attachments: tuple[Attachment, ...] | None = None
    at_ms: int | None = None
    author: Literal["customer", "agent"] = "customer"


class Deleted(msgspec.Struct, frozen=True, kw_only=True):
    """Messages are gone."""

    thread: str
    external_ids: tuple[str, ...]
    at_ms: int | None = None


class Typing(msgspec.Struct, frozen=True, kw_only=True):
    """The customer is writing."""

    thread: str


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What we sent in the thread has been delivered, or read, up to this message."""

    thread: str
    upto_external_id: str
    state: Literal["delivered", "read"]


class Rated(msgspec.Struct, frozen=True, kw_only=True):
    """The customer has pressed a button 1–5 under the question for `contact`. Then `rated` is told what came of it."""

    thread: str
    contact: str
    score: int
    callback: str | None = None
    """The platform's own name of the press, if it wants an answer."""


class Left(msgspec.Struct, frozen=True, kw_only=True):
    """The customer has blocked us or gone. For his return there is no word: his next message opens a contact."""

    thread: str
    at_ms: int | None = None


class Own(msgspec.Struct, frozen=True, kw_only=True):
    """Something of the adapter's own that is done in its turn in the thread, such as a customer's command.

    It is done once and not repeated; what it raises goes to the log.
    """

    thread: str
    do: Callable[[], Awaitable[None]]


Update = Incoming | Edited | Deleted | Typing | Seen | Rated | Left | Own
