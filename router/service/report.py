"""The report of a day, from the stream of events and from how the agents stand now."""

from __future__ import annotations

import asyncio
from datetime import date, datetime
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import msgspec

from router.domain.day import Day
from router.domain.operation import Operation
from router.domain.report import Report
from router.domain.stretches import Stretch, Stretches
from router.engine.acts.reading import GetAgent, GetOperation
from router.engine.stream import read_events, read_next_events
from router.kit.errors import Refusal

if TYPE_CHECKING:
    from router.domain.events import Event
    from router.engine.engine import Engine

AT_ONCE: Final = 2_000
"""Events that are read together: the server is busy with them for a few milliseconds."""


class DayReport(msgspec.Struct, frozen=True):
    """A report, and what one must know to read it. Times are the wall's, in milliseconds since 1970.

    `begins_ms`: what was before is no longer kept. `until_ms`: the day was not over. Both are None for a whole day.
    """

    operation: Operation
    report: Report
    begins_ms: int | None
    until_ms: int | None


async def report_of(engine: Engine, when: date | None = None) -> DayReport:
    """The report of a day in the operation's time zone, or of today so far.

    Refuses `future_day`, and `unkept_day` where all of the day's events are gone, or there were none yet.
    """
    answer = await engine.do(GetOperation())
    operation, offset_ms = answer.result[2].operation, answer.wall - answer.now
    today = date_of(answer.wall, operation.timezone)
    when = when or today
    if when > today:
        raise Refusal("future_day", f"{when} is not yet: it is {today} in {operation.timezone}")
    kept = await read_events(engine.connection, engine.workspace, 0, 1)
    first = date_of(kept[0].at_ms + offset_ms if kept else answer.wall, operation.timezone)
    if when < first:
        raise Refusal("unkept_day", f"nothing is kept of {when}: the events begin on {first}")
    day = Day.of(when, operation.timezone)
    reading = Reading(engine, day, offset_ms)
    await reading.begin(answer.seq)
    await reading.read(answer.seq)
    people = {agent.id for agent in operation.agents.values() if not agent.automatic}
    await reading.finish(people, min(answer.now, day.end_ms - offset_ms))
    return DayReport(
        operation=operation,
        report=reading.report,
        begins_ms=reading.begins_ms,
        until_ms=answer.wall if answer.wall < day.end_ms else None,
    )


class Reading:
    """Reads the stream from a day's beginning on. Times are the workspace's, but for `begins_ms`."""

    def __init__(self, engine: Engine, day: Day, offset_ms: int, at_once: int = AT_ONCE) -> None:
        self.report = Report(day, offset_ms)
        self.states = Stretches()
        self.begins_ms: int | None = None
        """What was before, by the wall, is no longer kept; None where it has the day from its beginning."""
        self._engine = engine
        self._start_ms = day.start_ms - offset_ms
        self._end_ms = day.end_ms - offset_ms
        self._at_once = at_once
        self._seq = 0

    async def begin(self, upto: int) -> None:
        """Find the day's first event, which is not behind the number `upto`."""
        kept = await read_events(self._engine.connection, self._engine.workspace, 0, 1)
        if kept and kept[0].seq > 1 and kept[0].at_ms > self._start_ms:
            self.begins_ms = self.report.day.start_ms + kept[0].at_ms - self._start_ms
        self._seq = await self._last_before(self._start_ms, upto)

    async def read(self, upto: int) -> None:
        """The day's events that were not read yet, up to a number. Refuses `unkept_day` where they have just gone."""
        while self._seq < upto and (events := await self._page()):
            for event in events:
                if event.at_ms >= self._end_ms or event.seq > upto:
                    return
                self.report.read(event)
                stretch = self.states.read(event)
                if stretch is not None:
                    self.report.spend(stretch)
                self._seq = event.seq

    async def finish(self, people: set[str], until_ms: int) -> None:
        """What nobody's change has ended until then.

        Who did not change all day is in the state that he is in now, if he was so then; else in the one that he leaves
        first thereafter.
        """
        missing: set[str] = set()
        for name in people:
            state, since_ms = self.states.now.get(name) or await self._as_he_stands(name)
            if since_ms < until_ms:
                self.report.spend(Stretch(name, state, since_ms, until_ms))
            else:
                missing.add(name)
        while missing and (events := await self._page()):
            for event in events:
                stretch = self.states.read(event)
                if stretch is not None and stretch.agent in missing:
                    missing.discard(stretch.agent)
                    self.report.spend(stretch._replace(until_ms=min(stretch.until_ms, until_ms)))
            self._seq = events[-1].seq

    async def _as_he_stands(self, name: str) -> tuple[str, int]:
        """His state, and since when. One who does not follow the operation yet is offline since ever."""
        try:
            agent = (await self._engine.do(GetAgent(agent=name))).result
        except Refusal:
            return "offline", 0
        return agent.state, agent.since

    async def _page(self) -> list[Event]:
        """The next events. Refuses `unkept_day` where they have just gone."""
        await asyncio.sleep(0)
        engine, after = self._engine, self._seq or None
        try:
            return await read_next_events(engine.connection, engine.workspace, after, self._at_once)
        except Refusal:
            raise Refusal("unkept_day", "its events went while they were to be read") from None

    async def _last_before(self, start_ms: int, upto: int) -> int:
        """The number of the last event before a moment; 0 where that is not kept.

        The stream's numbers grow as its moments do, so it is found by halves.
        """
        low, high = 0, upto
        while low < high:
            middle = (low + high) // 2
            found = await read_events(self._engine.connection, self._engine.workspace, middle, 1)
            if found and found[0].at_ms < start_ms:
                low = found[0].seq
            else:
                high = middle
        return low


def date_of(wall_ms: int, timezone: str) -> date:
    """Which day it is in a time zone."""
    return datetime.fromtimestamp(wall_ms / 1000, ZoneInfo(timezone)).date()
