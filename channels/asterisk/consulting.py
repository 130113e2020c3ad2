"""A third party in a talk: a colleague or somebody outside who is consulted, or is to have the customer.

While he is rung and consulted the customer waits with his music, and the agent is in the talk's bridge, where the third
one joins him. Where each of them is says all, so that another adapter can go on with it:

    the third one rings                          asked for; a blind transfer and a consultation have other names
    agent and third one in the talk's bridge     consulted
    customer and third one in it                 the customer goes on with him, the agent is free

A colleague goes on with the customer when the router says that the contact is his. With somebody outside the contact
is over as soon as he has the customer; the talk goes on until one of both hangs up, whatever becomes of the router.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import structlog

from channels.asterisk.ari import AsteriskAway
from channels.asterisk.commands import Failed
from channels.asterisk.legs import Ended, Leg
from channels.asterisk.names import ThirdName
from channels.kit.router import Refused
from router.domain.command import parse_command_id
from router.domain.wire import requests
from router.domain.wire.answers import Contact

if TYPE_CHECKING:
    from collections.abc import Mapping

    from channels.asterisk.call import Call
    from channels.asterisk.server import Server
    from channels.asterisk.wire import Channel
    from router.domain.wire.commands import Command

NUMBER: Final = re.compile(r"\+?[0-9*#]{1,40}")
"""What may be dialled outside. Nothing else gets into a dial string."""

HEARD_AFTER_MS: Final = 1000
"""Who hangs up within it after a third party was lost has not heard of that: he left the customer to that one."""

Report = Callable[[str | None], Awaitable[None]]
"""Hears that somebody is there, or by a code why not."""

_log: Any = structlog.get_logger()


@dataclass
class Third:
    """One who is asked for, or is there."""

    leg: Leg
    name: ThirdName
    agent: str | None
    """The colleague that the router is to know him as; None is somebody outside."""
    giver: str
    """The agent who asked for him."""
    was_held: bool
    """The customer was on hold before, and will be again."""
    report: Report
    """Told once."""
    has_customer: bool = False
    """Somebody outside goes on with the customer."""
    is_handed: bool = False
    """The router was told that the customer is to be his."""


class Consulting:
    """The third party of one call, if there is one."""

    def __init__(self, server: Server, call: Call) -> None:
        self.third: Third | None = None
        self._server = server
        self._call = call
        self._alarm: asyncio.Task[None] | None = None
        self._lost_ms: int | None = None

    @property
    def has_customer(self) -> bool:
        """The customer talks with somebody outside, and the router has nothing to say to it any more."""
        return self.third is not None and self.third.has_customer

    @property
    def is_over(self) -> bool:
        """Whether whom the customer talked with outside has hung up."""
        return self.third is not None and self.third.leg.ended is not None

    @property
    def needs_no_agent(self) -> bool:
        """Whether there is somebody for the customer when the agent hangs up now."""
        third = self.third
        return third is not None and third.leg.ended is None and (third.leg.joined or third.name.is_blind)

    @property
    def was_just_lost(self) -> bool:
        """Whether the agent cannot have heard yet that whom he had asked is not there."""
        return self._lost_ms is not None and self._server.time.monotonic_ms() < self._lost_ms + HEARD_AFTER_MS

    def must_be_over(self) -> None:
        """Raises `Failed` where there is a third party."""
        if self.third is not None:
            raise Failed("consulting")

    # What is asked.

    async def transfer(self, command: Command) -> None:
        """Give the customer to a number outside, as soon as somebody answers there. Raises `Failed` and `AriError`."""
        name = ThirdName(command.contact, is_blind=True, number=_number_of(command), agent=None)
        await self.ask(name, self.outside(command.args["to"]), self._reporter(command.id))

    async def consult(self, command: Command) -> None:
        """Ask a colleague or a number outside into the talk. Raises `Failed` and `AriError`."""
        agent = command.args.get("agent")
        device = self.outside(command.args["to"]) if agent is None else self._phone(agent)
        name = ThirdName(command.contact, is_blind=False, number=_number_of(command), agent=agent)
        await self.ask(name, device, self._reporter(command.id))

    async def ask(self, name: ThirdName, device: str, report: Report, **variables: str) -> None:
        """Let him be rung, while the customer waits. Raises `Failed` and `AriError`."""
        if self.third is not None and self.third.name == name and name.number:  # an adapter before us has asked for him
            if self.third.leg.joined:
                await report(None)
            return
        self.must_be_over()
        call, server = self._call, self._server
        assert call.contact is not None
        assert call.contact.agent is not None
        was_held = call.talk.is_held
        await call.talk.hold()
        leg = Leg(server.names.third(name), 0, name.agent or "", device)
        self._have(Third(leg, name, name.agent, call.contact.agent, was_held, report))
        shown = call.entry.caller_id(call.contact) if name.agent else f"<{call.contact.attributes.get('dialled', '')}>"
        try:
            await leg.ring(server.ari, call.id, shown, None, **variables)
        except AsteriskAway:
            leg.ended = Ended("channel", meant=False)
        call.look()

    async def cancel(self) -> None:
        """Go back to the customer. Raises `Failed`."""
        third = self.third
        if third is None or third.name.is_blind:
            raise Failed("not_consulting")
        if not third.leg.joined:
            await third.report("cancelled")
        self._end()
        await self._back(third)

    async def complete(self, command: Command) -> None:
        """Let the customer go on with whom was consulted. Raises `Failed` and `AriError`."""
        third = self.third
        if third is None or third.name.is_blind:
            raise Failed("not_consulting")
        if not third.leg.joined:
            raise Failed("not_answered")
        if third.agent is None:
            third.report = self._reporter(command.id)
            await self._give(third)
        else:
            self._hand_over(third, self._reporter(command.id))

    # What is done.

    async def take_over(self, contact: Contact | None) -> None:
        """Where the router says that the contact is the consulted colleague's, he is its agent from now on."""
        third = self.third
        if third is None or contact is None or not _has(contact, third.agent) or not third.leg.joined:
            return
        await self._call.talk.resume()
        self._call.ringing.end()
        self._forget()
        self._call.ringing.have(third.leg)
        self._server.devices.moved(third.leg.device)

    async def render(self, contact: Contact | None) -> bool:
        """Go on with him as far as it goes. Whether there is nothing else to be done with the customer."""
        third = self.third
        if third is None:
            return False
        if third.leg.ended is not None:
            await self._lose(third, third.leg.ended)
            return False
        if contact is None or not _has(contact, third.giver) or not (self._agent_is_there or self.needs_no_agent):
            self._end()
            if not third.leg.joined:
                await third.report("ended")
            return False
        if third.leg.is_up:
            await self._go_on(third)
        return not self._agent_is_there

    async def _go_on(self, third: Third) -> None:
        """He is there."""
        if third.name.is_blind and third.agent is None:
            await self._give(third)
        elif not third.leg.joined:
            await self._call.talk.add(third.leg)
            if third.name.is_blind:  # the agent has consulted him already, by his phone
                self._hand_over(third, third.report)
            else:
                await third.report(None)
        elif not self._agent_is_there and not third.is_handed:
            # Who hangs up while he consults leaves the customer to whom he consulted.
            if third.agent is None:
                third.report = _unheard
                await self._give(third)
            else:
                self._hand_over(third, _unheard)

    async def _lose(self, third: Third, ended: Ended) -> None:
        """He is not there, or not any more."""
        self._lost_ms = self._server.time.monotonic_ms()
        self._forget()
        if not third.leg.joined:
            await third.report(ended.reason)
        if self._agent_is_there:
            await self._back(third)
        else:
            self._call.talk.interrupt()

    @property
    def _agent_is_there(self) -> bool:
        leg = self._call.leg
        return leg is not None and leg.ended is None

    def adopt(self, leg: Leg, name: ThirdName, *, has_customer: bool) -> bool:
        """Go on with one whom another adapter asked for. False where nobody needs him any more."""
        call, contact = self._call, self._call.contact
        command = f"{name.contact}.c{name.number}"
        if has_customer and (name.agent is None or contact is None):
            self._have(Third(leg, name, None, "", False, _unheard, has_customer=True))
            if contact is not None:
                if name.number:
                    call.commands.settle(command)
                call.tell("complete", requests.Complete())
            return True
        if contact is None or contact.agent is None or contact.answered_at is None:
            return False
        report = self._reporter(command) if name.number else _unheard
        self._have(Third(leg, name, name.agent, contact.agent, False, report))
        return True

    async def clear(self) -> None:
        """Nobody talks any more."""
        if self.third is not None:
            self._end()

    # The rest.

    def outside(self, number: str) -> str:
        """How a number outside is dialled. Raises `Failed`."""
        dialled = self._server.settings.talks.outside
        if dialled is None:
            raise Failed("not_configured")
        if not NUMBER.fullmatch(number):
            raise Failed("bad_number")
        return dialled.replace("{number}", number)

    def _phone(self, agent: str) -> str:
        device = self._server.devices.device_of(agent)
        if device is None:
            raise Failed("no_phone")
        return device

    async def _give(self, third: Third) -> None:
        """Let the customer go on with somebody outside; for the agent it is over."""
        call = self._call
        await call.talk.resume()
        if not third.leg.joined:
            await call.talk.add(third.leg)
        third.has_customer = True
        await third.report(None)
        call.ringing.end()
        call.tell("complete", requests.Complete())

    def _hand_over(self, third: Third, report: Report) -> None:
        third.is_handed = True
        self._server.lanes.add(self._call.id, lambda: self._told_hand_over(third, report))

    async def _told_hand_over(self, third: Third, report: Report) -> None:
        """Ask the router whether the contact is the colleague's from now on. What it says is done by `take_over`."""
        assert third.agent is not None
        path = f"/contacts/{third.name.contact}/handover"
        try:
            contact = await self._server.router.call("POST", path, requests.HandOver(agent=third.agent), Contact)
        except Refused as refused:
            third.is_handed = False
            if third.name.is_blind or self._call.leg is None:
                # The agent has gone, or goes now: his colleague has the customer, whatever the router says to it.
                _log.warning("given_past_the_router", contact=third.name.contact, code=refused.code)
                third.agent = None
                self._call.look()
            else:
                await report(refused.code)
            return
        await report(None)
        self._call.hear(contact)

    async def _back(self, third: Third) -> None:
        """The agent is with the customer again."""
        if not third.was_held:
            await self._call.talk.resume()

    async def _give_up(self, leg: Leg) -> None:
        await self._server.time.sleep(self._server.settings.talks.ring_s)
        if leg.ended is None and not leg.is_up:
            leg.ended = Ended("no_answer" if leg.rang else "unreachable", meant=False)
            self._server.leaving.end(leg.id, leg.device)
            self._call.look()

    def _have(self, third: Third) -> None:
        self.third = third
        self._server.legs[third.leg.id] = self._call
        if not third.leg.is_up:
            self._alarm = asyncio.create_task(self._give_up(third.leg))

    def _end(self) -> None:
        third = self.third
        if third is not None:
            self._forget()
            self._server.leaving.end(third.leg.id, third.leg.device)

    def _forget(self) -> None:
        if self.third is not None:
            self._server.legs.pop(self.third.leg.id, None)
            self.third = None
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None

    def _reporter(self, command: str) -> Report:
        async def report(code: str | None) -> None:
            self._call.commands.settle(command, code)

        return report


