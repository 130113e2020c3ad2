"""The example platform's own shapes."""

from __future__ import annotations

from typing import Literal

import msgspec

What = Literal["message", "edited", "deleted", "typing", "read", "pressed", "blocked"]


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """A message in a chat; `ours` where it was written on the account's side."""

    id: str
    at_ms: int
    name: str | None = None
    language: str | None = None
    text: str | None = None
    file: str | None = None
    bytes: int | None = None
    album: str | None = None
    in_reply_to: str | None = None
    ours: bool = False


class Update(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened in a chat. `ids` are those of what was deleted or read, or what a button says."""

    number: int
    chat: str
    what: What
    message: Message | None = None
    ids: tuple[str, ...] = ()


class Updates(msgspec.Struct, frozen=True):
    """Updates in order, each as it came; `upto` is the last one's number, for the next question."""

    items: list[msgspec.Raw]
    upto: int
