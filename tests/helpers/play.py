"""A story on which the engine and the model are compared call by call, in the words that it is told in.

Contacts have names of the story's own; an offer is its contact and, unless it is the present one, its number. A call
that is refused by both is an ordinary part of a story: its code is noted.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from router.domain.customer import Customer
from router.domain.new import Change, NewContact
from router.domain.process import ProcessFigures
from router.domain.requirement import Requirement
from router.engine.acts import agents, contacts, reading, workspace
from router.engine.connection import Connection
from router.engine.engine import Actor, load_library
from router.kit.clock import SystemClock
from tests.helpers.calling import Calling
from tests.helpers.floor import ADAPTER, START_MS, SUPERVISOR
from tests.helpers.twin import Twin

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

    from tests.helpers.servers import Server

_workspaces = count()


class Play(Calling):
    """What people do in a story."""

    # The customer directory.

    async def customer(self, customer: str, *, blocked: bool = False, **fields: str) -> None:
        """The directory learns of a customer."""
        record = msgspec.msgpack.encode(Customer(id=customer, blocked=blocked, **fields))
        await self._do(workspace.PutCustomer(customer=customer, record=record))

    async def forget(self, customer: str) -> None:
        """The directory forgets a customer."""
        await self._do(workspace.PutCustomer(customer=customer, record=None))

    # The server.

    async def era(self, server: str) -> None:
        """The workspace is on a server."""
        await self._do(workspace.BeginEra(server=server))

    # Channels.

    async def channel_open(
        self,
        channel: str,
        line: str,
        process: str = "router-1",
        account: str = "main",
        *,
        holder: str | None = None,
        again: bool = False,
    ) -> None:
        """A connection takes an account's lease, perhaps back from another of its holder."""
        act = workspace.OpenChannel(
            channel=channel, account=account, connection=line, process=process, holder=holder, again=again
        )
        await self._do(act)

    async def channel_close(self, channel: str, line: str, account: str = "main") -> None:
        """A connection gives an account's lease up."""
        await self._do(workspace.CloseChannel(channel=channel, account=account, connection=line))

    async def channel_status(
        self,
        channel: str,
        status: Any,
        detail: str | None = None,
        *,
        account: str = "main",
        retries: int | None = None,
    ) -> None:
        """An adapter says how its account is."""
        act = workspace.SetChannelStatus(
            channel=channel,
            account=account,
            status=status,
            detail=detail,
            capabilities=("hold", "digits") if detail else ("hold",),
            retries=retries,
        )
        await self._do(act)

    async def process_put(
        self, process: str, channel: str, *, account: str = "main", ago_ms: int = 0, ends: bool = False
    ) -> None:
        """A router process says how it is, and when it heard of an account's adapter last; or no more of itself."""
        record = None if ends else msgspec.msgpack.encode(ProcessFigures(cpu_ms=self.world.now))
        heard = ((channel, account, self.world.now - ago_ms),)
        await self._do(workspace.PutProcess(process=process, record=record, heard=heard))

    # Agents.

    async def sign_in(self, agent: str, process: str = "router-1") -> None:
        """An agent connects and is available."""
        await self.connect(agent, process=process)
        await self.presence(agent, "available")

    async def connect(
        self, agent: str, line: str = "desk", process: str = "router-1", hold_ms: int | None = None
    ) -> None:
        """A connection of an agent's desk is there."""
        await self._do(agents.Connect(agent=agent, connection=line, process=process, hold_ms=hold_ms))

    async def disconnect(self, agent: str, line: str = "desk", silent_ms: int = 0) -> None:
        """A connection of an agent's desk is gone."""
        await self._do(agents.Disconnect(agent=agent, connection=line, silent_ms=silent_ms))

    async def presence(
        self, agent: str, presence: Any, reason: str | None = None, *, later: bool = False, device: str | None = None
    ) -> None:
        """An agent chooses his presence."""
        act = agents.SetPresence(agent=agent, presence=presence, reason=reason, after_contact=later, device=device)
        await self._do(act, Actor("agent", agent))

    async def device(self, agent: str, state: Any, address: str = "p1") -> None:
        """An agent's phone does something."""
        await self._do(agents.SetDevice(agent=agent, address=address, state=state), ADAPTER)

    async def ready(self, agent: str) -> None:
        """An agent is ready for the next."""
        await self._do(agents.Ready(agent=agent), Actor("agent", agent))

    # Offers.

    async def acknowledge(self, contact: str, *, by: str | None = None, offer: int | None = None) -> None:
        """An agent's desk has an offer."""
        name, actor = self._offer(contact, by, offer)
        await self._do(agents.Acknowledge(offer=name), actor)

    async def accept(
        self, contact: str, *, by: str | None = None, offer: int | None = None, behind: int | None = None, key: str = ""
    ) -> None:
        """An agent takes an offer, knowing the contact as it was `behind` versions ago."""
        name, actor = self._offer(contact, by, offer)
        act = agents.Accept(offer=name, version=self._version(contact, behind))
        await self._do(act, actor, self._key(key, name))

    async def decline(
        self, contact: str, reason: str | None = None, *, by: str | None = None, offer: int | None = None
    ) -> None:
        """An agent does not take an offer."""
        name, actor = self._offer(contact, by, offer)
        await self._do(agents.Decline(offer=name, reason=reason), actor)

    # Contacts.

    async def post(
        self,
        name: str,
        channel: str = "phone",
        *,
        external_id: str | None = None,
        customer: str | None = None,
        kind: str | None = None,
        ago_ms: int | None = None,
        after_ms: int | None = None,
        requirement: Mapping[str, Any] | None = None,
        key: str = "",
        router: str = "router-1",
        as_id_of: str | None = None,
        **fields: Any,
    ) -> None:
        """A contact arrives: `ago_ms` ago, for `after_ms` from now; twice under one external id is a repetition."""
        self._ids.old = self._id(as_id_of) if as_id_of else None
        new = NewContact(
            channel=channel,
            external_id=external_id or name,
            customer=Customer(id=customer, type=kind),
            arrived_at=None if ago_ms is None else self.twin.now - ago_ms,
            not_before=None if after_ms is None else self.twin.now + after_ms,
            requirement=None if requirement is None else msgspec.convert(requirement, Requirement),
            **fields,
        )
        self._number += 1
        service = await self._router(router)
        posted = await self._try("intake", service.post(new, ADAPTER, self.twin.now, self._key(key, repr(new))))
        if posted is not None:
            self.names.setdefault(name, posted.result.id)

    async def patch(
        self,
        contact: str,
        *,
        kind: str | None = None,
        customer: str | None = None,
        behind: int | None = None,
        **fields: Any,
    ) -> None:
        """New facts about a contact."""
        says_who = kind is not None or customer is not None
        change = Change(customer=Customer(id=customer, type=kind) if says_who else None, **fields)
        service = await self._router("router-1")
        await self._try("patch", service.patch(self._id(contact), change, ADAPTER, self._version(contact, behind)))

    async def left(
        self, contact: str, ago_ms: int | None = None, *, lost: bool | None = None, behind: int | None = None
    ) -> None:
        """A customer is gone, since then, or lost."""
        at = None if ago_ms is None else self.twin.now - ago_ms
        act = contacts.Left(contact=self._id(contact), version=self._version(contact, behind), at=at, lost=lost)
        await self._do(act, ADAPTER)

    async def reply(self, contact: str, *, by: str | None = None) -> None:
        """An agent writes to the customer."""
        await self._do(contacts.Reply(contact=self._id(contact)), self._agent(contact, by))

    async def complete(
        self,
        contact: str,
        disposition: str | None = None,
        *,
        tags: tuple[str, ...] | None = None,
        by: str | None = None,
        hung_up: bool = False,
        seen: int | None = None,
        behind: int | None = None,
        key: str = "",
    ) -> None:
        """An agent ends a talk, having seen the messages up to one; his channel says it for him who has `hung_up`."""
        body = None if tags is None else self._body(contact, tags=tags)
        version = self._version(contact, behind)
        act = contacts.Complete(
            contact=self._id(contact), version=version, disposition=disposition, body=body, seen=seen
        )
        await self._do(act, ADAPTER if hung_up else self._agent(contact, by), self._key(key, repr(act)))

    async def cancel(self, contact: str, *, behind: int | None = None, key: str = "") -> None:
        """An operator ends a contact."""
        act = contacts.Cancel(contact=self._id(contact), version=self._version(contact, behind))
        await self._do(act, SUPERVISOR, self._key(key, repr(act)))

    async def requeue(self, contact: str, *, behind: int | None = None, key: str = "") -> None:
        """A contact goes back to its queue."""
        act = contacts.Requeue(contact=self._id(contact), version=self._version(contact, behind))
        await self._do(act, SUPERVISOR, self._key(key, repr(act)))

    async def reprioritise(self, contact: str, priority: int, *, behind: int | None = None) -> None:
        """A contact gets another priority."""
        version = self._version(contact, behind)
        await self._do(contacts.Reprioritise(contact=self._id(contact), version=version, priority=priority), SUPERVISOR)

    async def transfer(
        self,
        contact: str,
        *,
        queue: str | None = None,
        agent: str | None = None,
        requirement: Mapping[str, Any] | None = None,
        reason: Literal["transferred", "reassigned"] = "transferred",
        by_keys: bool = False,
        behind: int | None = None,
    ) -> None:
        """A contact goes to another queue, or first to one agent; the agent says so himself, or by his phone's keys."""
        needs = None if requirement is None else msgspec.convert(requirement, Requirement)
        service = await self._router("router-1")
        moved = service.transfer(
            self._id(contact),
            ADAPTER if by_keys else self._agent(contact, None),
            queue=queue,
            agent=agent,
            requirement=needs,
            reason=reason,
            version=self._version(contact, behind),
        )
        await self._try("transfer", moved)

    async def rate(self, contact: str, score: int, comment: str | None = None) -> None:
        """A customer says how it was."""
        body = None if comment is None else self._body(contact, comment=comment)
        await self._do(contacts.Rate(contact=self._id(contact), score=score, body=body), ADAPTER)

    # Questions.

    async def ask(self, contact: str, channel: str = "phone", *, account: str = "main") -> None:
        """Somebody looks at a contact, by its id and as its channel knows it."""
        await self._do(reading.GetContact(contact=self._id(contact)))
        await self._do(reading.Explain(contact=self._id(contact), most=3))
        await self._do(reading.FindContact(channel=channel, account=account, external_id=contact))

    async def ask_agent(self, agent: str) -> None:
        """Somebody looks at an agent and his work."""
        await self._do(reading.GetAgent(agent=agent))
        await self._do(reading.GetWork(agent=agent))

    async def ask_queue(self, queue: str) -> None:
        """Somebody looks at a queue."""
        await self._do(reading.GetQueue(queue=queue))

    async def ask_channel(self, channel: str, *contacts: str, account: str = "main", behind: int = 0) -> None:
        """An adapter compares its sessions with the account's live contacts."""
        as_of = self.world.seq() - behind
        await self._do(reading.GetLive(channel=channel, account=account, as_of=as_of, external_ids=contacts))


@dataclass(frozen=True)
class Step:
    """One call of `Play`."""

    call: str
    arguments: tuple[Any, ...] = ()
    options: dict[str, Any] = field(default_factory=dict[str, Any])

    async def take(self, play: Play) -> None:
        """Make the call."""
        await getattr(play, self.call)(*self.arguments, **self.options)

    def __str__(self) -> str:
        words = [repr(argument) for argument in self.arguments]
        words += [f"{name}={value!r}" for name, value in self.options.items()]
        return f"await play.{self.call}({', '.join(words)})"


@asynccontextmanager
async def play_on(server: Server, document: Mapping[str, Any]) -> AsyncGenerator[Play]:
    """A play on a server, with an operation in force."""
    connection = await Connection.open(server.address, on_connect=load_library)
    try:
        play = Play(Twin(connection, f"play-{next(_workspaces)}", SystemClock(), given_ms=START_MS), document)
        await play.apply({})
        yield play
    finally:
        await connection.close()