def adopt_third(server: Server, channel: Channel, inside: Mapping[str, str]) -> bool:
    """Whether a third party's leg, found on Asterisk, is needed; then its call goes on with it.

    `inside` is channel → bridge. Whoever is in one bridge with somebody outside has him, though his contact is over.
    """
    if channel.id in server.legs:
        return True
    if channel.id in server.leaving:
        return False
    name = server.names.read_third(channel.id)
    assert name is not None
    talk, bridge = server.names.talk(name.contact), inside.get(channel.id)
    call = server.call_of(name.contact)
    if call is None and bridge == talk:
        call = next((one for one in server.calls.values() if one.bridge == talk), None)
    if call is None:
        return False
    leg = Leg(channel.id, 0, name.agent or "", channel.device)
    leg.rang, leg.is_up, leg.joined = channel.state == "Ringing", channel.state == "Up", bridge == talk
    call.talk.bridge = talk
    return call.consulting.adopt(leg, name, has_customer=bridge == talk == call.bridge)


def _has(contact: Contact, agent: str | None) -> bool:
    """Whether the agent talks with the customer."""
    return contact.state == "assigned" and contact.answered_at is not None and contact.agent == agent


def _number_of(command: Command) -> int:
    found = parse_command_id(command.id)
    assert found is not None
    return found[1]


async def _unheard(_code: str | None) -> None:
    """Nobody waits for it."""
