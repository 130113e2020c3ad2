"""A floor to test on: one workspace of its own on the given clock, driven like a real one, without a second passing."""

from __future__ import annotations

import contextlib
import tomllib
from contextlib import asynccontextmanager
from itertools import count
from typing import TYPE_CHECKING, Any, Literal

import pytest

from router.domain.customer import Customer
from router.domain.new import NewContact
from router.domain.operation_file import load_operation
from router.engine.acts.agents import Accept, Acknowledge, Connect, Decline, Ready, Renew, SetPresence
from router.engine.acts.contacts import Complete, Connected, Left, Reply
from router.engine.acts.reading import GetAgent, GetContact
from router.engine.acts.workspace import Due
from router.engine.connection import Connection
from router.engine.engine import SYSTEM, Actor, Engine, load_library
from router.engine.keys import prefix
from router.engine.stream import read_events, read_figures
from router.kit.clock import SystemClock
from router.kit.errors import Refusal
from router.kit.ids import IdSource
from router.service.contacts import Contacts
from router.service.operations import Current, apply_operation, current_operation
from router.service.pump import plan_outdated

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from router.domain.contact import AgentStatus, Contact
    from router.domain.events import Event
    from router.domain.operation import Operation
    from router.domain.states import Presence
    from router.engine.acts.act import Act
    from router.engine.engine import Answer, Key
    from tests.helpers.servers import Server

START_MS = 1_795_343_165_000
"""Where the given clock starts: 22 November 2026, a Sunday, 10:26:05 UTC."""

ADAPTER = Actor("adapter", "phone")
SUPERVISOR = Actor("supervisor", "olga")

ROUTER = "router-1"
RENEWAL_MS = 5_000

_workspaces = count()


def as_agent(agent: str | None) -> Actor:
    """The agent as the caller of an act."""
    return Actor("agent", agent)


def refused(code: str) -> pytest.RaisesExc[Refusal]:
    """What stands below is refused with this code."""
    return pytest.raises(Refusal, check=lambda refusal: refusal.code == code)


class Died(Exception):
    """A process is no more."""


class Mortal(Engine):
    """The engine of a process that dies when it first runs `Due`."""

    async def do(self, act: Act[Any], by: Actor = SYSTEM, idempotency: Key | None = None) -> Answer[Any]:
        if isinstance(act, Due):
            raise Died
        return await super().do(act, by, idempotency)


