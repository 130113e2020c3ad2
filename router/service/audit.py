"""The history checker over a live workspace: its events, its figures and, where that is asked for, all its keys."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import msgspec

from router.domain.audit.audit import PATIENCE_MS, Audit
from router.domain.audit.floor import UNKNOWN
from router.domain.audit.promises import OF_KEYS, Promise
from router.domain.rules import Rules, rules_of
from router.engine.acts.reading import GetMoment, GetOperation
from router.engine.consistency import problems_of
from router.engine.leftovers import leftovers_of
from router.engine.snapshot import take_snapshot
from router.engine.stream import read_checkpoint, read_events, read_events_back, read_figures
from router.kit.clock import SystemClock
from router.kit.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from router.domain.audit.promises import Breach
    from router.domain.events import Event
    from router.engine.engine import Engine
    from router.engine.snapshot import Snapshot

AT_ONCE: Final = 5_000
"""Events that are read together."""
STILL_WITHIN_S: Final = 60.0
"""So long the keys are read anew where something happened meanwhile."""
_PAUSE_S: Final = 0.2

Wrong = tuple[Promise, str]
"""A broken promise and what is wrong."""


class Auditor:
    """Reads a workspace's events from after `after`, or from the first that is kept, and judges them."""

    def __init__(self, engine: Engine, audit: Audit, seq: int) -> None:
        self._engine = engine
        self._audit = audit
        self._told = 0
        self.first = seq + 1
        self.seq = seq
        """The last event that was read."""
        self.found = audit.found

    @classmethod
    async def open(cls, engine: Engine, after: int | None = None, patience_ms: int = PATIENCE_MS) -> Auditor:
        """Begin. Refuses `events_trimmed` where the event after `after` is not kept, or has not happened."""
        moment = await engine.do(GetMoment())
        kept = await read_events(engine.connection, engine.workspace, 0, 1)
        first = kept[0].seq if kept else moment.seq + 1
        if after is not None and not first <= after + 1 <= moment.seq + 1:
            raise Refusal("events_trimmed", f"there are the events {first} to {moment.seq}")
        start = first - 1 if after is None else after
        counted, figures = await read_checkpoint(engine.connection, engine.workspace)
        has_figures = first <= counted + 1
        audit = Audit(
            whole=start == 0,
            rules=await _rules_at(engine, start, moment.seq) if start else None,
            figures=figures if has_figures else None,
            counted=counted,
            patience_ms=patience_ms,
        )
        auditor = cls(engine, audit, counted)
        while has_figures and (events := await auditor.page(start)):
            for event in events:
                audit.count(event)
        auditor.seq, auditor.first = start, start + 1
        return auditor

    async def page(self, upto: int | None = None) -> list[Event]:
        """The next events, up to a number; none where there are no more now. Refuses `events_trimmed`."""
        most = AT_ONCE if upto is None else min(AT_ONCE, upto - self.seq)
        events = await read_events(self._engine.connection, self._engine.workspace, self.seq, most) if most > 0 else []
        if events:
            gap = not events[0].follows(self.seq)
            if gap and (await read_events(self._engine.connection, self._engine.workspace, 0, 1))[0].seq > self.seq + 1:
                raise Refusal("events_trimmed", f"what came after {self.seq} went while it was to be read")
            self.seq = events[-1].seq
        return events

    async def read(self) -> AsyncGenerator[Breach]:
        """Read all that has happened, and what happens meanwhile; then compare the figures. Gives each breach."""
        while events := await self.page():
            for event in events:
                self._audit.read(event)
            for breach in self._news():
                yield breach
            await asyncio.sleep(0)
        figures = await read_figures(self._engine.connection, self._engine.workspace)
        moment = await self._engine.do(GetMoment())
        after = self.seq
        later: list[Event] = []
        while events := await self.page(moment.seq):
            later += events
        if not self.found.keeps("stream", self.seq >= moment.seq):
            self.found.breach("stream", f"there are {moment.seq} events, and none after {self.seq}", self.seq)
        self._audit.check_figures(figures, later)
        for event in later:
            self._audit.read(event)
        self._audit.finish(moment.now if self.seq == after else self._audit.floor.at_ms)
        for breach in self._news():
            yield breach

    async def follow(self) -> AsyncGenerator[Breach]:
        """Read what happens from here, until cancelled. Gives each breach."""
        while True:
            for event in await self.page():
                self._audit.read(event)
            for breach in self._news():
                yield breach
            await asyncio.sleep(_PAUSE_S)

    async def check_keys(self) -> list[Breach]:
        """Compare all keys with each other and with the events. Call it when `read` is done.

        All keys cannot be read at once: it takes a moment without an event, and what is wrong is wrong in two of them,
        for leases are renewed without one. Refuses `not_still` where a minute has no such moment.
        """
        before: set[Wrong] | None = None
        clock = SystemClock()
        until_ms = clock.monotonic_ms() + STILL_WITHIN_S * 1000
        while clock.monotonic_ms() < until_ms:
            seq = (await self._engine.do(GetMoment())).seq
            snapshot = await take_snapshot(self._engine.connection, self._engine.workspace)
            if (await self._engine.do(GetMoment())).seq != seq:
                continue
            _ = [breach async for breach in self.read()]
            if self.seq != seq:
                continue
            wrong = self._wrong(snapshot)
            if not wrong or before is not None:
                self._say(wrong & (before or wrong))
                return list(self._news())
            before = wrong
        raise Refusal("not_still", f"for {STILL_WITHIN_S:g} s something happened whenever the keys were read")

    def _wrong(self, snapshot: Snapshot) -> set[Wrong]:
        try:
            wrong: set[Wrong] = {("indexes", what) for what in problems_of(snapshot)}
            wrong.update(("retention", what) for what in leftovers_of(snapshot))
            return wrong | self._unlike(snapshot)
        except (KeyError, ValueError, AttributeError, TypeError, AssertionError) as error:
            return {("indexes", f"a record is not whole: {type(error).__name__} {error}")}

    def _say(self, wrong: set[Wrong]) -> None:
        for promise in OF_KEYS:
            self.found.keeps(promise, all(name != promise for name, _ in wrong))
        for promise, what in sorted(wrong):
            self.found.breach(promise, what, self.seq)

    def _unlike(self, snapshot: Snapshot) -> set[Wrong]:
        """Where contacts and agents are not what the events say."""
        floor = self._audit.floor
        found: set[Wrong] = set()
        contacts, agents = snapshot.contacts(), snapshot.agents()
        for name, record in contacts.items():
            contact = floor.contacts.get(name) or floor.ended.get(name)
            if contact is None:
                if floor.whole and "ended_at" not in record.fields:
                    found.add(("contacts", f"contact {name} is there, and no event says so"))
            elif contact.state != UNKNOWN:
                now, by_events = (record.fields["state"], record.fields["version"]), (contact.state, contact.version)
                if now != by_events:
                    found.add(("indexes", f"contact {name} is {now}, and by its events {by_events}"))
        for name, contact in floor.contacts.items():
            if name not in contacts:
                found.add(("contacts", f"contact {name} is {contact.state} by its events, and is not there"))
        for name, agent in floor.agents.items():
            version = agents[name].fields["version"] if name in agents else None
            if version != agent.version and agent.version > 0:
                found.add(("indexes", f"agent {name} has version {version}, and by his events {agent.version}"))
        return found

    def _news(self) -> list[Breach]:
        news = self.found.breaches[self._told :]
        self._told += len(news)
        return news


async def _rules_at(engine: Engine, seq: int, upto: int) -> Rules | None:
    """The rules that were in force after an event; None where that is not known any more."""
    changed = False
    async for event in read_events_back(engine.connection, engine.workspace, upto, upto):
        if event.type == "operation.applied":
            if event.seq <= seq:
                return msgspec.convert(event.data["rules"], Rules)
            changed = True
    if changed:
        return None
    stored = (await engine.do(GetOperation())).result[2]
    return rules_of(stored.operation, stored.retired | stored.operation.media)
