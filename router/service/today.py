"""The day so far: a report that each process keeps, and reads on whenever somebody asks.

Nothing is read before the first question, and nothing while nobody asks. A day begins anew from the stream, and so does
what has been read when the stream has not its continuation any more.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

import msgspec

from router.domain.day import Day
from router.domain.stretches import Stretch
from router.domain.wire import floor
from router.domain.wire.moment import moment
from router.engine.acts.reading import GetAgent, GetMoment
from router.kit.errors import Refusal
from router.service.report import Reading, date_of

if TYPE_CHECKING:
    from router.domain.report import Report
    from router.engine.engine import Answer, Engine
    from router.service.operations import Current

AT_ONCE: Final = 250
"""Events that are read together: the process does nothing else for some milliseconds."""


class DaySoFar:
    """The report of the operation's present day, as far as this process has read it."""

    def __init__(self, engine: Engine, current: Current) -> None:
        self._engine = engine
        self._current = current
        self._reading: Reading | None = None
        self._busy = asyncio.Lock()

    async def queues(self) -> floor.Today:
        """Every queue: the operation's in its order, then those of which only the day still tells."""
        async with self._busy:
            answer = await self._engine.do(GetMoment())
            reading = await self._read(answer)
            report, names = reading.report, self._current.operation.queues
            queues: list[floor.QueueToday] = []
            for name in [*names, *sorted(report.queues.by_name.keys() - names)]:
                queues.append(_queue(report, name, answer.wall))
                await asyncio.sleep(0)
        return floor.Today(
            date=report.day.when.isoformat(),
            timezone=report.day.zone.key,
            at=moment(answer.wall),
            since=_since(reading),
            queues=queues,
        )

    async def agent(self, name: str) -> floor.AgentToday:
        """One agent, with what he does at this moment. Refuses `unknown_agent`."""
        async with self._busy:
            answer = await self._engine.do(GetAgent(agent=name))
            reading = await self._read(answer)
        profile, goes_on = self._current.operation.agents.get(name), None
        if profile is None or not profile.automatic:
            goes_on = Stretch(name, answer.result.state, answer.result.since, answer.now)
        return floor.AgentToday(
            date=reading.report.day.when.isoformat(),
            at=moment(answer.wall),
            since=_since(reading),
            agent=name,
            day=reading.report.day_of_agent(name, goes_on),
        )

    async def _read(self, answer: Answer[Any]) -> Reading:
        """The day of an answer, read up to it."""
        while True:
            reading = await self._begun(answer)
            try:
                await reading.read(answer.seq)
            except Refusal:  # what comes next has gone, or what was read last was lost
                self._reading = None
            else:
                return reading

    async def _begun(self, answer: Answer[Any]) -> Reading:
        """What has been read of the day of an answer, or its beginning."""
        zone, reading = self._current.operation.timezone, self._reading
        when = date_of(answer.wall, zone)
        if reading is None or (reading.report.day.when, reading.report.day.zone.key) != (when, zone):
            reading = Reading(self._engine, Day.of(when, zone), answer.wall - answer.now, AT_ONCE)
            await reading.begin(answer.seq)
            self._reading = reading
        return reading


def _queue(report: Report, name: str, wall_ms: int) -> floor.QueueToday:
    tallies, starts_ms = report.queues.of(name), report.day.starts_ms
    return floor.QueueToday(
        queue=name or None,
        day=report.queues.day(name).of_queue(),
        half_hours=[
            floor.HalfHour(starts_at=moment(start_ms), **msgspec.structs.asdict(tally.of_queue()))
            for start_ms, tally in zip(starts_ms, tallies, strict=True)
            if start_ms <= wall_ms
        ],
    )


def _since(reading: Reading) -> str | None:
    return None if reading.begins_ms is None else moment(reading.begins_ms)
