"""What the operator says of a line's speech."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

import msgspec

Media: TypeAlias = Annotated[str, msgspec.Meta(pattern=r"^(sound|recording):[^,]+$")]
"""A sound of one's own, such as `sound:custom/welcome`."""
Key: TypeAlias = Annotated[str, msgspec.Meta(pattern=r"^[0-9*#]$")]
Dialled: TypeAlias = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
Interval: TypeAlias = Annotated[int, msgspec.Meta(ge=1, le=3600)]


class Digit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a waiting caller's key does: one of the three. Raises ValueError where it is not one."""

    say: Literal["place"] | None = None
    """He hears his place, and the wait, as they are now."""
    to_line: Dialled | None = None
    """He goes to another line, and keeps the time of his arrival."""
    leave: bool = False
    """He leaves the queue; the dialplan goes on with him."""

    def __post_init__(self) -> None:
        if (self.say is not None) + (self.to_line is not None) + self.leave != 1:
            raise ValueError('a digit has one of say = "place", to_line = "…" and leave = true')


class LineSpeech(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What callers of a line are told while they wait."""

    greeting: Media | None = None
    """Once, when the wait begins."""
    announcements: tuple[Media, ...] = ()
    """Sounds of one's own, in turn."""
    announce_every_s: Interval = 60
    place_every_s: Annotated[int, msgspec.Meta(ge=0, le=3600)] = 30
    """So often the place and the wait are looked at, and told where they are better than what was told last.

    With 0 they are told only to him who asks.
    """
    place_due_s: Interval = 120
    """After so long without a word of them they are told again, unless they are worse."""
    digits: dict[Key, Digit] = {}
