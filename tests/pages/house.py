"""A house for the pages: a router that serves `operation.toml`, the adapters of its channels, and its customers."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import aiohttp
import msgspec

from router.app import attached
from router.domain.command import Do
from router.domain.operation_file import read_operation
from router.domain.token import Token
from router.kit.clock import SystemClock
from router.service.tokens import Tokens
from tests.helpers.adapter import wire_of
from tests.helpers.commands import running
from tests.helpers.servers import free_port
from tests.helpers.service import Caller, Place, process_on

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import AsyncGenerator, Awaitable, Callable

    from router.domain.operation import Operation
    from router.domain.states import Role
    from tests.helpers.adapter import Wire
    from tests.helpers.servers import Server

    Make = Callable[[Token], Awaitable[str]]

OPERATION = Path(__file__).parent / "operation.toml"
CAPABILITIES: dict[str, tuple[str, ...]] = {"phone": get_args(Do), "telegram": (), "vk": ()}
"""Each channel, and what its adapter can do."""

_workspaces = count()


@dataclass
class House:
    """What a test does to the outer world of a page: customers call and write, adapters join them and send."""

    place: Place
    make: Make
    """Makes a token."""
    adapters: dict[str, Caller] = field(default_factory=dict[str, Caller])
    """Channel → its adapter."""
    wires: dict[str, Wire] = field(default_factory=dict[str, "Wire"])
    """Channel → the socket of its adapter, whose snapshot was read. Frames wait there until a test asks for them."""
    supervisor: Caller = field(init=False)
    _numbers: count[int] = field(default_factory=lambda: count(1))
    _plugged: AsyncExitStack = field(default_factory=AsyncExitStack)

    @property
    def base(self) -> str:
        """Where the pages are: `{base}/docs`."""
        return self.place.url.partition("/v1/")[0]

    async def caller(self, role: Role, **whose: Any) -> Caller:
        """Somebody new with a token of this role."""
        return Caller(self.place, await self.make(Token(role=role, created_at=SystemClock().wall_ms(), **whose)))

    async def link(self, page: str, role: Role, base: str | None = None, **whose: Any) -> str:
        """The link that signs somebody new in at a page: `await house.link("desk", "agent", agent="anna")`."""
        return f"{base or self.base}/{page}#token={(await self.caller(role, **whose)).secret}"

    async def people(self) -> None:
        """Those who are there before the first page is."""
        self.supervisor = await self.caller("supervisor")
        self.adapters = {channel: await self.caller("adapter", channel=channel) for channel in CAPABILITIES}

    async def plug(self, *channels: str) -> None:
        """These adapters come, or all: they say what they can do, and hold their accounts until they are unplugged."""
        for channel in channels or CAPABILITIES:
            adapter = self.adapters[channel]
            said = await adapter.put(f"/channels/{channel}", {"capabilities": CAPABILITIES[channel]})
            assert said.status == 200, said.body
            self.wires[channel] = await self._plugged.enter_async_context(wire_of(adapter, channel))
            await self.wires[channel].frame("snapshot")

    async def unplug(self) -> None:
        """Every adapter goes."""
        self.wires.clear()
        await self._plugged.aclose()

    async def call(self, number: str = "+79131234567", **fields: Any) -> Any:
        """A customer calls; the contact. `customer` says more of him than his number."""
        customer = {"id": number} | fields.pop("customer", {})
        body = {"channel": "phone", "external_id": f"call-{next(self._numbers)}", "customer": customer, **fields}
        return await self.post("phone", "/contacts", body)

    async def write(self, text: str | None, thread: str = "42", channel: str = "telegram", **fields: Any) -> Any:
        """A customer writes; `{"contact": …, "message": …}`. His thread is who he is, unless `customer` says more."""
        customer = {"id": f"{channel}:{thread}"} | fields.pop("customer", {})
        message = {"thread": thread, "external_id": f"m{next(self._numbers)}", "customer": customer, "text": text}
        return await self.post(channel, f"/channels/{channel}/messages", message | fields)

    async def join(self, contact: Any) -> Any:
        """Customer and agent hear each other."""
        return await self.post("phone", f"/contacts/{contact['id']}/connected", {})

    async def hang_up(self, contact: Any) -> Any:
        """The customer of a call hangs up."""
        return await self.post("phone", f"/contacts/{contact['id']}/left", {})

    async def to_send(self, channel: str = "telegram") -> Any:
        """The next message that the adapter is told to send."""
        return (await self.wires[channel].frame("send"))["message"]

    async def message_state(self, message: Any, state: str, channel: str = "telegram", **fields: Any) -> Any:
        """The adapter says what became of a message: sending, sent (with `external_id`), delivered, read, failed."""
        return await self.post(channel, f"/messages/{message['id']}/state", {"state": state, **fields})

    async def deliver(self, message: Any, channel: str = "telegram", until: str = "read") -> None:
        """What was written reaches the customer: it is sent, then delivered, then read, or only `until` one of them."""
        for state in ("sending", "sent", "delivered", "read"):
            sent = {"external_id": f"ours-{message['id']}"} if state == "sent" else {}
            await self.message_state(message, state, channel, **sent)
            if state == until:
                break

    async def contact(self, contact: Any) -> Any:
        """How a contact stands, as the supervisor sees it."""
        return (await self.supervisor.get(f"/contacts/{contact['id']}")).body

    async def agent(self, agent: str) -> Any:
        """How an agent stands, as the supervisor sees it."""
        return (await self.supervisor.get(f"/agents/{agent}")).body

    async def post(self, channel: str, path: str, body: Any) -> Any:
        """What a channel's adapter says, which must be taken."""
        said = await self.adapters[channel].post(path, body)
        assert said.status in {200, 201}, said.body
        return said.body


