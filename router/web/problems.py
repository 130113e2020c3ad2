"""What is not an answer: every refusal and fault as an RFC 9457 problem."""

from __future__ import annotations

from typing import Final

from router.domain.refusals import REFUSALS
from router.domain.wire.answers import Problem
from router.kit.errors import Fault, Refusal, RouterError

RETRY_AFTER_S: Final = "1"
"""When to come again: the pump and the links look for the server more often than that."""

COME_AGAIN: Final = frozenset({429, 503})
"""Statuses that say when to come again."""


def problem_of(error: RouterError) -> Problem:
    """The problem that an error of ours is; what is not expected is a fault of the server."""
    if isinstance(error, Refusal):
        kind = REFUSALS[error.code]
        return Problem(
            type=f"/problems/{kind.code}", title=kind.meaning, status=kind.status, code=kind.code, detail=error.detail
        )
    if isinstance(error, Fault):
        return problem_of(Refusal("store_away"))
    raise error


def malformed(error: Exception) -> Refusal:
    """A body that is not of the documented form. Says where; never what stood there, which may be a customer's."""
    return Refusal("malformed", str(error))
