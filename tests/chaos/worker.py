"""A router process to be killed: it posts contacts, and works them for its share of the agents.

Started by the tests as `python -m tests.chaos.worker DATA SLOT SLOTS FIRST LAST`. Posts the contacts FIRST … LAST of
its slot and says `acked NUMBER CONTACT` for each that the router has taken; works for every agent of its slot until it
is told to stop by the end of its standard input.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from router.app import serving
from router.domain.new import NewContact
from router.engine.acts.agents import Accept, Acknowledge, Connect, SetPresence
from router.engine.acts.contacts import Complete, Connected
from router.engine.acts.reading import GetWork
from router.engine.engine import Actor
from router.kit.clock import SystemClock
from router.kit.errors import Fault, Refusal
from router.service.tail import follow
from tests.chaos.story import AGENTS, OPERATION, OUTSTANDING
from tests.helpers.floor import operation_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Any

    from router.service.served import Served

ADAPTER = Actor("adapter", "chaos")


class Worker:
    """What this process does beside what every router process does."""

    def __init__(self, app: Served, slot: int, slots: int) -> None:
        self.app = app
        self.slot = slot
        self.agents = [agent for index, agent in enumerate(AGENTS) if index % slots == slot]
        self.slots = slots
        self.talks: set[asyncio.Task[None]] = set()

    async def run(self, first: int, last: int) -> None:
        """Sign in, take up what was left, post, work."""
        for agent in self.agents:
            await self.persist(lambda agent=agent: self.sign_in(agent))
        async with asyncio.TaskGroup() as group:
            group.create_task(self.watch())
            group.create_task(self.look_around())
            for lane in range(OUTSTANDING):
                group.create_task(self.post(range(first + lane, last, OUTSTANDING)))

    async def sign_in(self, agent: str) -> None:
        """The agent's desk is connected to this process."""
        await self.app.engine.do(Connect(agent=agent, connection=self.app.process, process=self.app.process))
        await self.app.engine.do(SetPresence(agent=agent, presence="available"))

    async def post(self, numbers: range) -> None:
        """Post each number of this slot; one that may or may not have arrived is posted again."""
        for number in numbers:
            if number % self.slots == self.slot:
                new = NewContact(channel="phone", external_id=str(number), attributes={"number": number})
                at_ms = SystemClock().wall_ms()
                contact = await self.persist(lambda new=new, at_ms=at_ms: self.app.contacts.post(new, ADAPTER, at_ms))
                print("acked", number, contact.result.id, flush=True)

    async def watch(self) -> None:
        """Every offer to an agent of this slot is taken, answered and completed."""
        after = 0
        while True:
            with contextlib.suppress(Fault):
                async for events in follow(self.app.events, self.app.engine.workspace, after):
                    after = events[-1].seq
                    for event in events:
                        if event.type == "offer.made" and event.agent in self.agents:
                            self.begin(event.agent, event.contact or "", event.offer or "")
            await asyncio.sleep(0.01)

    async def look_around(self) -> None:
        """What events of a dead process, or a lost reply, left undone is found by looking."""
        while True:
            for agent in self.agents:
                await self.persist(lambda agent=agent: self.sign_in(agent))
                work = await self.persist(lambda agent=agent: self.app.engine.do(GetWork(agent=agent)))
                for contact in work.result[1]:
                    self.begin(agent, contact.id, contact.offer_id or "")
            await asyncio.sleep(1)

    def begin(self, agent: str, contact: str, offer: str) -> None:
        """Work on a contact, if it is not being worked on."""
        if any(task.get_name() == contact for task in self.talks):
            return
        task = asyncio.create_task(self.talk(Actor("agent", agent), contact, offer), name=contact)
        self.talks.add(task)
        task.add_done_callback(self.talks.discard)

    async def talk(self, agent: Actor, contact: str, offer: str) -> None:
        """One contact from its offer to its end; a refusal means that it went on without this agent."""
        engine = self.app.engine
        with contextlib.suppress(Refusal):
            await self.persist(lambda: engine.do(Acknowledge(offer=offer), agent))
            await self.persist(lambda: engine.do(Accept(offer=offer), agent))
            await self.persist(lambda: engine.do(Connected(contact=contact), ADAPTER))
            await self.persist(lambda: engine.do(Complete(contact=contact), agent))

    async def persist(self, act: Callable[[], Awaitable[Any]]) -> Any:
        """Call until there is an answer, however often the server goes away."""
        while True:
            try:
                return await act()
            except Fault:
                await asyncio.sleep(0.02)


async def main() -> None:
    """See the module's docstring."""
    data, slot, slots, first, last = sys.argv[1:]
    async with serving(operation_of(OPERATION), data=Path(data)) as app:
        worker = asyncio.create_task(Worker(app, int(slot), int(slots)).run(int(first), int(last)))
        told_to_stop = asyncio.create_task(asyncio.to_thread(sys.stdin.read))
        await asyncio.wait([worker, told_to_stop], return_when=asyncio.FIRST_COMPLETED)
        if worker.done():
            traceback.print_exception(worker.exception())
            sys.stderr.flush()
            os._exit(1)  # the thread that reads standard input would keep a normal exit waiting
        worker.cancel()
        await asyncio.wait([worker])


if __name__ == "__main__":
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger("error"),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    asyncio.run(main())
