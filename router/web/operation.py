"""An operation of the API: one row that makes the route, the socket's `do`, the rights and the documentation."""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from router.engine.acts.reading import GetContact
from router.kit.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    import msgspec
    from aiohttp import web

    from router.domain.contact import Contact
    from router.domain.states import Role
    from router.engine.engine import Actor, Answer, Key
    from router.service.served import Served
    from router.service.tokens import Known

    Handler = Callable[["Call"], Awaitable["Reply"]]
    Socket = Callable[["Call", web.Request], Awaitable[web.StreamResponse]]

EVERYBODY: frozenset[Role] = frozenset({"adapter", "agent", "supervisor", "observer", "admin"})
READERS: frozenset[Role] = frozenset({"supervisor", "observer", "admin"})
MANAGERS: frozenset[Role] = frozenset({"supervisor", "admin"})
CHANNELS: frozenset[Role] = frozenset({"supervisor", "admin", "adapter"})
"""Who may say what happened to a customer."""
SERVERS: frozenset[Role] = frozenset({"supervisor", "admin", "agent"})
"""Who may do an agent's work."""
AGENTS: frozenset[Role] = frozenset({"agent"})
ADAPTERS: frozenset[Role] = frozenset({"adapter"})


@dataclass(slots=True)
class Reply:
    """What an operation answers; without a `status`, its usual one."""

    body: msgspec.Struct | None
    status: int | None = None


@dataclass(slots=True)
class Call:
    """One request, by HTTP or on a socket, of somebody who may make it."""

    served: Served
    known: Known
    path: Mapping[str, str]
    query: Any
    """The operation's query struct, as its body is the body struct."""
    body: Any = None
    key: Key | None = None
    """The idempotency key, scoped by token and operation."""
    version: int | None = None
    """The contact's version that the caller has seen."""

    @property
    def role(self) -> Role:
        """The role of the caller's token."""
        return self.known.token.role

    @property
    def by(self) -> Actor:
        """The caller as the engine notes him."""
        return self.known.actor

    async def contact(self) -> tuple[Answer[tuple[Contact, int | None]], Contact]:
        """The contact of the path. Refuses `unknown_contact`, also where it is not the caller's."""
        answer = await self.served.engine.do(GetContact(contact=self.path["contact"]))
        contact = answer.result[0]
        if not self.sees(contact):
            raise Refusal("unknown_contact", contact.id)
        return answer, contact

    async def talk(self) -> Contact:
        """The contact of the path, to read what was said in it. An agent who is only offered it may not yet."""
        contact = (await self.contact())[1]
        if self.role == "agent" and contact.state == "offered":
            raise Refusal("unknown_contact", contact.id)
        return contact

    def sees(self, contact: Contact) -> bool:
        """Whether the contact is the caller's business: an agent's own, an adapter's channel and account."""
        token = self.known.token
        if token.role == "agent":
            return contact.agent == token.agent
        return token.speaks_for(contact.channel, contact.account)

    async def own(self, name: str, parse: Callable[[str], tuple[str, int] | None]) -> tuple[str, int]:
        """The contact and number of the path's message or command. Refuses `unknown_…`, also where it is not theirs."""
        found = parse(self.path[name])
        if found is not None:
            with contextlib.suppress(Refusal):
                if self.sees((await self.served.engine.do(GetContact(contact=found[0]))).result[0]):
                    return found
        raise Refusal(f"unknown_{name}", self.path[name])

    def own_channel(self, account: str) -> str:
        """The channel of the path, if there is one and the caller speaks for its account. Refuses `unknown_channel`."""
        channel = self.path["channel"]
        if not self.known.token.speaks_for(channel, account) or channel not in self.served.current.operation.channels:
            raise Refusal("unknown_channel", channel)
        return channel

    async def check_contact(self) -> None:
        """Refuse `unknown_contact` where the contact of the path is not the caller's.

        Where he may see every one that there is, the act itself says whether it is there.
        """
        if self.role == "agent" or not self.known.token.speaks_for_all:
            await self.contact()


@dataclass(frozen=True)
class Operation:
    """One row of the API. `path` is below `/v1/{workspace}`; its parameters stand in braces.

    Either a `handler` answers it, or it is a websocket that `socket` serves.
    """

    name: str
    method: str
    path: str
    roles: frozenset[Role]
    summary: str
    handler: Handler | None = None
    socket: Socket | None = None
    body: type[msgspec.Struct] | None = None
    answer: type[msgspec.Struct] | None = None
    status: int = 200
    repeated: int | None = None
    """The status instead, where it had been done before."""
    refuses: tuple[str, ...] = ()
    query: type[msgspec.Struct] | None = None
    """What may stand behind the question mark."""
    do: str | None = None
    """What it is called on the agent's socket, where it is there."""
    raw: str | None = None
    """The media type of a body that is no JSON: the handler gets its bytes."""
    body_max: int | None = None
    """Bytes that its body may have, where that is not what the server allows others."""
    own_agent: bool = False
    """Its path names an agent: an agent's token may name only its own."""
    frames: tuple[type[msgspec.Struct], ...] = ()
    """What the websocket tells."""

    @property
    def waits(self) -> bool:
        """Whether it lasts as long as its caller likes: a websocket, a poll."""
        return self.socket is not None or (self.query is not None and "wait_s" in self.query.__struct_fields__)

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        """The names in its path."""
        return tuple(re.findall(r"\{(\w+)\}", self.path))


class Table:
    """The operations of one part of the API."""

    def __init__(self) -> None:
        self.operations: list[Operation] = []

    def add(self, method: str, path: str, roles: frozenset[Role], **more: Any) -> Callable[[Handler], Handler]:
        """Make the handler below an operation. Its docstring's first line is the summary."""

        def added(handler: Handler) -> Handler:
            self._add(handler, method=method, path=path, roles=roles, handler=handler, **more)
            return handler

        return added

    def add_socket(self, path: str, roles: frozenset[Role], **more: Any) -> Callable[[Socket], Socket]:
        """Make what serves a websocket, below, an operation, likewise."""

        def added(socket: Socket) -> Socket:
            self._add(socket, method="GET", path=path, roles=roles, socket=socket, **more)
            return socket

        return added

    def _add(self, function: Handler | Socket, **fields: Any) -> None:
        name = getattr(function, "__name__", "")
        summary = (function.__doc__ or "").strip().partition("\n")[0]
        self.operations.append(Operation(name=name, summary=summary, **fields))
