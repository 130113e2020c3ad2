"""What the drills ask of a workspace when the harm is done: every promise kept, and every contact ended."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from router.domain.audit.audit import Audit
from router.domain.audit.floor import ENDS
from router.engine.engine import Engine
from router.engine.stream import read_events
from router.kit.clock import SystemClock
from router.kit.errors import Fault
from router.service.audit import Auditor

if TYPE_CHECKING:
    from router.domain.audit.findings import Findings
    from router.domain.events import Event
    from router.engine.link import Caller

AWAY_MS = 10_000
"""So long a contact may wait beside an idle agent: while the server is down, nobody is offered anything."""


class History:
    """A reading of a workspace's events as they happen, and how each contact ended."""

    def __init__(self, connection: Caller, workspace: str) -> None:
        self._engine = Engine(connection, workspace, SystemClock())
        self._audit = Audit(figures={}, patience_ms=AWAY_MS)
        self.seq = 0
        self.ended: dict[str, str] = {}
        """Contact → its last event."""
        self.known: set[str] = set()
        """Contacts of which there is any event."""

    async def read(self) -> None:
        """Read what has happened since the last time."""
        while events := await self._next():
            for event in events:
                self._audit.read(event)
                if event.contact is not None:
                    self.known.add(event.contact)
                if event.type in ENDS:
                    self.ended[event.contact or ""] = event.type
            self.seq = events[-1].seq

    async def _next(self) -> list[Event]:
        """The next events, however often the server goes away."""
        while True:
            try:
                return await read_events(self._engine.connection, self._engine.workspace, self.seq, 5_000)
            except Fault:
                await asyncio.sleep(0.1)

    async def until_ended(self, contacts: int, within_s: float = 120) -> None:
        """Read until so many contacts have ended, as they must in that time."""
        async with asyncio.timeout(within_s):
            while len(self.ended) < contacts:
                await self.read()

    async def judged(self) -> Findings:
        """Every promise is looked at, those of keys and figures too. Raises AssertionError with the breaches."""
        auditor = Auditor(self._engine, self._audit, self.seq)
        _ = [breach async for breach in auditor.read()]
        await auditor.check_keys()
        assert not auditor.found.breaches, "\n".join(map(str, auditor.found.breaches[:5]))
        return auditor.found


async def event_of(connection: Caller, workspace: str, seq: int, kind: str, agent: str) -> Event:
    """The first event of a kind that is the agent's, after a number, once it is there."""
    while True:
        for event in await read_events(connection, workspace, seq):
            seq = event.seq
            if event.type == kind and event.agent == agent:
                return event


async def lost_between(connection: Caller, workspace: str, after: int, upto: int) -> tuple[set[str], int]:
    """The agents who were lost between two numbers, and how many contacts were taken back from them."""
    lost, taken_back = set[str](), 0
    while after < upto:
        for event in await read_events(connection, workspace, after):
            after = event.seq
            if event.type == "agent.lost":
                lost.add(event.agent or "")
            taken_back += event.type == "contact.requeued" and event.data["reason"] == "agent_lost"
    return lost, taken_back
