"""Agents' phones: whose they are, who is at his, and how an adapter hears of that."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from router.domain.wire import answers, frames, requests
from router.domain.wire.phones import Phone
from router.engine.acts.agents import SignIn, SignOut
from router.engine.acts.reading import GetAgent
from router.kit.errors import Refusal
from router.service.everybody import everybody
from router.web.operation import ADAPTERS, Call, Reply, Table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from router.domain.contact import AgentStatus
    from router.domain.events import Event
    from router.engine.acts.act import Act
    from router.service.served import Served

CHANGES: Final = frozenset(
    {"agent.profile", "agent.removed", "agent.presence", "agent.connected", "agent.disconnected", "agent.lost",
     "agent.device", "agent.phone", "operation.applied"}
)  # fmt: skip
"""Events that may change what an adapter knows of a phone."""

REFUSES: Final = ("unknown_channel", "unknown_agent", "idempotency_key_reused")

table = Table()


@table.add("POST", "/channels/{channel}/sign-in", ADAPTERS, body=requests.SignIn, answer=answers.Agent, refuses=REFUSES)
async def sign_in(call: Call) -> Reply:
    """Somebody signs in at a phone: he is available, and offers ring it as long as the account is held."""
    said: requests.SignIn = call.body
    channel, agent = await _who(call, said)
    return await _do(call, SignIn(agent=agent, channel=channel, account=said.account, device=said.device))


@table.add(
    "POST", "/channels/{channel}/sign-out", ADAPTERS, body=requests.SignIn, answer=answers.Agent, refuses=REFUSES
)
async def sign_out(call: Call) -> Reply:
    """Somebody signs out at a phone: he is offline, and nothing rings for him."""
    _channel, agent = await _who(call, call.body)
    return await _do(call, SignOut(agent=agent))


async def _who(call: Call, said: requests.SignIn) -> tuple[str, str]:
    """The caller's channel, and the agent of the code, else whose phone it is. Refuses what is unknown of both."""
    channel = call.own_channel(said.account)
    if not has_phones(call.served, channel):
        raise Refusal("unknown_channel", f"{channel} has no phones")
    agents = call.served.current.operation.agents
    if said.code is not None:
        found = next((agent.id for agent in agents.values() if agent.code == said.code), None)
    else:
        known = await everybody(call.served.engine, call.served.current)
        his = [one.result for one in known if call.served.views.phone(one, one.result).address == said.device]
        # Who has chosen a phone comes before him whose own it is, and the last before those who chose it earlier.
        found = max(his, key=lambda one: one.device_at or 0).id if his else None
    if found is None:
        raise Refusal("unknown_agent", "nobody has this code" if said.code else "nobody has this phone")
    return channel, found


async def _do(call: Call, act: Act[AgentStatus]) -> Reply:
    answer = await call.served.engine.do(act, call.by, call.key)
    return Reply(call.served.views.agent(answer, answer.result))


def has_phones(served: Served, channel: str) -> bool:
    """Whether agents take the channel's contacts by phone: its medium is answered when both are connected."""
    operation = served.current.operation
    known = operation.channels.get(channel)
    return known is not None and operation.media[known.medium].answered_by == "connected"


class Phones:
    """What an adapter is told of phones: all of them, and then each that has changed."""

    def __init__(self, served: Served, channel: str) -> None:
        self._served = served
        self._channel = channel
        self._told: dict[str, Phone] = {}

    def concerned(self, event: Event) -> bool:
        """Whether the event may change anything here."""
        return event.type in CHANGES and has_phones(self._served, self._channel)

    async def all(self) -> list[Phone]:
        """The phones of all agents, in the operation's order; none where the channel has none."""
        found = await self._everybodys() if has_phones(self._served, self._channel) else []
        self._told = {phone.agent: phone for phone in found}
        return found

    async def frames(self, events: Iterable[Event]) -> list[frames.PhoneFrame]:
        """A frame for each phone that these events have changed, at the last of them."""
        about = [event for event in events if self.concerned(event)]
        if not about:
            return []
        if any(event.type == "operation.applied" for event in about):
            await self._served.current.reload(self._served.engine)
            found = {phone.agent: phone for phone in await self._everybodys()}
            found = {agent: _gone(agent) for agent in self._told} | found
        else:
            names = dict.fromkeys(event.agent for event in about if event.agent is not None)
            found = dict(zip(names, await asyncio.gather(*map(self._of, names)), strict=True))
        changed = [phone for agent, phone in found.items() if self._told.get(agent) != phone]
        self._told |= found
        return [frames.PhoneFrame(seq=about[-1].seq, phone=phone) for phone in changed]

    async def _everybodys(self) -> list[Phone]:
        known = await everybody(self._served.engine, self._served.current)
        return [self._served.views.phone(one, one.result) for one in known]

    async def _of(self, agent: str) -> Phone:
        try:
            answer = await self._served.engine.do(GetAgent(agent=agent))
        except Refusal:
            return _gone(agent)
        return self._served.views.phone(answer, answer.result)


def _gone(agent: str) -> Phone:
    return Phone(agent=agent, address=None, at_phone=False, signed_in=False)
