"""Legs: the channels that we make to agents' phones, and what becomes of each."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

from channels.asterisk.ari import Ari, AsteriskAway, Refused
from channels.asterisk.wire import wall_ms

if TYPE_CHECKING:
    from collections.abc import Iterator

    from channels.asterisk.call import Call
    from channels.asterisk.server import Server
    from channels.asterisk.wire import Event
    from router.domain.wire.answers import Contact

Reason = Literal["busy", "no_answer", "unreachable", "refused", "channel"]

NORMAL: Final = 16
"""The cause of a hang-up that somebody meant."""
BUSY: Final = 17
REJECTED: Final = 21
NOT_COMPATIBLE: Final = frozenset({58, 65, 79, 88})
"""Causes of a call that found the phone, and no codec for it."""
NOT_ANSWERED: Final = frozenset({NORMAL, 18, 19, 102, 127})
"""Causes of a phone that has rung and rings no more."""
LONGEST_S: Final = 600
"""So long it rings at most, if nobody ends it."""


@dataclass(frozen=True)
class Ended:
    """How a leg has ended. `reason` is why it never was joined, in the router's words."""

    reason: Reason
    meant: bool
    """The agent has hung up; otherwise his leg was lost."""


@dataclass
class Leg:
    """One channel to one phone, for one attempt of one contact."""

    id: str
    attempt: int
    agent: str
    device: str
    is_made: bool = False
    """Asterisk has it."""
    rang: bool = False
    is_up: bool = False
    """It was answered, and is in our hands."""
    joined: bool = False
    """It can hear the customer."""
    entered_ms: int | None = None
    """When Asterisk let it into the bridge where it is."""
    ended: Ended | None = None
    _meant: bool = field(default=False, repr=False)

    def is_for(self, contact: Contact | None) -> bool:
        """Whether it is the one that the contact is to have."""
        if contact is None:
            return self.joined  # they talk, and what the router knows of it is still being asked
        if contact.connect is not None:
            return contact.connect.attempt == self.attempt
        return self.joined and contact.state == "assigned" and contact.agent == self.agent

    def hear(self, event: Event) -> None:
        """An event of its channel."""
        self.is_made = True
        match event.type:
            case "ChannelStateChange" if event.channel is not None and event.channel.state == "Ringing":
                self.rang = True
            case "StasisStart":
                self.is_up = True
            case "ChannelEnteredBridge":
                self.entered_ms = wall_ms(event.timestamp)
            case "ChannelHangupRequest":
                # A BYE brings no cause, or this one; a leg that Asterisk gives up for want of sound ends softly.
                self._meant = not event.soft and event.cause in {0, NORMAL}
            case "ChannelDestroyed":
                self.ended = Ended(_reason(event, rang=self.rang, is_up=self.is_up), self._meant)
            case _:
                pass

    async def ring(self, ari: Ari, customer: str, caller_id: str, header: str | None, **variables: str) -> None:
        """Let the phone ring. Where that cannot even begin, it has ended. Raises `AsteriskAway`."""
        fields: dict[str, Any] = {
            "endpoint": self.device,
            "app": ari.app,
            "appArgs": "do=leg",
            "channelId": self.id,
            "originator": customer,
            "callerId": caller_id,
            "timeout": LONGEST_S,
        }
        if self.device.startswith("PJSIP/"):
            # A transfer by its keys is ours to do: Asterisk would take the customer away from us.
            variables["PJSIP_TRANSFER_HANDLING()"] = "ari-only"
        if header:
            name, _, value = header.partition(":")
            variables[f"PJSIP_HEADER(add,{name.strip()})"] = value.strip()
        if variables:
            fields["variables"] = variables
        try:
            await ari.do("POST", "channels", **fields)
            self.is_made = True
        except Refused as refused:
            if refused.status != 409:  # an adapter before us has made it: it rings
                self.ended = Ended("unreachable" if refused.status == 500 else "channel", meant=False)


class Leaving:
    """Legs that are being ended, until they are gone: neither their phones nor their contacts' next ones ring sooner.

    The router gives an agent his next call as soon as the one before is over for it, which is mostly heard before
    Asterisk has taken his leg down.
    """

    def __init__(self, server: Server) -> None:
        self._server = server
        self._phones: dict[str, str] = {}
        """Leg → its phone."""
        self._waiting: set[Call] = set()

    def __contains__(self, leg: str) -> bool:
        """Whether it is being ended."""
        return leg in self._phones

    def __iter__(self) -> Iterator[str]:
        """All of them."""
        return iter(self._phones)

    def end(self, leg: str, phone: str) -> None:
        """Hang up a leg that nobody needs, if Asterisk can be reached; else once it can."""
        self._phones[leg] = phone
        self._server.spawn(self._hang_up(leg))

    async def _hang_up(self, leg: str) -> None:
        try:
            await self._server.ari.do("DELETE", "channels/" + leg)
        except AsteriskAway:
            self._server.unreconciled.set()
        except Refused:
            self.gone(leg)  # before we said so; else an event tells when

    def may_ring(self, phone: str, call: Call, contact: str) -> bool:
        """Whether neither phone nor contact has a leg that rings or must go; else the call is looked at again later."""
        is_held = any(other is not call and other.holds(phone) for other in self._server.legs.values())
        named = map(self._server.names.read_leg, self._phones)
        if is_held or phone in self._phones.values() or any(name and name.contact == contact for name in named):
            self._waiting.add(call)
            return False
        return True

    def gone(self, *legs: str) -> None:
        """They are no more."""
        for leg in legs:
            self._phones.pop(leg, None)
        self.look()

    def look(self) -> None:
        """A phone may be free that was not."""
        waiting, self._waiting = self._waiting, set()
        for call in waiting:
            call.look()

    def clear(self) -> None:
        """Forget them all."""
        self._phones.clear()
        self._waiting.clear()


def _reason(event: Event, *, rang: bool, is_up: bool) -> Reason:
    if is_up:
        return "refused"  # he picked up, and was gone before he could hear the customer
    if event.cause == BUSY:
        return "busy"
    if event.cause == REJECTED:
        return "refused"
    if event.cause in NOT_COMPATIBLE:
        return "channel"
    return "no_answer" if rang and event.cause in NOT_ANSWERED else "unreachable"
