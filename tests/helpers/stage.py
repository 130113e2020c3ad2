"""Where a story is told: an operation in force, a clock that is moved, router processes, and names for contacts."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import msgspec

from router.domain.contact import Body
from router.engine.acts import agents, reading, workspace
from router.engine.engine import SYSTEM, Actor, Key
from router.kit.errors import Refusal, StoreAway
from router.kit.ids import IdSource
from router.service.contacts import Contacts
from router.service.operations import apply_operation, current_operation
from router.service.pump import plan_outdated
from tests.helpers.operations import changed_by, operation_of
from tests.model import deadlines

if TYPE_CHECKING:
    from collections.abc import Awaitable, Mapping

    from tests.helpers.twin import Twin

RENEWAL_MS = 5_000
LONG_MS = 600_000


class Ids(IdSource):
    """Ids of contacts, as they come or as they were."""

    old: str | None = None

    def new(self, at_ms: int) -> str:
        """An id that is new, but for the `old` one where there is one."""
        return self.old or super().new(at_ms)


class Stage:
    """The stage of one story, in a workspace of its own."""

    def __init__(self, twin: Twin, document: Mapping[str, Any]) -> None:
        self.twin = twin
        self.document = document
        """The operation in force, as a file has it."""
        self.world = twin.model.world
        self.refusals: Counter[str] = Counter()
        """act: code → how often."""
        self.names: dict[str, str] = {}
        """The story's name of a contact → its id."""
        self._number: int = 0
        self._ids = Ids(lambda _bits: self._number)
        self._routers: dict[str, Contacts] = {}

    async def apply(self, changes: Mapping[str, Any], *, dies: bool = False) -> None:
        """The operation is changed here and there: dotted key → new value, None to take it away.

        All follow at once, unless whoever applies it `dies` before.
        """
        self.document = changed_by(self.document, changes)
        self.twin.due_fails = dies
        with suppress(StoreAway):
            await self._try("apply", apply_operation(self.twin, operation_of(self.document), SYSTEM))
        self.twin.due_fails = False
        if not dies:
            await self.due()

    async def apply_late(self, behind: int) -> None:
        """Somebody comes too late with an operation, or with what he has planned by it."""
        revision = self.world.revision - behind
        await self._do(workspace.StageOperation(digest=self.world.digest))
        await self._do(workspace.ApplyOperation(digest="gone", revision=revision, queues=()))
        await self._do(workspace.Swept(queue=next(iter(self.world.operation.queues)), revision=revision))

    async def on_another_clock(self) -> None:
        """Somebody takes the workspace for one on the server's clock."""
        given, self.twin.given_ms = self.twin.given_ms, None
        await self._do(reading.GetOperation())
        self.twin.given_ms = given
        await self._do(workspace.Create(clock="server"))

    async def due(self) -> None:
        """What is due now is done, as a router's pump would."""
        for _ in range(100):
            answer = await self.twin.do(workspace.Due())
            outdated = answer.result[1]
            if not outdated:
                return
            router = await self._router("router-1")
            for queue in outdated:
                await plan_outdated(self.twin, router, queue)
        raise AssertionError("there is always another queue to plan anew")

    async def advance(self, ms: int, *alive: str) -> None:
        """Time passes, each deadline done at its time, while these router processes say that they live."""
        until = self.twin.now + ms
        while True:
            for process in alive:
                await self.twin.do(agents.Renew(process=process))
            await self.due()
            if self.twin.now >= until:
                return
            self._to(min(until, self._next_due(until), self.twin.now + RENEWAL_MS if alive else until))

    async def until_due(self, ms: int = 0, *alive: str) -> None:
        """Time passes until the next deadline, or so much before it or after; but for deadlines that are far away."""
        for process in alive:
            await self.twin.do(agents.Renew(process=process))
        if ms > 0 and self.twin.heard_due is not None and self.twin.heard_due <= self.twin.now:
            await self.due()  # where the engine looks too early, it does not wait to be asked late
        due = self._next_due(self.twin.now)
        kinds = [kind for at, kind, *_ in deadlines.upcoming(self.world) if at <= due + ms]
        if deadlines.MARKS in kinds and len(kinds) > 1:
            ms = min(
                ms, 0
            )  # where the engine looks at a queue's marks too early, that decides what comes first when it is late
        if self.twin.now < due + ms <= self.twin.now + LONG_MS:
            self._to(due + ms)
        await self.due()

    async def renew(self, process: str) -> None:
        """A router process says that it lives."""
        await self._do(agents.Renew(process=process))

    # How it is done.

    async def _do(self, act: Any, by: Actor = SYSTEM, key: Key | None = None) -> None:
        await self._try(type(act).__name__, self.twin.do(act, by, key))

    async def _try(self, what: str, call: Awaitable[Any]) -> Any:
        try:
            return await call
        except Refusal as refusal:
            self.refusals[f"{what}: {refusal.code}"] += 1
            return None

    async def _router(self, process: str) -> Contacts:
        if process not in self._routers:
            current = await current_operation(self.twin)
            assert current is not None
            self._routers[process] = Contacts(self.twin, current, self._ids)
        return self._routers[process]

    def _to(self, now: int) -> None:
        self.twin.given_ms = max(now, self.twin.now)

    def _next_due(self, otherwise: int) -> int:
        known = [due for due in (self.twin.heard_due, deadlines.next_due(self.world)) if due is not None]
        return max(min(known, default=otherwise), self.twin.now)

    def _id(self, contact: str) -> str:
        return self.names.get(contact, contact)

    def _offer(self, contact: str, by: str | None, offer: int | None) -> tuple[str, Actor]:
        found = self.world.contacts.get(self._id(contact))
        number = offer if offer is not None or found is None else found.offer
        return f"{self._id(contact)}.{number}", self._agent(contact, by)

    def _agent(self, contact: str, by: str | None) -> Actor:
        found = self.world.contacts.get(self._id(contact))
        return Actor("agent", by or (found.agent if found else None) or "nobody")

    def _body(self, contact: str, **changes: Any) -> bytes | None:
        found = self.world.contacts.get(self._id(contact))
        if found is None:
            return None
        body = msgspec.msgpack.decode(found.body, type=Body)
        return msgspec.msgpack.encode(msgspec.structs.replace(body, **changes))

    def _version(self, contact: str, behind: int | None) -> int | None:
        found = self.world.contacts.get(self._id(contact))
        return None if behind is None or found is None else found.version - behind

    def _key(self, key: str, fingerprint: str) -> Key | None:
        return Key(key, fingerprint) if key else None
