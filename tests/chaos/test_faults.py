"""Replies are lost, connections reset, tasks cancelled: nothing is done twice, and nobody gets the reply of another."""

from __future__ import annotations

import asyncio
import contextlib
import io
import random
from collections import defaultdict
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from router.app import serving
from router.domain.new import NewContact
from router.engine.acts.agents import Accept, Connect, SetPresence
from router.engine.acts.contacts import Complete, Connected
from router.engine.acts.reading import GetContact, GetWork
from router.engine.address import Address
from router.engine.engine import Actor, Key
from router.kit.errors import OutcomeUnknown, Refusal, StoreAway
from tests.chaos.history import History
from tests.chaos.story import AGENTS, OPERATION
from tests.helpers.floor import ADAPTER, operation_of, process_of
from tests.helpers.logs import logged_to
from tests.helpers.proxy import proxied

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable
    from pathlib import Path

    from router.domain.contact import Contact
    from router.engine.engine import Engine
    from router.service.served import Served
    from tests.helpers.figures import Figure
    from tests.helpers.proxy import FaultProxy
    from tests.helpers.servers import Server

ROUTERS = 4
SHARE = 0.05
"""Of the calls whose reply is lost, of those that break the connection, and of those whose caller gives up."""
CANCELLED_WITHIN_S = 0.002
AWAY_PAUSE_S = 0.005
TRANSFERS = 0.1
HOLD_MS = 30_000

_workspaces = count()


@dataclass
class Tally:
    """What the callers called, and what they were told."""

    wanted: int
    calls: int = 0
    cancelled: int = 0
    unknown: int = 0
    foreign: list[str] = field(default_factory=list[str])
    contacts: dict[str, str] = field(default_factory=dict[str, str])
    """External id → contact."""
    notes: dict[str, str] = field(default_factory=dict[str, str])
    """Note → the contact that it was given to, with an idempotency key of its own."""

    def own(self, asked: object, got: object) -> None:
        """What a caller got must be what he asked for."""
        if asked != got:
            self.foreign.append(f"asked for {asked}, got {got}")


class Caller:
    """An adapter, and the desk of one agent, who call again whatever became of the call before."""

    def __init__(self, served: Served, agent: str, tally: Tally, seed: int) -> None:
        self.served = served
        self.agent = agent
        self.actor = Actor("agent", agent)
        self.tally = tally
        self.chance = random.Random(seed)
        self.numbers = count()

    async def run(self, drained: asyncio.Event) -> None:
        """Post and serve until there were calls enough, then serve until all is drained."""
        while not drained.is_set():
            if self.tally.calls < self.tally.wanted:
                await self.post(f"{self.agent}-{next(self.numbers)}")
            await self.echo(f"{self.agent} {self.chance.random()}")
            await self.work()

    async def echo(self, word: str) -> None:
        """The server says what only this call said."""
        self.tally.own(word.encode(), await self.persist(lambda: self.served.engine.connection.call("ECHO", word)))

    async def persist(self, call: Callable[[], Awaitable[Any]]) -> Any:
        """Call until there is an answer. Now and then the caller gives up in the middle, and calls again."""
        while True:
            task = asyncio.ensure_future(call())
            if self.chance.random() < SHARE:
                asyncio.get_running_loop().call_later(self.chance.random() * CANCELLED_WITHIN_S, task.cancel)
            await asyncio.wait([task])
            if not task.cancelled() and isinstance(task.exception(), StoreAway):
                await asyncio.sleep(AWAY_PAUSE_S)
                continue
            self.tally.calls += 1
            if task.cancelled():
                self.tally.cancelled += 1
            elif isinstance(task.exception(), OutcomeUnknown):
                self.tally.unknown += 1
            else:
                return task.result()

    async def do(self, act: Any) -> Any:
        return (await self.persist(lambda: self.served.engine.do(act, self.actor))).result

    async def post(self, external_id: str) -> None:
        """A contact arrives, and is the same whoever looks."""
        new, at_ms = NewContact(channel="phone", external_id=external_id), self.served.wall_ms()
        contact: Contact = (await self.persist(lambda: self.served.contacts.post(new, ADAPTER, at_ms))).result
        found, _place = await self.do(GetContact(contact=contact.id))
        self.tally.own(external_id, found.body.external_id)
        self.tally.contacts[external_id] = contact.id

    async def work(self) -> None:
        """What is offered is taken, answered, and completed or passed on; a refusal means that others were faster."""
        await self.do(Connect(agent=self.agent, connection="desk", process=self.served.process, hold_ms=HOLD_MS))
        await self.do(SetPresence(agent=self.agent, presence="available"))
        status, contacts = await self.do(GetWork(agent=self.agent))
        self.tally.own(self.agent, status.id)
        for contact in contacts:
            self.tally.own(self.agent, contact.agent)
            with contextlib.suppress(Refusal):
                await self.serve(contact)

    async def serve(self, contact: Contact) -> None:
        if contact.state == "offered":
            await self.do(Accept(offer=contact.offer_id or ""))
        if contact.answered_at is None:
            await self.do(Connected(contact=contact.id))
        if self.chance.random() < TRANSFERS:
            await self.transfer(contact.id)
        else:
            await self.do(Complete(contact=contact.id))

    async def transfer(self, contact: str) -> None:
        """Pass it on with a note, which is to be written once however often it is said."""
        note = f"{self.agent} {self.chance.random()}"
        key = Key(note, note)
        await self.persist(
            lambda: self.served.contacts.transfer(contact, self.actor, queue="private", note=note, idempotency=key)
        )
        self.tally.notes[note] = contact


