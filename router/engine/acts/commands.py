"""The acts on commands: what is asked of a channel during a talk, and what came of it."""

from __future__ import annotations

from typing import Literal

from router.domain.command import Command, Do
from router.engine.acts.act import Act


class Instruct(Act[Command], frozen=True, kw_only=True):
    """Whoever serves the contact asks its channel to do something in the talk; `args` is msgpack."""

    returns = "value"
    result = Command
    refuses = ("unknown_contact", "stale", "wrong_state", "unsupported", "too_many")
    grows = True

    contact: str
    version: int | None = None
    word: Do
    args: bytes


class SetCommandState(Act[Command], frozen=True, kw_only=True):
    """What has become of a command. One that is not open any more stays as it is."""

    returns = "value"
    result = Command
    refuses = ("unknown_command",)
    repeatable = True

    contact: str
    n: int
    state: Literal["done", "failed"]
    code: str | None = None
    detail: str | None = None


class GetCommand(Act[Command], frozen=True, kw_only=True):
    """One command as it stands."""

    returns = "value"
    result = Command
    refuses = ("unknown_command",)
    reads = True

    contact: str
    n: int


class GetCommands(Act[tuple[list[Command], int | None]], frozen=True, kw_only=True):
    """Open commands of an account, in the order in which they were made, and where to go on (None: that is all)."""

    returns = "value"
    result = tuple[list[Command], int | None]
    reads = True

    channel: str
    account: str
    after: int = 0
    most: int = 100
