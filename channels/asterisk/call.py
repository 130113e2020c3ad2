"""One call: a customer's channel, and the contact that it is to the router.

The router decides, the call renders. It has the newest state of its contact that anybody was told, and what Asterisk
has, and whenever one of them changes it brings Asterisk to what the router says:

    no contact yet, queued, offered, assigned    he waits: music, announcements
    … and `connect` names a phone                the phone rings meanwhile, once for each attempt
    the phone was picked up                      both are joined, and the router is told
    ended                                        back to the dialplan, with CONTACT_ROUTER_STATUS

What the router must know is posted in its order, again and again until it is answered; the call goes on meanwhile.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

import structlog

from channels.asterisk import names
from channels.asterisk.announcing import Announcing
from channels.asterisk.ari import AriError, AsteriskAway, Gone
from channels.asterisk.commands import Commands
from channels.asterisk.consulting import Consulting
from channels.asterisk.legs import Ended, Leg
from channels.asterisk.recording import Recording
from channels.asterisk.ringing import Ringing
from channels.asterisk.settings import DEFAULT_LINE, PHONE, LineSettings
from channels.asterisk.survey import Survey
from channels.asterisk.talk import Talk
from channels.asterisk.transfers import Transfers
from channels.asterisk.wire import given
from channels.kit.either import either
from channels.kit.router import Refused
from router.domain.states import ENDED
from router.domain.wire import requests
from router.domain.wire.answers import Contact

if TYPE_CHECKING:
    from channels.asterisk.entry import Entry
    from channels.asterisk.server import Server
    from channels.asterisk.wire import Event

STATUS: Final = "CONTACT_ROUTER_STATUS"
AGAIN_S: Final = 1.0
"""When it is tried again where Asterisk did not answer."""
PATIENCE_S: Final = 0.2
"""So long the router may take to say what becomes of a call, before it begins to wait."""

_log: Any = structlog.get_logger()


class Call:
    """A customer's channel, from its entry until it is gone or given back."""

    def __init__(self, server: Server, channel: str, entry: Entry, *, is_up: bool = False) -> None:
        self.id = channel
        self.entry = entry
        self.number = 1
        """For which time the channel is in the app."""
        self.contact: Contact | None = None
        self.leg: Leg | None = None
        self.is_up = is_up
        """It was answered."""
        self.bridge: str | None = None
        """Where it is."""
        self.over = False
        self.joined_ms: int | None = None
        """When he first could hear an agent."""
        self.is_gone = False
        """The customer has hung up."""
        self._gone_ms: int | None = None
        self._server = server
        self._is_lost = False
        self._rings = False
        self._news = asyncio.Event()
        self.ringing = Ringing(server, self)
        self.talk = Talk(server, self)
        self.recording = Recording(server, self)
        self._survey = Survey(server, self)
        self.commands = Commands(server, self)
        self.consulting = Consulting(server, self)
        self.transfers = Transfers(server, self)
        self._announcing = Announcing(server, self)
        self._leaves: str | None = None
        """With which status he goes on in the dialplan, whatever becomes of the contact."""

    @property
    def line(self) -> LineSettings:
        """The settings of its line."""
        said: dict[str, Any] = self.entry.arguments if self.contact is None else self.contact.attributes
        return self._server.settings.lines.get(str(said.get("dialled")), DEFAULT_LINE)

    @property
    def music(self) -> str:
        """What he hears while he waits: his queue's music, else his line's."""
        return self._server.settings.queue(self.contact).music or self.line.music

    @property
    def language(self) -> str:
        """What the customer is spoken to in."""
        known = None if self.contact is None else self.contact.customer.language
        return self.entry.arguments.get("language") or known or self.line.language or self.entry.language

    # What is heard.

    def hear(self, contact: Contact) -> None:
        """What the router says of it. The newest counts, whichever way it came."""
        if self.contact is None or contact.id != self.contact.id or contact.version >= self.contact.version:
            if self.contact is None or contact.id != self.contact.id:
                self._server.know(self, contact.id)
            self.contact = contact
            self._news.set()

    def hear_of_leg(self, event: Event) -> None:
        """An event of a leg's channel."""
        third = self.consulting.third
        for leg in (self.leg, third.leg if third is not None else None):
            if leg is not None and event.channel is not None and leg.id == event.channel.id:
                leg.hear(event)
                self._news.set()

    def hear_of_shutdown(self) -> None:
        """Asterisk ends, and this call with it."""
        self._is_lost = True

    def left(self, at_ms: int, *, lost: bool = False) -> None:
        """The customer is gone, or `lost` with the Asterisk that he was on."""
        if not (self.is_gone or self.over):
            if self.leg is not None and self.leg.entered_ms is not None:
                self.talk.joined(self.leg)  # before he left, if only just, and Asterisk's answer may come after it
            self.is_gone, self._gone_ms = True, at_ms
            self.tell("left", requests.Left(at=given(at_ms), lost=lost or self._is_lost))
            self._news.set()

    def pressed(self, digit: str) -> None:
        """The customer has pressed a key."""
        if self.leg is None or not self.leg.joined:
            self._announcing.pressed(digit)
            self._survey.pressed(digit)

    def leave(self) -> None:
        """He wants to wait no longer, and goes on in the dialplan."""
        self.tell("cancel", requests.Nothing())
        self.give_back("left_by_digit")

    def give_back(self, status: str) -> None:
        """He goes on in the dialplan, whatever the router says."""
        self._leaves = status
        self._news.set()

    def look(self) -> None:
        """Something may be otherwise than it was."""
        self._news.set()

    def adopt(self, leg: Leg) -> bool:
        """Take a leg that another adapter made, if it is the one that the contact is to have."""
        if not leg.is_for(self.contact):
            return False
        self.ringing.tried = leg.attempt
        self.ringing.have(leg)
        if leg.joined:
            self.talk.go_on(leg)
        return True

    def lose_leg(self, channel: str) -> None:
        """A leg is not there any more, and nobody heard how it ended."""
        third = self.consulting.third
        for leg in (self.leg, third.leg if third is not None else None):
            if leg is not None and leg.id == channel:
                leg.ended = Ended("channel", meant=False)
                self._news.set()

    def miss_agent(self) -> None:
        """Nobody heard how the leg ended with which the router has him talking, or that there was none any more."""
        contact, talk, consulting = self.contact, self.talk, self.consulting
        talks = contact is not None and contact.state == "assigned" and contact.answered_at is not None
        known = talk.ends or talk.was_interrupted or consulting.needs_no_agent or self.transfers.is_asked
        if talks and self.leg is None and consulting.third is None and not known:
            talk.interrupt()

    def holds(self, phone: str) -> bool:
        """Whether the phone rings for it, or is in a talk that is over and must only be ended."""
        leg, contact = self.leg, self.contact
        if leg is None or leg.device != phone or leg.ended is not None:
            return False
        is_meant = leg.is_for(contact) or (contact is not None and contact.outcome == "lost")
        return not (leg.joined and is_meant) or self.is_gone or self._leaves is not None

    # What is told.

    def tell(self, what: str, body: requests.Request) -> asyncio.Task[None]:
        """Post something about the contact, after all that was posted before, and hear the answer."""
        return self._server.lanes.add(self.id, lambda: self._tell(what, body))

    async def _tell(self, what: str, body: requests.Request) -> None:
        if self.contact is None:
            return  # the router does not want it at all
        path = f"/contacts/{self.contact.id}"
        router = self._server.router
        try:
            self.hear(await router.call("POST", f"{path}/{what}", body, Contact))
        except Refused as refused:
            _log.info("contact_refused", contact=self.contact.id, what=what, code=refused.code)
            await self._ask(self.contact.id)

    def ask(self, contact: str) -> asyncio.Task[None]:
        """Ask the router what has become of its contact."""
        return self._server.lanes.add(self.id, lambda: self._ask(contact))

    async def _ask(self, contact: str) -> None:
        try:
            self.hear(await self._server.router.call("GET", f"/contacts/{contact}", None, Contact))
        except Refused as refused:
            _log.warning("contact_unknown", code=refused.code)
            if self.contact is None and not self.consulting.has_customer:
                await self._release("lost")

    def post(self) -> asyncio.Task[None]:
        """Post the contact."""
        return self._server.lanes.add(self.id, self._post)

    async def _post(self) -> None:
        server = self._server
        while True:
            external_id = names.external_id(self.id, self.number)
            body = self.entry.request(PHONE, server.account, external_id, self.language)
            try:
                return self.hear(await server.router.call("POST", "/contacts", body, Contact))
            except Refused as refused:
                if refused.code != "external_id_conflict":
                    _log.error("call_refused", code=refused.code)
                    return await self._release("rejected")
                self.number += 1  # the dialplan sent it here again, and the router knows it as another contact

    # What is done.

    async def run(self, first: asyncio.Task[None] | None) -> None:
        """Render it until it is over, if possible when the router has been told or asked first."""
        if first is not None:
            await asyncio.wait([first], timeout=PATIENCE_S)
        try:
            while not self.over:
                await self._look()
        finally:
            self.ringing.silence()
            await self._announcing.end()
            await self._survey.end()

    async def _look(self) -> None:
        """Render it, and wait for news."""
        self._news.clear()
        try:
            await self._render()
        except AsteriskAway as away:
            _log.info("call_not_rendered", why=str(away))
            await either(self._news.wait(), self._server.time.sleep(AGAIN_S))
            return
        except AriError as error:
            # Most likely somebody has just hung up, and an event will say so.
            _log.info("call_refused_by_asterisk", why=str(error))
        if not self.over:
            await self._news.wait()

    async def _render(self) -> None:
        contact = self.contact
        if self.is_gone:
            self.ringing.end()
            await self._finish()
        elif self._leaves is not None:
            self.ringing.end()
            await self._release(self._leaves)
        elif self.consulting.has_customer:
            await self.recording.end()
            if self.consulting.is_over:
                await self._release("answered")
        elif contact is not None and contact.state in ENDED:
            await self._after(contact)
        else:
            await self.consulting.take_over(contact)
            await self.ringing.render(contact)
            await self.commands.render()
            await self.transfers.render()
            if await self.consulting.render(contact):
                return
            if self.leg is not None and self.leg.is_up:
                await self._announcing.end()
                await self.talk.join(self.leg)
            elif not self.talk.ends:
                await self._wait()

    async def _wait(self) -> None:
        """Let him wait: with music where his line answers, else ringing."""
        ari = self._server.ari
        if not self.is_up and not self.line.answer:
            if not self._rings:
                self._rings = True
                await ari.do("POST", f"channels/{self.id}/ring")
            return
        await self.answer()
        if self.bridge != self._server.names.waiting(self.music):
            await self.recording.end()
            await self.hold()
        self._announcing.begin(lost=self.talk.was_interrupted)

    async def hold(self) -> None:
        """Let him wait with music, wherever he was. Raises `AriError`."""
        await self._announcing.end()
        self.bridge = await self._server.waiting.add(self.id, self.music)

    async def answer(self) -> None:
        """Answer the channel, once. Raises `AriError`."""
        if not self.is_up:
            await self._server.ari.do("POST", f"channels/{self.id}/answer")
            self.is_up = True

    async def _after(self, contact: Contact) -> None:
        """The contact has ended, and the customer is still there."""
        if contact.outcome == "lost" and self.leg is not None and self.leg.joined and self.leg.ended is None:
            return  # the router gave us up while they talked: they go on
        if contact.outcome == "lost" and contact.answered_at is None:
            self.number, self.contact, self.ringing.tried = self.number + 1, None, None
            self.post()
            return
        await self.recording.end()
        self.ringing.end()
        if not self._survey.asks(contact):
            await self._release(contact.outcome or contact.state)

    async def _release(self, status: str) -> None:
        """Back to the dialplan."""
        ari = self._server.ari
        await self._announcing.end()
        try:
            await ari.do("POST", f"channels/{self.id}/variable", variable=STATUS, value=status)
            await ari.do("POST", f"channels/{self.id}/continue")
        except Gone:
            pass  # he has hung up just now
        await self._finish()

    async def _finish(self) -> None:
        self.over = True
        self._server.forget(self)
        self._news.set()
        end_ms = self.joined_ms or self._gone_ms or self._server.time.wall_ms()
        _log.info(
            "call_over", channel=self.id, contact=self.contact and self.contact.id,
            joined=self.joined_ms is not None, wait_ms=end_ms - self.entry.arrived_ms,
        )  # fmt: skip
        await self._announcing.end()
        await self.recording.end()
        await self.consulting.clear()
        await self.talk.clear()
