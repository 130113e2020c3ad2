"""The `[media]` and `[channels]` of an operation file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, get_args

import msgspec

from router.domain.loading.table import Table
from router.domain.operation import CAPACITY, AnsweredBy, Channel, Medium, Mode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from router.domain.loading.names import Names

MODES: Final[tuple[Mode, ...]] = get_args(Mode)
ANSWERS: Final[tuple[AnsweredBy, ...]] = get_args(AnsweredBy)

HOUR_S: Final = 3600
DAY_S: Final = 24 * HOUR_S

ANSWER_LIMIT: Final[Mapping[AnsweredBy, str]] = {"connected": "connect", "reply": "reply"}
"""Which limit runs from accept to the answer. Where accepting is answering there is none."""

RESTS: Final = ("no_answer", "busy", "refused", "unreachable")
"""Why an agent could not be connected that may rest him for a time of its own."""


class Defaults(msgspec.Struct, frozen=True):
    """What a medium's table may leave out; None must be stated. `limits_s` has seconds by the limit's name."""

    cost: int | None = None
    most: int | None = None
    mode: Mode | None = None
    answered_by: AnsweredBy | None = None
    limits_s: dict[str, int] = {}


BUILT_IN: Final[Mapping[str, Defaults]] = {
    "voice": Defaults(100, 1, "longest_idle", "connected", {"offer": 15, "connect": 20, "wrap_up": 15}),
    "chat": Defaults(25, 3, "most_loaded", "reply", {"offer": 20, "reply": 120, "wrap_up": 5}),
}
"""The media that need no table. A table of the same name replaces key by key."""


def read_media(top: Table, names: Names) -> dict[str, Medium]:
    """Every medium: those with a table, then the built-in ones that a channel uses without."""
    tables = dict(top.named("medium", "media"))
    missing = Table([], "", "", {})
    return {
        name: _read_medium(name, tables.get(name, missing), names)
        for name in names.media
        if name in tables or name in BUILT_IN
    }


def read_channels(top: Table, names: Names) -> dict[str, Channel]:
    """Every channel."""
    channels: dict[str, Channel] = {}
    for name, table in top.named("channel", "channels"):
        channels[name] = Channel(
            name=name,
            medium=table.reference("medium", "medium", dict.fromkeys((*names.media, *BUILT_IN))),
            session=table.flag("session", default=False),
        )
        table.done()
    return channels


def _read_medium(name: str, table: Table, names: Names) -> Medium:
    defaults = BUILT_IN.get(name, Defaults())
    cost = table.whole("cost", 1, CAPACITY, defaults.cost)
    mode: Mode = table.choice("mode", MODES, defaults.mode)
    answered_by: AnsweredBy = table.choice("answered_by", ANSWERS, defaults.answered_by)
    limits = table.part("limits_s")
    rests = table.part("rests_s")
    answer = ANSWER_LIMIT.get(answered_by)
    given = defaults.limits_s
    medium = Medium(
        name=name,
        cost=cost,
        most=table.whole("most", 1, CAPACITY, defaults.most or CAPACITY // cost),
        mode=mode,
        answered_by=answered_by,
        offer_ms=limits.duration_ms("offer", 1, HOUR_S, given.get("offer")),
        answer_ms=limits.duration_ms(answer, 1, DAY_S, given.get(answer)) if answer else 0,
        wrap_up_ms=limits.duration_ms("wrap_up", 0, HOUR_S, given.get("wrap_up")),
        parked_ms=limits.duration_ms("parked", 1, 30 * DAY_S, DAY_S),
        rest_ms=limits.duration_ms("rest", 1, HOUR_S, 30),
        parked_disposition=(
            table.reference("disposition", "parked_disposition", names.dispositions)
            if table.has("parked_disposition")
            else None
        ),
        rests_ms={reason: rests.duration_ms(reason, 1, HOUR_S) for reason in RESTS if rests.has(reason)},
    )
    limits.done()
    rests.done()
    table.done()
    return medium
