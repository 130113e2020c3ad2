"""Answers about conversations: messages and where they went."""

from __future__ import annotations

from typing import Literal

import msgspec

from router.domain.message import Direction, MessageState
from router.domain.states import Role
from router.domain.wire.answers import Contact
from router.domain.wire.moment import Moment


class Attachment(msgspec.Struct, frozen=True, kw_only=True):
    """A file of a message: what it is, and until when it lies where. `unavailable` says why it cannot be had."""

    kind: str
    name: str | None
    mime: str | None
    bytes: int | None
    url: str | None
    expires_at: Moment | None
    unavailable: str | None


class Author(msgspec.Struct, frozen=True, kw_only=True):
    """Who wrote it. Without an id: a person on our side by another way than ours, or somebody whose name was erased."""

    role: Role | Literal["customer"]
    id: str | None


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """One message of a conversation as it stands; `n` counts those of its contact. A `note` the customer does not see.

    `in_reply_to` is an external id where it came `in`, else the id of a message. Text and attachments are null and none
    where it was deleted or erased.
    """

    id: str
    n: int
    contact: str
    thread: str | None
    direction: Direction
    author: Author
    external_id: str | None
    kind: str
    text: str | None
    attachments: tuple[Attachment, ...]
    in_reply_to: str | None
    client_id: str | None
    sent_at: Moment
    state: MessageState
    code: str | None
    """Why it failed."""
    edited_at: Moment | None
    deleted_at: Moment | None


class Messages(msgspec.Struct, frozen=True, kw_only=True):
    """A page of a contact's messages; `next` is the `after` of the following page, null at the end."""

    items: list[Message]
    next: int | None


class Received(msgspec.Struct, frozen=True, kw_only=True):
    """Where a message went; `opened` where the contact began with it. Nowhere: neither."""

    contact: Contact | None
    message: Message | None
    opened: bool
