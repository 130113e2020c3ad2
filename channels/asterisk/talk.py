"""The talk: customer and agent in one bridge, from when they can hear each other until one of them is gone."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

import structlog

from channels.asterisk.ari import Refused
from channels.asterisk.wire import given
from router.domain.wire import requests

if TYPE_CHECKING:
    from channels.asterisk.call import Call
    from channels.asterisk.legs import Ended, Leg
    from channels.asterisk.server import Server
    from router.domain.wire.answers import Contact

SAID_WITHIN_S: Final = 2.0
"""So long a customer whose agent has hung up waits for the router's word."""

_log: Any = structlog.get_logger()


class Talk:
    """What a call is while it is joined."""

    def __init__(self, server: Server, call: Call) -> None:
        self.ends = False
        """The agent has hung up; the router is told, and decides what comes next."""
        self.was_interrupted = False
        """The agent's leg was lost: the customer waits for him to come back."""
        self._server = server
        self._call = call
        self.bridge: str | None = None
        """Where they talk, while it is there."""

    async def join(self, leg: Leg) -> None:
        """Let both hear each other, and tell the router. Raises `AriError`."""
        call, ari = self._call, self._server.ari
        if leg.joined or call.contact is None:
            return
        await call.answer()
        bridge = await self.open(call.contact)
        await ari.do("POST", f"bridges/{bridge}/addChannel", channel=[call.id, leg.id])
        call.bridge, self.was_interrupted = bridge, False
        if not call.is_gone:
            self.joined(leg)
        call.recording.begin()

    def joined(self, leg: Leg) -> None:
        """Both hear each other; the router is told, once."""
        if not leg.joined:
            leg.joined = True
            self._server.leaving.look()
            self._tell_joined(leg)

    async def open(self, contact: Contact) -> str:
        """The bridge of the contact's talk, which is there now. Raises `AriError`."""
        self.bridge = self._server.names.talk(contact.id)
        try:
            await self._server.ari.do("POST", "bridges", type="mixing", bridgeId=self.bridge)
        except Refused as refused:
            if refused.status != 500:  # it is there, from an earlier talk of this contact
                raise
        return self.bridge

    def go_on(self, leg: Leg) -> None:
        """Both are joined already, by another adapter, which may not have said so."""
        contact = self._call.contact
        if contact is None:  # its contact is over, and they are not
            self.bridge = self._call.bridge
            return
        self.bridge = self._server.names.talk(contact.id)
        if contact.answered_at is None:
            self._tell_joined(leg)
        self._call.recording.begin()

    def _tell_joined(self, leg: Leg) -> None:
        at_ms = leg.entered_ms or self._server.time.wall_ms()
        self._call.joined_ms = self._call.joined_ms or at_ms
        self._call.tell("connected", requests.Connected(at=given(at_ms), attempt=leg.attempt))

    def lose(self, ended: Ended) -> None:
        """The agent is gone from the talk."""
        call = self._call
        consulting = call.consulting
        if consulting.needs_no_agent or call.transfers.is_asked:
            return
        if ended.meant and consulting.third is None and not consulting.was_just_lost:
            self.ends = True
            self._server.spawn(self._end(call.tell("complete", requests.Complete())))
        else:
            self.interrupt()

    async def _end(self, told: asyncio.Task[None]) -> None:
        """Let the router say what comes after the talk; where it is away nothing does."""
        await asyncio.wait([told], timeout=SAID_WITHIN_S)
        if not told.done():
            self._call.give_back("answered")
        self.ends = False
        self._call.look()

    def interrupt(self) -> None:
        """The customer has nobody any more, and it is not over for him."""
        self.was_interrupted = True
        self._call.tell("interrupted", requests.Interrupted())

    @property
    def is_held(self) -> bool:
        """Whether the customer is elsewhere, with music, while the agent is in the talk's bridge."""
        return self._call.bridge != self.bridge

    async def hold(self) -> None:
        """Music for the customer, silence for the agent. Raises `AriError`."""
        if not self.is_held:
            await self._call.recording.pause("held")
            await self._call.hold()

    async def resume(self) -> None:
        """The customer is in the talk again. Raises `AriError`."""
        if self.is_held:
            await self._add(self._call.id)
            self._call.bridge = self.bridge
            await self._call.recording.resume("held")

    async def add(self, leg: Leg) -> None:
        """One more is in the talk. Raises `AriError`."""
        await self._add(leg.id)
        leg.joined = True

    async def mute(self, leg: Leg) -> None:
        """Nobody hears the agent. Raises `AriError`."""
        await self._server.ari.do("POST", f"channels/{leg.id}/mute", direction="in")

    async def unmute(self, leg: Leg) -> None:
        """He is heard again. Raises `AriError`."""
        await self._server.ari.do("DELETE", f"channels/{leg.id}/mute", direction="in")

    async def press(self, digits: str) -> None:
        """Press digits to the customer's side. Raises `AriError`."""
        await self._server.ari.do("POST", f"channels/{self._call.id}/dtmf", dtmf=digits)

    async def _add(self, channel: str) -> None:
        await self._server.ari.do("POST", f"bridges/{self.bridge}/addChannel", channel=[channel])

    async def clear(self) -> None:
        """Nobody talks any more."""
        if self.bridge is not None:
            await self._server.end_bridge(self.bridge)
            self.bridge = None
