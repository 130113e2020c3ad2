"""How the engine's records stand in Redis: one short field for each field of the answer structs.

A field's letter is for ever, like a key: two releases share a workspace during a rolling deploy.
"""

from __future__ import annotations

import types
import typing
from typing import Any

from router.domain.command import Command
from router.domain.contact import AgentStatus, Contact
from router.domain.message import Message

CONTACT: dict[str, str] = {
    "version": "v",
    "state": "s",
    "channel": "c",
    "account": "a",
    "medium": "m",
    "thread": "t",
    "session": "e",
    "customer": "u",
    "customer_type": "k",
    "queue": "q",
    "priority": "p",
    "plan": "l",
    "revision": "n",
    "stage": "i",
    "lane": "L",
    "rank": "r",
    "held": "H",
    "unroutable": "X",
    "born": "B",
    "arrived": "A",
    "not_before": "N",
    "queued_at": "Q",
    "assigned_at": "S",
    "answered_at": "W",
    "ended_at": "E",
    "waited": "w",
    "missed": "M",
    "hops": "h",
    "due": "U",
    "agent": "g",
    "offer": "o",
    "offers": "O",
    "made_at": "K",
    "delivered_at": "D",
    "ratio": "y",
    "candidates": "z",
    "preferred": "f",
    "attempts": "T",
    "outcome": "x",
    "ended_by": "b",
    "disposition": "d",
    "rating": "R",
    "messages": "G",
    "asked_at": "Y",
    "parked_at": "P",
    "reply_until": "V",
    "language": "j",
    "rating_until": "Z",
    "rings": "F",
    "first": "I",
}
"""A contact's hash, by the fields of `Contact`."""

AGENT: dict[str, str] = {
    "version": "v",
    "pool": "p",
    "presence": "P",
    "reason": "R",
    "next": "N",
    "next_reason": "M",
    "state": "s",
    "since": "S",
    "idle_since": "i",
    "misses": "m",
    "unresponsive": "u",
    "device": "d",
    "device_state": "D",
    "device_at": "A",
    "last_offer": "o",
    "lost_at": "L",
    "present": "a",
    "holding": "h",
    "recheck": "c",
    "removed": "x",
    "automatic": "b",
    "due": "U",
    "phone_at": "f",
    "at_phone": "F",
}
"""An agent's hash, by the fields of `AgentStatus`; with them groups of fields with a prefix (lua/shared/agent.lua)."""

CHANNEL: dict[str, str] = {
    "phase": "p",
    "holder": "h",
    "owner": "o",
    "process": "P",
    "silent_at": "s",
    "cursor": "c",
    "due": "U",
    "status": "t",
    "detail": "d",
    "capabilities": "C",
    "retries": "r",
    "heard_at": "H",
    "since": "S",
}
"""A channel account's hash."""

CHANNEL_NUMBERS = frozenset({"silent_at", "cursor", "due", "retries", "heard_at", "since"})

MESSAGE_HEAD = Message.__struct_fields__[4:-1]
"""The fields of a message that its contact does not say; its content is kept apart."""

COMMAND_ROW = Command.__struct_fields__[:-1]
"""The fields that a packed command begins with; its arguments follow."""

CONTACT_ROW = Contact.__struct_fields__[:-1]
"""The fields that a packed contact begins with; its body follows."""

AGENT_ROW = AgentStatus.__struct_fields__[:-1]
"""The fields that a packed agent begins with; what occupies him follows."""


def numbers_of(struct: type) -> frozenset[str]:
    """The fields of a struct that are numbers."""
    return frozenset(name for name, hint in typing.get_type_hints(struct).items() if _is_number(hint))


def _is_number(hint: Any) -> bool:
    if isinstance(hint, types.UnionType):
        return any(_is_number(part) for part in hint.__args__)
    return hint in (int, float)
