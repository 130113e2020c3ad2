"""Every exception of the house, as one small tree.

RouterError
├── Refusal             an expected "no" with a stable code; nothing was stored
├── Fault               the world failed; the caller may try again
│   ├── StoreAway       the server cannot be reached; the call was never sent
│   └── OutcomeUnknown  the call was sent and its reply was lost; it may or may not have run
│       └── NotReplicated   it has run, and too few replicas have it: another primary may not know of it
├── ServerRefused       the server answered with an error of its own
├── ServerUnfit         the server's version or configuration cannot keep our promises
├── Died                a part of the router that must always run has ended
└── OperationInvalid    an operation file with everything that is wrong in it
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


class RouterError(Exception):
    """The root of the tree."""


class Refusal(RouterError):
    """An expected "no". `code` is stable and part of the contract, `detail` is for people."""

    def __init__(self, code: str, detail: str | None = None) -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail


class Fault(RouterError):
    """The world failed; the same call may succeed later."""


class StoreAway(Fault):
    """The server cannot be reached. The call was never sent, so repeating it is safe."""


class OutcomeUnknown(Fault):
    """The call was sent and its reply was lost. Only a call with an operation id may be repeated."""


class NotReplicated(OutcomeUnknown):
    """Too few replicas have what the server answered, or it takes no call for want of them: nothing is said of it."""


class ServerRefused(RouterError):
    """The server answered with an error that is none of our refusals: a bug, or a full memory."""


class ServerUnfit(RouterError):
    """The server's version or configuration cannot keep the promises of the router."""


class Died(RouterError):
    """A part of the router that must always run has ended."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, or doubtful, in an operation file, with its place and value.

    `table` is `queues.private`, `routes[3]` (counted from 1), `line 4` of a CSV file, or empty at the top of the file;
    `field` is the key in it, with dots where tables nest. `value` is what stands there, None where nothing does.
    """

    file: str
    table: str
    field: str
    value: object
    message: str

    def __str__(self) -> str:
        place = ", ".join(part for part in (self.file, self.table, self.field) if part)
        return f"{place}: {self.message}" if self.value is None else f"{place} = {_shown(self.value)}: {self.message}"


class OperationInvalid(RouterError):
    """An operation file that must not be started. `problems` are all of them, each with its place and value."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)


def _shown(value: object) -> str:
    """`value` for people, on one line of at most 60 characters."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else text[:59] + "…"
