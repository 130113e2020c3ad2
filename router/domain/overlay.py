"""Overlays: what supervisors change while the router runs, on top of the operation's file, with author and end.

A field that an overlay states beats the file's, wholly: an agent's skills become those of the overlay and no others.
The operation in force is the file's with the overlays on it, worked out anew by this one pure function.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgspec

from router.domain.hours import DAY_MINUTES, Schedule
from router.domain.loading.names import Names
from router.domain.loading.people import read_profile
from router.domain.loading.table import Table
from router.domain.requirement import Amount
from router.domain.states import Role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from router.domain.operation import Operation, Queue
    from router.kit.errors import Problem

NEVER: Final = ((),) * 7
ALWAYS: Final = (((0, DAY_MINUTES),),) * 7

SHUT: Final = "!"
"""What the hours of a queue that an overlay closes begin with; no hours of a file can."""


class Overlay(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What every overlay says of itself. Times are milliseconds of the wall."""

    role: Role
    author: str | None
    at: int
    until: int | None = None
    """When it ends by itself."""

    @property
    def stated(self) -> dict[str, Any]:
        """The fields that beat the file's."""
        own = [name for name in self.__struct_fields__ if name not in Overlay.__struct_fields__]
        return {name: value for name in own if (value := getattr(self, name)) is not None}


class QueueOverlay(Overlay, frozen=True, kw_only=True, omit_defaults=True):
    """A queue that is open or closed whatever its hours say, and what people should know of it."""

    open: bool | None = None
    notice: str | None = None


class AgentOverlay(Overlay, frozen=True, kw_only=True, omit_defaults=True):
    """What an agent may and can do other than the file says."""

    queues: tuple[str, ...] | None = None
    media: tuple[str, ...] | None = None
    skills: dict[str, int] | None = None
    powers: dict[str, Amount] | None = None
    phone: str | None = None


AnyOverlay = TypeVar("AnyOverlay", QueueOverlay, AgentOverlay)


class Overlays(msgspec.Struct, frozen=True, omit_defaults=True):
    """All overlays of a workspace, by the queue's or the agent's name."""

    queues: dict[str, QueueOverlay] = {}
    agents: dict[str, AgentOverlay] = {}

    @property
    def next_end(self) -> int | None:
        """When the first of them ends by itself."""
        ends = [overlay.until for overlay in self._all() if overlay.until is not None]
        return min(ends, default=None)

    def at(self, wall_ms: int) -> Overlays:
        """Those that have not ended by then."""
        return Overlays(
            queues={name: one for name, one in self.queues.items() if one.until is None or one.until > wall_ms},
            agents={name: one for name, one in self.agents.items() if one.until is None or one.until > wall_ms},
        )

    def fitting(self, base: Operation) -> Overlays:
        """What of them can still be put on `base`: its queues and agents, and of an agent what the file could say."""
        agents = {name: _fitting(one, base) for name, one in self.agents.items() if name in base.agents}
        return Overlays(
            queues={name: one for name, one in self.queues.items() if name in base.queues},
            agents={name: one for name, one in agents.items() if one.stated},
        )

    def _all(self) -> Iterator[Overlay]:
        yield from self.queues.values()
        yield from self.agents.values()


def changed(overlays: dict[str, AnyOverlay], name: str, overlay: AnyOverlay) -> dict[str, AnyOverlay]:
    """`overlays` with this one under `name`, or without any where it states nothing."""
    rest = {other: kept for other, kept in overlays.items() if other != name}
    return rest | {name: overlay} if overlay.stated else rest


def in_force(base: Operation, overlays: Overlays) -> Operation:
    """The file's operation with the overlays on it, which must be `fitting`."""
    queues, hours, agents = dict(base.queues), dict(base.hours), dict(base.agents)
    for name, overlay in overlays.queues.items():
        if overlay.open is True:
            queues[name] = msgspec.structs.replace(queues[name], hours=None)
        elif overlay.open is False:
            hours[SHUT + name] = _shut(base, queues[name], overlay.until)
            queues[name] = msgspec.structs.replace(queues[name], hours=SHUT + name)
    for name, overlay in overlays.agents.items():
        agents[name] = msgspec.structs.replace(agents[name], **overlay.stated)
    return msgspec.structs.replace(base, queues=queues, hours=hours, agents=agents)


def _shut(base: Operation, queue: Queue, until: int | None) -> Schedule:
    """Hours that never open; or, where the end is known, the queue's own from then on, so that they begin on time."""
    if until is None:
        return Schedule(base.timezone, NEVER)
    own = Schedule(base.timezone, ALWAYS) if queue.hours is None else base.hours[queue.hours]
    return msgspec.structs.replace(own, from_ms=until)


def read_agent(overlay: AgentOverlay, base: Operation) -> tuple[AgentOverlay, list[Problem]]:
    """The overlay as the loader reads the same in an operation's file, and what it finds wrong with it."""
    problems: list[Problem] = []
    stated = msgspec.json.decode(msgspec.json.encode(overlay.stated), type=dict[str, object])
    table = Table(problems, "", "agents", stated)
    names = Names(
        languages=base.languages,
        dispositions=base.dispositions,
        breaks=base.breaks,
        skills=tuple(base.skills),
        powers=tuple(base.powers),
        hours=tuple(base.hours),
        media=tuple(base.media),
        channels=tuple(base.channels),
        queues=tuple(base.queues),
        groups=(),
        agents=tuple(base.agents),
    )
    profile = read_profile(table, names)
    if table.has("phone"):
        table.text("phone")
    read = {"skills": profile.skills, "powers": profile.powers}
    as_read = msgspec.structs.replace(overlay, **{name: read[name] for name in read if name in overlay.stated})
    return as_read, [replace(problem, table="") for problem in problems]


def _fitting(overlay: AgentOverlay, base: Operation) -> AgentOverlay:
    """The overlay without the fields that `base` no longer allows."""
    for problem in read_agent(overlay, base)[1]:
        field = problem.field.partition(".")[0]
        overlay = msgspec.structs.replace(overlay, **{field: None})
    return overlay
