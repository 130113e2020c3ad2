"""What our bridges and channels on an Asterisk are called: so that another adapter knows what they are.

Each begins with the name of the app, so that two routers may share a server. A contact's id has no dot in it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import date

_THIRD: Final = re.compile(r"([^.]+)\.(consult|transfer)-([0-9]+)(?:\.(.+))?")


@dataclass(frozen=True)
class LegName:
    """A leg's name, read: to whom it belongs, and for which attempt it was made."""

    contact: str
    attempt: int


@dataclass(frozen=True)
class RecordingName:
    """A recording's name, read: whose talk it has, and the last day on which it is kept, as ISO 8601 has it."""

    contact: str
    last_day: str


@dataclass(frozen=True)
class ThirdName:
    """The name of a leg to a third party in a talk, read."""

    contact: str
    is_blind: bool
    """He is to have the customer as soon as he answers; otherwise he is consulted first."""
    number: int
    """That of the command which asks for him; 0 where a phone's key does."""
    agent: str | None
    """A colleague; None is somebody outside."""


class Names:
    """The names of one app."""

    def __init__(self, app: str) -> None:
        self._ours = f"{app}."
        self._leg, self._talk, self._wait = f"{app}.leg.", f"{app}.talk.", f"{app}.wait."
        self._say, self._third, self._recording = f"{app}.say.", f"{app}.third.", f"{app}.recording."

    def waiting(self, music: str) -> str:
        """The bridge of those who wait with this class of music."""
        return self._wait + music

    def talk(self, contact: str) -> str:
        """The bridge of a contact's talk."""
        return self._talk + contact

    def leg(self, contact: str, attempt: int) -> str:
        """The channel to an agent's phone. The same attempt has the same name, whoever makes it: it rings once."""
        return f"{self._leg}{contact}.{attempt}"

    def is_ours(self, name: str) -> bool:
        """Whether we made it."""
        return name.startswith(self._ours)

    def read_leg(self, channel: str) -> LegName | None:
        """What a channel's id says; None where it is no leg of ours."""
        if not channel.startswith(self._leg):
            return None
        contact, attempt = channel.removeprefix(self._leg).split(".", 1)
        return LegName(contact, int(attempt))

    def third(self, name: ThirdName) -> str:
        """The channel to a third party."""
        why = "transfer" if name.is_blind else "consult"
        return f"{self._third}{name.contact}.{why}-{name.number}" + (f".{name.agent}" if name.agent else "")

    def read_third(self, channel: str) -> ThirdName | None:
        """What a channel's id says; None where it is none to a third party."""
        read = _THIRD.fullmatch(channel.removeprefix(self._third)) if channel.startswith(self._third) else None
        return None if read is None else ThirdName(read[1], read[2] == "transfer", int(read[3]), read[4])

    def contact_of_talk(self, bridge: str) -> str | None:
        """Whose talk a bridge is; None where it is none of ours."""
        return bridge.removeprefix(self._talk) if bridge.startswith(self._talk) else None

    def playback(self, token: str) -> str:
        """Something that is played once."""
        return self._say + token

    def recording(self, contact: str, last_day: date) -> str:
        """A contact's recording, which is kept up to this day."""
        return f"{self._recording}{contact}.{last_day.isoformat()}"

    def read_recording(self, name: str) -> RecordingName | None:
        """What a recording's name says; None where it is none of ours."""
        contact, _, last_day = name.removeprefix(self._recording).partition(".")
        is_ours = name.startswith(self._recording) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", last_day)
        return RecordingName(contact, last_day) if is_ours else None

    def music_of(self, bridge: str) -> str | None:
        """The music of a bridge of those who wait; None where it is another."""
        return bridge.removeprefix(self._wait) if bridge.startswith(self._wait) else None


def external_id(channel: str, entry: int) -> str:
    """The contact's external id: the channel's unique id, and from its second entry into the app on, which one."""
    return channel if entry == 1 else f"{channel}~{entry}"


def channel_of(external_id: str) -> tuple[str, int]:
    """(channel, entry) of an external id."""
    channel, _, entry = external_id.partition("~")
    return channel, int(entry or 1)
