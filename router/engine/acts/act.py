"""The acts: one typed stub for each Lua function of `lua/acts/`, whose header must say the same.

A stub's fields are the act's arguments in order, `returns` the shape of its result, `refuses` the codes it may answer.
The wire is one msgpack array of the caller's context followed by the fields. Times are milliseconds; those called
`…_at` or `arrived` are given on the wall, because only the wall is shared with those who saw it happen.
"""

from __future__ import annotations

from typing import Any, ClassVar, Generic, Literal, TypeVar

import msgspec

from router.domain.contact import Contact

Result = TypeVar("Result")

HOUR_MS = 3_600_000


class Act(msgspec.Struct, Generic[Result], frozen=True, kw_only=True):
    """One call to the library."""

    returns: ClassVar[Literal["contact", "agent", "value", "nothing"]] = "contact"
    result: ClassVar[Any] = Contact
    refuses: ClassVar[tuple[str, ...]] = ()
    reads: ClassVar[bool] = False
    """Writes nothing."""
    grows: ClassVar[bool] = False
    """Adds something that stays, so it may be denied when memory is full; everything else must go on."""
    begins: ClassVar[bool] = False
    """Runs in a workspace that has no operation yet."""
    repeatable: ClassVar[bool] = False
    """Carries an id of its own, so that repeating it after a lost reply changes nothing."""
    keep_ms: ClassVar[int] = HOUR_MS // 6
    """How long the answer is kept under an idempotency key."""


class QuietAct(Act[None], frozen=True, kw_only=True):
    """An act that answers nothing."""

    returns = "nothing"
    result = None
    repeatable = True
