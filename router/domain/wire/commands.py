"""Commands: what is asked of a channel during a talk, as answers and frames show it."""

from __future__ import annotations

import msgspec

from router.domain.command import CommandState, Do
from router.domain.wire.answers import By
from router.domain.wire.moment import Moment


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """What the channel is to do in a talk, and what has come of it.

    `args` are those of its kind: `digits` {digits}, `transfer` {to}, `consult` {agent} or {to}. Come to after `until`,
    it is not to be done any more.
    """

    id: str
    contact: str
    do: Do
    args: dict[str, str]
    state: CommandState
    code: str | None
    """Why it failed: the adapter's own word, `ended` with the talk, `erased` with the customer."""
    detail: str | None
    by: By
    at: Moment
    until: Moment


class Commands(msgspec.Struct, frozen=True, kw_only=True):
    """A page of a contact's commands; `next` is the `after` of the following page, null at the end."""

    items: list[Command]
    next: int | None