@asynccontextmanager
async def house_on(
    server: Server, operation: Operation | None = None, pace: float | None = None
) -> AsyncGenerator[House]:
    """A house whose router is of this process, in a workspace of its own, whose clock may be faster than the wall's."""
    loaded = operation or read_operation(OPERATION).operation
    loaded = msgspec.structs.replace(loaded, workspace=f"{loaded.workspace}-{next(_workspaces)}")
    async with process_on(server, loaded, pace=pace) as service:
        house = House(service, service.served.tokens.create)
        await house.people()
        await house.plug()
        try:
            yield house
        finally:
            await house.unplug()


@dataclass
class Program:
    """`contact-router serve` on a port and a store that stay the same, whoever kills it."""

    folder: Path
    operation: Path = OPERATION
    port: int = field(default_factory=free_port)
    process: Process = field(init=False)
    log: list[str] = field(init=False)
    """What it has said since it was started last."""
    _running: AsyncExitStack = field(default_factory=AsyncExitStack)

    @property
    def url(self) -> str:
        """Where its API is."""
        return f"http://127.0.0.1:{self.port}/v1/{read_operation(self.operation).operation.workspace}"

    async def start(self) -> None:
        """Start it, and wait until it serves."""
        command = ("serve", "--operation", self.operation, "--data", self.folder / "data", "--metrics", "off")
        serving = await self._running.enter_async_context(running(*command, "--port", str(self.port)))
        self.process, self.log = serving.process, serving.err
        await serving.said("Serving ")

    async def kill(self) -> None:
        """It dies without a word."""
        self.process.kill()
        await self.end()

    async def end(self) -> None:
        """It ends as it is told to, if it has not ended."""
        await self._running.aclose()

    async def token(self, token: Token) -> str:
        """Make a token."""
        async with attached(data=self.folder / "data") as engine:
            return await Tokens(engine, SystemClock()).create(token)


@asynccontextmanager
async def program_house(folder: Path, operation: Path = OPERATION) -> AsyncGenerator[tuple[House, Program]]:
    """A house whose router is a program of its own, to be killed and started again.

    Its adapters are not plugged: those who kill the router plug them when they want to.
    """
    program = Program(folder, operation)
    await program.start()
    try:
        async with aiohttp.ClientSession() as session:
            house = House(Place(program.url, session), program.token)
            await house.people()
            try:
                yield house, program
            finally:
                await house.unplug()
    finally:
        await program.end()
