"""The acts of agents: on offers, where the caller is the agent, and on themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from router.domain.contact import AgentStatus, Contact
from router.engine.acts.act import Act

if TYPE_CHECKING:
    from router.domain.states import Presence


class _OfOffer(Act[Contact], frozen=True, kw_only=True):
    refuses = ("unknown_offer", "offer_gone", "taken")
    repeatable = True

    offer: str


class Acknowledge(_OfOffer, frozen=True, kw_only=True):
    """The agent's desk has the offer; from here its limit runs."""


class Accept(_OfOffer, frozen=True, kw_only=True):
    """The agent takes the contact he was offered."""

    refuses = ("unknown_offer", "offer_gone", "taken", "stale", "not_capable")

    version: int | None = None


class Decline(_OfOffer, frozen=True, kw_only=True):
    """The agent does not take the contact he was offered; he is not offered it again for a while."""

    reason: str | None = None


class _OfAgent(Act[AgentStatus], frozen=True, kw_only=True):
    returns = "agent"
    result = AgentStatus
    refuses = ("unknown_agent",)
    repeatable = True

    agent: str


class SetPresence(_OfAgent, frozen=True, kw_only=True):
    """What the agent chooses, now or after his present contact; a phone may be chosen with it."""

    presence: Presence
    reason: str | None = None
    after_contact: bool = False
    device: str | None = None


class Connect(_OfAgent, frozen=True, kw_only=True):
    """A connection of the agent's desk is there, or still is: as long as its process, or for `hold_ms` (a poll)."""

    connection: str
    process: str
    hold_ms: int | None = None


class Disconnect(_OfAgent, frozen=True, kw_only=True):
    """A connection of the agent's desk is gone; his last sign of life on it was `silent_ms` ago."""

    connection: str
    silent_ms: int = 0


class SetDevice(_OfAgent, frozen=True, kw_only=True):
    """The state of an agent's phone, as its channel sees it."""

    address: str
    state: Literal["idle", "in_use", "ringing", "unreachable"]


class SignIn(_OfAgent, frozen=True, kw_only=True):
    """The agent signs in at a phone of a channel's account: it is his, he is available, and offers ring it.

    Whoever was signed in at that phone is no longer.
    """

    refuses = ("unknown_channel", "unknown_agent")

    channel: str
    account: str
    device: str


class SignOut(_OfAgent, frozen=True, kw_only=True):
    """The agent signs out at a phone: he is offline, and nothing rings for him."""


class Ready(_OfAgent, frozen=True, kw_only=True):
    """The agent is ready for the next contact; ends his wrap-up, and the silence he fell into."""


class Renew(Act[bool], frozen=True, kw_only=True):
    """A router process is alive. Answers whether it was still known to be; if not, its connections are gone."""

    returns = "value"
    result = bool
    begins = True
    repeatable = True

    process: str