async def unlike(engine: Engine, history: History, tally: Tally) -> list[str]:
    """Where external ids and notes are not with exactly the contact that the callers were told."""
    found, wanted = defaultdict[str, list[str]](list), tally.contacts | tally.notes
    for name in history.ended:
        contact, _place = (await engine.do(GetContact(contact=name))).result
        assert contact.body is not None
        for text in (contact.body.external_id, *contact.body.notes):
            found[text].append(name)
    return [
        f"{text}: {found[text]}, and its caller was told {wanted.get(text)}"
        for text in found.keys() | wanted.keys()
        if found[text] != [wanted.get(text)]
    ]


@asynccontextmanager
async def routers(proxy: FaultProxy, address: Address, workspace: str) -> AsyncGenerator[list[Served]]:
    """Router processes with the proxy between them and their server; they start and end without a fault."""
    operation = msgspec.structs.replace(operation_of(OPERATION), workspace=workspace)
    async with AsyncExitStack() as stack:
        started = [await stack.enter_async_context(serving(operation, url=str(address)))]
        while len(started) < ROUTERS:
            started.append(await stack.enter_async_context(serving(workspace, url=str(address))))
        proxy.requests.share = proxy.replies.share = SHARE
        yield started
        proxy.requests.share = proxy.replies.share = 0.0


async def call_through_faults(server: Server, directory: Path, calls: int, figure: Figure) -> None:
    """Callers call so often, through a proxy that breaks connections in the middle of calls and replies."""
    workspace, tally, drained = f"faults-{next(_workspaces)}", Tally(calls), asyncio.Event()
    address = Address(path=str(directory / "proxy.sock"))
    with logged_to(io.StringIO()) as logs:
        async with process_of(server, workspace, given_ms=None) as engine:
            history = History(engine.connection, workspace)
            async with (
                proxied(server.address, address, chance=random.Random(7)) as proxy,
                routers(proxy, address, workspace) as started,
                asyncio.TaskGroup() as group,
            ):
                for number, agent in enumerate(AGENTS):
                    group.create_task(Caller(started[number % ROUTERS], agent, tally, number).run(drained))
                while tally.calls < calls or len(history.ended) < len(tally.contacts):
                    await history.read()
                    await asyncio.sleep(0.1)
                drained.set()
            wrong = await unlike(engine, history, tally)
            found = await history.judged()
    figure(
        "lost replies, resets, cancellations",
        "5 % each: 0 doubles, 0 foreign replies in ≥ 200,000 calls",
        f"{tally.calls:,} calls, {proxy.replies.breaks:,} replies lost, {proxy.requests.breaks:,} resets,"
        f" {tally.cancelled:,} cancelled, {tally.unknown:,} of unknown outcome; {len(history.ended):,} contacts:"
        f" {len(wrong)} doubles, {len(tally.foreign)} foreign replies, {len(found.breaches)} breaches",
    )
    assert not wrong, wrong[:5]
    assert not tally.foreign, tally.foreign[:5]
    assert min(proxy.replies.breaks, proxy.requests.breaks, tally.cancelled) > calls * SHARE / 5, "faults were drawn"
    assert "task_died" not in logs.getvalue()


async def test_lost_replies_double_nothing(server: Server, tmp_path: Path, figure: Figure) -> None:
    await call_through_faults(server, tmp_path, 10_000, figure)


@pytest.mark.soak
@pytest.mark.timeout(1800)
async def test_two_hundred_thousand_calls_through_faults(server: Server, tmp_path: Path, figure: Figure) -> None:
    await call_through_faults(server, tmp_path, 200_000, figure)
