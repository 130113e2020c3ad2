"""The pump: runs what time has made due. Every process has one, any of them will do, running it twice does no harm."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import structlog

from router.engine.acts.reading import GetOutdated
from router.engine.acts.workspace import Due, Swept
from router.kit.errors import Fault, Refusal

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from router.engine.engine import Answer, Engine
    from router.service.contacts import Contacts

LONGEST_PAUSE_S = 0.25
"""How soon this process does what another, now dead, would have done."""

LONG_AWAY = 20
"""So many failures in a row are at least five seconds: a third of a process's lease."""

OTHERS_S = 2.0
"""Within this time every process looks for the server again."""

_log: Any = structlog.get_logger()


class Pump:
    """Runs `Due` when the nearest deadline comes that any answer to this process told of, and otherwise now and then.

    `pace` is how much faster than the wall the workspace's clock runs; `on_run()` hears of each `Due` that was done.
    When the server is back, `on_return()` runs before the first `Due`; after a long time away the other processes get
    time to come back too, for their leases are as old, and a `Due` would end them.
    """

    def __init__(
        self,
        engine: Engine,
        contacts: Contacts,
        pace: float = 1.0,
        on_run: Callable[[], object] | None = None,
        on_return: Callable[[], Awaitable[object]] | None = None,
    ) -> None:
        self._engine = engine
        self._on_run = on_run
        self._on_return = on_return
        self._contacts = contacts
        self._pace = pace
        self._due_in_s = 0.0
        self._sooner = asyncio.Event()
        engine.on_answer = self._heard

    async def run(self) -> None:
        """Run until cancelled. While the server is away, nothing is due."""
        failures = 0
        while True:
            try:
                if failures and self._on_return is not None:
                    await self._on_return()
                if failures >= LONG_AWAY:
                    await asyncio.sleep(OTHERS_S)
                failures = 0
                answer = await self._engine.do(Due())
                if self._on_run is not None:
                    self._on_run()
                for queue in answer.result[1]:
                    await plan_outdated(self._engine, self._contacts, queue)
            except Fault as fault:
                _log.debug("pump_waits", reason=str(fault))
                failures += 1
                self._due_in_s = LONGEST_PAUSE_S
            await self._pause()

    async def _pause(self) -> None:
        self._sooner.clear()
        try:
            async with asyncio.timeout(self._due_in_s):
                await self._sooner.wait()
        except TimeoutError:
            pass

    def _heard(self, answer: Answer[Any]) -> None:
        due = answer.next_due
        due_in_s = LONGEST_PAUSE_S
        if due is not None:
            due_in_s = min(max(0, due - answer.now) / 1000 / self._pace, LONGEST_PAUSE_S)
        if due_in_s < self._due_in_s:
            self._sooner.set()
        self._due_in_s = due_in_s


async def plan_outdated(engine: Engine, contacts: Contacts, queue: str) -> None:
    """Plan every waiting contact of the queue by the operation in force."""
    revision = await contacts.refresh()
    after: str | None = "-inf"
    complete = True
    while after is not None:
        found, after = (await engine.do(GetOutdated(queue=queue, after=after))).result
        for contact in found:
            try:
                await contacts.plan_anew(contact.id)
            except Refusal as refusal:
                # It is changing all the time, or the operation is: the next `Due` will name this queue again.
                _log.info("plan_put_off", contact=contact.id, code=refusal.code)
                complete = False
    if complete:
        await engine.do(Swept(queue=queue, revision=revision))
