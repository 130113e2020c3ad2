"""What is said of contacts and messages by those who bring them in, as the services take it."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from router.domain.customer import Customer
from router.domain.message import Content
from router.domain.requirement import Requirement


class NewContact(msgspec.Struct, frozen=True, kw_only=True):
    """What an adapter posts. `attributes` are routed on, `metadata` are only kept; times are wall milliseconds."""

    channel: str
    external_id: str
    account: str = "main"
    thread: str | None = None
    medium: str | None = None
    customer: Customer = Customer()
    attributes: dict[str, Any] = {}
    metadata: dict[str, Any] = {}
    tags: tuple[str, ...] = ()
    queue: str | None = None
    priority: int | None = None
    requirement: Requirement | None = None
    arrived_at: int | None = None
    not_before: int | None = None


class NewMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A message as an adapter posts it: `message` is its external id. Times are wall milliseconds."""

    message: str
    author: Literal["customer", "agent"]
    kind: str
    content: Content
    sent_at: int | None
    in_reply_to: str | None
    reply_until: int | None


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """New facts about a contact; None leaves what was."""

    customer: Customer | None = None
    attributes: dict[str, Any] | None = None
    metadata: dict[str, Any] | None = None
    tags: tuple[str, ...] | None = None
