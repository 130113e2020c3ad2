"""The transfer keys of an agent's phone: they end as the router's own transfers.

Asterisk leaves them to us on each of our legs. The number of a line with a `queue` is that queue, the number of an
agent's phone is that agent, any other is outside. The phone is told how it went, by the NOTIFY that follows its REFER.
"""

from __future__ import annotations

import contextlib
from collections import deque
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import structlog

from channels.asterisk.ari import AriError
from channels.asterisk.commands import Failed
from channels.asterisk.names import ThirdName
from channels.kit.router import Refused
from router.domain.wire import requests
from router.domain.wire.answers import Contact

if TYPE_CHECKING:
    from channels.asterisk.call import Call
    from channels.asterisk.server import Server
    from channels.asterisk.wire import Channel, Event, ReferTo

JOINING: Final = "Local/s@contact-router-join/n"
"""Whoever is called so is one who talks already: the dialplan takes him out of his call, and we have the other end."""

_log: Any = structlog.get_logger()


def hear_of_transfer(server: Server, event: Event) -> None:
    """A phone transfers. On a leg that is no agent's it is refused."""
    assert event.referred_by is not None
    assert event.refer_to is not None
    leg = event.referred_by.source_channel.id
    call = server.legs.get(leg)
    if call is None or call.leg is None or call.leg.id != leg or not call.leg.joined:
        server.spawn(tell_phone(server, leg, "channel_declined"))
    else:
        call.transfers.hear(leg, event.refer_to)


async def tell_phone(server: Server, leg: str, state: str) -> None:
    """Tell the phone how its transfer went."""
    with contextlib.suppress(AriError):  # it has hung up already
        await server.ari.do("POST", f"channels/{leg}/transfer_progress", states=state)


class Transfers:
    """What is asked by the keys of the agent's phone in one call."""

    def __init__(self, server: Server, call: Call) -> None:
        self.is_asked = False
        """A transfer is under way that needs no agent: he may hang up."""
        self._server = server
        self._call = call
        self._waiting: deque[tuple[str, ReferTo]] = deque()

    def hear(self, leg: str, to: ReferTo) -> None:
        """Do it in its turn."""
        self._waiting.append((leg, to))
        self.is_asked = True
        self._call.look()

    async def render(self) -> None:
        """Do what is to be done."""
        while self._waiting:
            leg, to = self._waiting.popleft()
            try:
                await self._do(leg, to)
            except (Failed, AriError) as error:
                _log.info("key_failed", why=str(error))
                await self._failed(leg)

    async def _do(self, leg: str, to: ReferTo) -> None:
        contact = self._call.contact
        if contact is None:
            raise Failed("no_talk")
        if to.destination_channel is not None:
            await self._join(leg, contact.id, to.connected_channel)
        elif to.requested_destination.destination is not None:
            await self._send(leg, contact.id, to.requested_destination.destination)
        else:
            raise Failed("unsupported")

    async def _join(self, leg: str, contact: str, peer: Channel | None) -> None:
        """The agent has talked with somebody on his other line, and lets the customer talk with him."""
        if peer is None or self._server.names.is_ours(peer.id):
            raise Failed("unsupported")
        name = ThirdName(contact, is_blind=True, number=0, agent=self._server.devices.agent_at(peer.device))
        report = partial(self._answer, leg)
        await self._call.consulting.ask(name, JOINING, report, CONTACT_ROUTER_CHANNEL=peer.name)
        self.is_asked = False

    async def _send(self, leg: str, contact: str, number: str) -> None:
        """The agent has dialled somebody who is to have the customer."""
        line = self._server.settings.lines.get(number)
        if line is not None and line.queue is not None:
            self._transfer(leg, requests.Transfer(queue=line.queue))
        elif (agent := self._server.devices.agent_by(number)) is not None:
            self._transfer(leg, requests.Transfer(agent=agent))
        else:
            device = self._call.consulting.outside(number)
            name = ThirdName(contact, is_blind=True, number=0, agent=None)
            await self._call.consulting.ask(name, device, partial(self._answer, leg))
            self.is_asked = False

    def _transfer(self, leg: str, body: requests.Transfer) -> None:
        self._server.lanes.add(self._call.id, lambda: self._told_transfer(leg, body))

    async def _told_transfer(self, leg: str, body: requests.Transfer) -> None:
        call = self._call
        assert call.contact is not None
        path = f"/contacts/{call.contact.id}/transfer"
        try:
            contact = await self._server.router.call("POST", path, body, Contact)
        except Refused as refused:
            _log.info("transfer_refused", code=refused.code)
            await self._failed(leg)
            return
        # The phone first: it would take the end of its call for a failure.
        await tell_phone(self._server, leg, "channel_answered")
        self.is_asked = False
        call.hear(contact)

    async def _failed(self, leg: str) -> None:
        self.is_asked = False
        await self._answer(leg, "failed")
        if self._call.leg is None:
            self._call.talk.interrupt()

    async def _answer(self, leg: str, code: str | None) -> None:
        await tell_phone(self._server, leg, "channel_answered" if code is None else "channel_declined")