class Floor:
    """A workspace with an operation in force, and what a test does on it most."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.ids = IdSource()
        self.numbers = count(1)

    async def apply(self, operation: Operation | str, *, applier_dies: bool = False) -> None:
        """Put an operation in force (a text is TOML without its routine parts) and let it be worked off.

        Or its applier dies before it has worked anything off.
        """
        if isinstance(operation, str):
            operation = operation_of(operation)
        engine = self.engine
        applier = Mortal(engine.connection, engine.workspace, SystemClock(), given_ms=engine.given_ms)
        with contextlib.suppress(Died):
            await apply_operation(applier if applier_dies else engine, operation, SYSTEM)
        current = await current_operation(self.engine)
        assert current is not None
        self.current: Current = current
        self.contacts = Contacts(self.engine, current, self.ids)
        if not applier_dies:
            await self.run_due()

    @property
    def now(self) -> int:
        """The given clock, else this machine's wall, in milliseconds."""
        return SystemClock().wall_ms() if self.engine.given_ms is None else self.engine.given_ms

    async def do(self, act: Any, by: Actor = SYSTEM) -> Any:
        """Call an act and give its result."""
        return (await self.engine.do(act, by)).result

    async def run_due(self) -> int | None:
        """Do all that is due now, as the pump would. Answers when the next is."""
        while True:
            answer = await self.engine.do(Due())
            fired, outdated = answer.result
            for queue in outdated:
                await plan_outdated(self.engine, self.contacts, queue)
            if fired == 0 and not outdated and (answer.next_due is None or answer.next_due > answer.now):
                return answer.next_due

    async def advance(self, seconds: float, *, router_lives: bool = True) -> None:
        """Let time pass, the pump running each deadline when it is due and the router renewing its lease."""
        until = self.now + round(seconds * 1000)
        while self.now < until:
            due = await self.run_due()
            step = until if due is None else min(until, due)
            if router_lives:
                await self.do(Renew(process=ROUTER))
                step = min(step, self.now + RENEWAL_MS)
            self.engine.given_ms = max(step, self.now)
        await self.run_due()

    def jump(self, seconds: float) -> None:
        """Let time pass while nobody does anything."""
        assert self.engine.given_ms is not None
        self.engine.given_ms += round(seconds * 1000)

    async def sign_in(self, *agents: str) -> None:
        """Each agent connects and chooses to be available."""
        for agent in agents:
            await self.connect(agent)
            await self.choose(agent, "available")

    async def connect(self, agent: str, connection: str = "desk", hold_s: float | None = None) -> AgentStatus:
        """A desk of the agent connects, or polls with `hold_s`."""
        hold_ms = None if hold_s is None else round(hold_s * 1000)
        return await self.do(Connect(agent=agent, connection=connection, process=ROUTER, hold_ms=hold_ms))

    async def choose(
        self, agent: str, presence: Presence, *, reason: str | None = None, after_contact: bool = False
    ) -> AgentStatus:
        """The agent chooses his presence."""
        act = SetPresence(agent=agent, presence=presence, reason=reason, after_contact=after_contact)
        return await self.do(act, as_agent(agent))

    async def post(self, customer: str | None = None, **fields: Any) -> Contact:
        """A contact arrives, by phone unless `channel` says otherwise."""
        return (await self.post_answer(customer, **fields)).result

    async def post_answer(self, customer: str | None = None, **fields: Any) -> Answer[Contact]:
        """As `post`, with all of the answer."""
        fields.setdefault("channel", "phone")
        fields.setdefault("external_id", str(next(self.numbers)))
        kind = fields.pop("customer_type", None)
        language = fields.pop("language", None)
        known = Customer(id=customer, type=kind, language=language)
        return await self.contacts.post(NewContact(customer=known, **fields), ADAPTER, self.now)

    async def contact(self, contact: Contact | str) -> Contact:
        """The contact as it stands."""
        found, _place = await self.do(GetContact(contact=_id(contact)))
        return found

    async def place(self, contact: Contact | str) -> int | None:
        """Its place in the queue."""
        _found, place = await self.do(GetContact(contact=_id(contact)))
        return place

    async def agent(self, agent: str) -> AgentStatus:
        """The agent as he stands."""
        return await self.do(GetAgent(agent=agent))

    async def offered_to(self, contact: Contact | str) -> str | None:
        """The agent to whom the contact is offered now."""
        found = await self.contact(contact)
        return found.agent if found.state == "offered" else None

    async def acknowledge(self, contact: Contact | str) -> Contact:
        """The desk of the agent it is offered to acknowledges."""
        found = await self.contact(contact)
        return await self.do(Acknowledge(offer=found.offer_id or "none"), as_agent(found.agent))

    async def accept(self, contact: Contact | str) -> Contact:
        """The agent it is offered to takes it."""
        found = await self.contact(contact)
        return await self.do(Accept(offer=found.offer_id or "none"), as_agent(found.agent))

    async def decline(self, contact: Contact | str) -> Contact:
        """The agent it is offered to does not."""
        found = await self.contact(contact)
        return await self.do(Decline(offer=found.offer_id or "none"), as_agent(found.agent))

    async def talk(self, contact: Contact | str) -> Contact:
        """The agent it is offered to takes it and answers it."""
        found = await self.accept(contact)
        medium = self.current.operation.media[found.medium]
        if medium.answered_by == "connected":
            return await self.do(Connected(contact=found.id), ADAPTER)
        return await self.do(Reply(contact=found.id), as_agent(found.agent))

    async def complete(self, contact: Contact | str, disposition: str | None = None) -> Contact:
        """The agent who has it ends the talk."""
        found = await self.contact(contact)
        return await self.do(Complete(contact=found.id, disposition=disposition), as_agent(found.agent))

    async def serve(self, contact: Contact | str) -> Contact:
        """The agent it is offered to takes it, answers it, ends it and is ready again."""
        found = await self.complete(await self.talk(contact))
        await self.do(Ready(agent=found.agent or ""), as_agent(found.agent))
        return found

    async def leave(self, contact: Contact | str) -> Contact:
        """The customer leaves."""
        return await self.do(Left(contact=_id(contact)), ADAPTER)

    async def events(self, *types: str) -> list[Event]:
        """The events so far, of these types or all."""
        return [event for event in await self.events_after(0) if not types or event.type in types]

    async def events_after(self, seq: int) -> list[Event]:
        """The events after this sequence number."""
        found: list[Event] = []
        while page := await read_events(self.engine.connection, self.engine.workspace, seq):
            found += page
            seq = found[-1].seq
        return found

    async def figures(self) -> dict[str, int]:
        """The figures as they stand."""
        return await read_figures(self.engine.connection, self.engine.workspace)

    async def story(self, contact: Contact | str) -> list[str]:
        """What has happened to the contact, by the names of its events."""
        return [event.type for event in await self.events() if event.contact == _id(contact)]

    async def keys(self) -> set[str]:
        """Every key of the workspace, without its hash tag."""
        tag = prefix(self.engine.workspace)
        found: set[str] = set()
        cursor = b"0"
        while True:
            pattern = tag.replace("{", "[{]").replace("}", "[}]") + "*"
            cursor, page = await self.engine.connection.call("SCAN", cursor, "MATCH", pattern, "COUNT", 1000)
            found |= {name.decode().removeprefix(tag) for name in page}
            if cursor == b"0":
                return found


def _id(contact: Contact | str) -> str:
    return contact if isinstance(contact, str) else contact.id


ROUTINE = """
workspace = "test"
timezone = "UTC"
languages = ["ru", "en"]
[channels]
phone = { medium = "voice" }
pbx = { medium = "voice", session = true }
telegram = { medium = "chat" }
[media.voice]
[media.chat]
"""


def operation_of(text: str) -> Operation:
    """An operation from the parts of its file that the test is about; the routine ones are filled in."""
    document = tomllib.loads(ROUTINE)
    for name, value in tomllib.loads(text).items():
        document[name] = {**document[name], **value} if isinstance(value, dict) and name in document else value
    return load_operation(document, "test.toml").operation


@asynccontextmanager
async def floor_on(
    server: Server,
    operation: Operation | str | None = None,
    *,
    clock: Literal["given", "server"] = "given",
    start_ms: int = START_MS,
) -> AsyncGenerator[Floor]:
    """A floor on a server, for one test."""
    workspace = f"test-{next(_workspaces)}"
    async with process_of(server, workspace, given_ms=start_ms if clock == "given" else None) as engine:
        floor = Floor(engine)
        if operation is not None:
            await floor.apply(operation)
        yield floor


@asynccontextmanager
async def process_of(server: Server, workspace: str, *, given_ms: int | None) -> AsyncGenerator[Engine]:
    """An engine with a connection of its own, as each router process has one."""
    connection = await Connection.open(server.address, on_connect=load_library)
    try:
        yield Engine(connection, workspace, SystemClock(), given_ms=given_ms)
    finally:
        await connection.close()
