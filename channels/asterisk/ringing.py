"""The agent's leg: his phone rings once for each attempt, and until the router, or we, give it up."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import msgspec

from channels.asterisk.legs import Ended, Leg
from router.domain.wire import requests
from router.domain.wire.moment import GivenMoment

if TYPE_CHECKING:
    from channels.asterisk.call import Call
    from channels.asterisk.server import Server
    from router.domain.wire.answers import Connect, Contact

EARLY_MS: Final = 300
"""So much before the router's limit a phone that nobody answers is given up: we know whether it rang at all."""


class Ringing:
    """Has the leg that a call's contact is to have."""

    def __init__(self, server: Server, call: Call) -> None:
        self.tried: int | None = None
        """The last attempt that was made."""
        self._server = server
        self._call = call
        self._alarm: asyncio.Task[None] | None = None

    async def render(self, contact: Contact | None) -> None:
        """Have the leg that the contact is to have, or none."""
        leg = self._call.leg
        if leg is not None and leg.ended is not None:
            self._lose(leg, leg.ended)
        elif leg is not None and not leg.is_for(contact):
            if leg.joined:
                await self._call.recording.end()
                await self._call.hold()  # without a gap: first the music, then the agent's goodbye
            self.end()
        if self._call.leg is None and contact is not None and contact.connect is not None and contact.agent is not None:
            await self._start(contact, contact.connect, contact.agent)

    async def _start(self, contact: Contact, connect: Connect, agent: str) -> None:
        attempt = connect.attempt
        if attempt == self.tried or connect.device is None:
            return
        server = self._server
        if not server.leaving.may_ring(connect.device, self._call, contact.id):
            return
        self.tried = attempt
        leg = self._call.leg = Leg(server.names.leg(contact.id, attempt), attempt, agent, connect.device)
        server.legs[leg.id] = self._call
        self.silence()
        # Where picking up is accepting, a phone must not pick up by itself.
        header = server.settings.phones.auto_answer if contact.state == "assigned" else None
        try:
            await leg.ring(server.ari, self._call.id, self._call.entry.caller_id(contact), header)
        finally:
            if connect.until is not None:  # not sooner: what is not there yet cannot be given up
                self._alarm = asyncio.create_task(self._give_up(leg, connect.until))
        if leg.ended is not None:
            self._lose(leg, leg.ended)

    def _lose(self, leg: Leg, ended: Ended) -> None:
        """The leg is no more, and we did not end it."""
        self._forget()
        if leg.joined:
            self._call.talk.lose(ended)
        else:
            self._call.tell("connect-failed", requests.ConnectFailed(reason=ended.reason, attempt=leg.attempt))

    async def _give_up(self, leg: Leg, until: str) -> None:
        left_ms = msgspec.convert(until, GivenMoment).timestamp() * 1000 - EARLY_MS - self._server.time.wall_ms()
        await self._server.time.sleep(max(0.0, left_ms / 1000))
        if self._call.leg is leg and leg.ended is None and not leg.is_up:
            leg.ended = Ended("no_answer" if leg.rang else "unreachable", meant=False)
            self._server.leaving.end(leg.id, leg.device)
            self._call.look()

    def end(self) -> None:
        """The agent is with the customer no more."""
        leg = self._call.leg
        if leg is not None:
            self._forget()
            self._server.leaving.end(leg.id, leg.device)

    def have(self, leg: Leg) -> None:
        """The agent's leg is this one from now on."""
        self._call.leg = leg
        self._server.legs[leg.id] = self._call

    def _forget(self) -> None:
        if self._call.leg is not None:
            self._server.legs.pop(self._call.leg.id, None)
            self._server.devices.moved(self._call.leg.device)
            self._call.leg = None

    def silence(self) -> None:
        """Nobody waits for a phone any more."""
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
