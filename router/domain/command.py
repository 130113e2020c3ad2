"""Commands: what whoever serves a talk asks of the channel that carries it. The struct is a msgpack array: the wire."""

from __future__ import annotations

import re
from typing import Final, Literal

import msgspec

Do = Literal[
    "hold",
    "resume",
    "mute",
    "unmute",
    "digits",
    "transfer",
    "consult",
    "cancel_consult",
    "complete_consult",
    "pause_recording",
    "resume_recording",
]
"""What can be asked. An account can do what its capabilities name."""
CommandState = Literal["open", "done", "failed"]

TAKEN_WITHIN_MS: Final = 15_000
"""A command that the channel comes to later than that after it was made is not done any more."""

_ID: Final = re.compile(r"([^.]+)\.c([0-9]{1,9})")


class Command(msgspec.Struct, frozen=True, array_like=True):
    """One command as it stands; its fields but for the last are those of the engine's record, in its order.

    `at` is wall milliseconds. `code` and `detail` say why it failed.
    """

    contact: str
    channel: str
    account: str
    n: int
    do: Do
    state: CommandState
    code: str | None
    detail: str | None
    role: str
    author: str | None
    at: int
    args: dict[str, str]

    @property
    def id(self) -> str:
        """What the wire calls it."""
        return f"{self.contact}.c{self.n}"


def parse_command_id(command: str) -> tuple[str, int] | None:
    """The contact and number of a command's id; None where it is none."""
    found = _ID.fullmatch(command)
    return None if found is None else (found[1], int(found[2]))
