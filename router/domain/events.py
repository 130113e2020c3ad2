"""The closed list of events: what each is called, its code in the stream, and the data that it carries.

A code is for ever: two releases share a stream during a rolling deploy, and an archive outlives both. Durations in the
data are milliseconds; `requirement` is [skills, powers, teams, agents] as the lane has it, rounded up, and `class` how
the lane is ordered (`router.domain.plan.class_name`); `rules` are a `router.domain.rules.Rules`. `was` is the
state that an agent leaves, and `took` how long he was in it, null where he is a program.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

ERA: Final = 1_000_000_000
"""What an era's numbers are ahead of the same numbers in the era before.

An era begins with `operation.era` where the workspace comes to be on another server, or on the same one after its
restart: it may lack the newest events, which somebody may have seen. The count goes on, this much further: an event is
number N of all, modulo `ERA`, and no number stands for two events.
"""


class EventType(msgspec.Struct, frozen=True):
    """One kind of event: `data` names its values in order."""

    code: int
    name: str
    data: tuple[str, ...] = ()


class Event(msgspec.Struct, frozen=True):
    """One entry of a workspace's stream. What does not apply is None."""

    seq: int
    at_ms: int
    type: str
    contact: str | None
    version: int | None
    """The contact's version where there is a contact, else the agent's; None where it changes neither: a message,
    or what came of a contact."""
    offer: str | None
    agent: str | None
    queue: str | None
    channel: str | None
    account: str | None
    customer_type: str | None
    role: str
    actor: str | None
    data: dict[str, Any]

    def follows(self, seq: int) -> bool:
        """Whether it is the next event after number `seq`."""
        return self.seq == seq + 1 or (self.type == "operation.era" and self.data["last"] == seq)


HEAD = ("contact", "version", "offer", "agent", "queue", "channel", "account", "customer_type", "role", "actor")
"""The fields of every entry after its code, in the order of the stream; the data follow."""

_PLACE = ("rank", "stage", "requirement", "class")

_CONTACT = (
    EventType(1, "contact.scheduled", ("not_before",)),
    EventType(2, "contact.clamped", ("claimed", "arrived")),
    EventType(3, "contact.queued", ("entry", "arrived", "priority", *_PLACE)),
    EventType(4, "contact.overflowed", ("from_queue", "reason", "waited", *_PLACE)),
    EventType(5, "contact.stepped", _PLACE),
    EventType(6, "contact.unroutable", ("missing",)),
    EventType(7, "contact.patched", ("rerouted", "from_queue", "reason", *_PLACE)),
    EventType(8, "contact.reprioritised", ("priority", *_PLACE)),
    EventType(9, "contact.held", ("cause",)),
    EventType(10, "contact.released", ("cause",)),
    EventType(11, "contact.target_missed", ("target",)),
    EventType(12, "contact.assigned", ("took", "waited")),
    EventType(13, "contact.answered", ("waited", "in_target")),
    EventType(14, "contact.connect_failed", ("reason", "attempt", *_PLACE)),
    EventType(15, "contact.silent", ("attempt", *_PLACE)),
    EventType(16, "contact.requeued", ("reason", "answered", "handled", *_PLACE)),
    EventType(
        17,
        "contact.transferred",
        ("from_queue", "reason", "to_agent", "escalated", "answered", "handled", *_PLACE),
    ),
    EventType(18, "contact.closed", ("outcome", "ended_by", "disposition", "handled", "waited")),
    EventType(19, "contact.abandoned", ("waited", "in_target", "short")),
    EventType(20, "contact.cancelled", ("waited",)),
    EventType(21, "contact.expired", ("waited",)),
    EventType(22, "contact.rejected", ("reason",)),
    EventType(23, "contact.disposed", ("disposition",)),
    EventType(24, "contact.rated", ("score",)),
    EventType(25, "contact.parked", ("handled",)),
    EventType(26, "contact.resumed", ("reason", *_PLACE)),
    EventType(27, "contact.replied", ("took",)),
    EventType(28, "contact.rating_asked", ("until",)),
    EventType(29, "contact.erased", ()),
    EventType(30, "contact.interrupted", ("handled", "since", *_PLACE)),
    EventType(31, "contact.handed_over", ("to_agent", "handled")),
    EventType(32, "contact.taken_over", ("from_agent",)),
    EventType(33, "contact.returned", ("first",)),
    EventType(34, "contact.solved", ("first",)),
)
_OFFER = (
    EventType(
        40,
        "offer.made",
        ("medium", "order", "ratio", "mode", "candidates", "stage", "last_agent", "reserves"),
    ),
    EventType(41, "offer.acknowledged", ("took",)),
    EventType(42, "offer.declined", ("reason",)),
    EventType(43, "offer.missed", ()),
    EventType(44, "offer.undelivered", ()),
    EventType(45, "offer.withdrawn", ("reason",)),
)
_AGENT = (
    EventType(60, "agent.profile", ("pool", "skills", "powers", "queues", "teams", "media", "automatic")),
    EventType(61, "agent.removed", ("was", "took")),
    EventType(62, "agent.presence", ("presence", "reason", "next", "next_reason")),
    EventType(63, "agent.connected", ("connections",)),
    EventType(64, "agent.disconnected", ("connections",)),
    EventType(65, "agent.lost"),
    EventType(66, "agent.device", ("address", "state")),
    EventType(67, "agent.not_responding", ("cause",)),
    EventType(68, "agent.responding"),
    EventType(69, "agent.wrap_up_ended", ("medium", "took")),
    EventType(70, "agent.rested", ("medium", "cause")),
    EventType(71, "agent.phone", ("phone_at", "at_phone")),
    EventType(72, "agent.state", ("state", "was", "took")),
)
_MESSAGE = (
    EventType(50, "message.received", ("n", "kind", "author")),
    EventType(51, "message.queued", ("n", "kind", "author")),
    EventType(52, "message.state", ("n", "state", "code")),
    EventType(53, "message.edited", ("n",)),
    EventType(54, "message.deleted", ("n",)),
    EventType(55, "message.noted", ("n",)),
    EventType(56, "message.typing", ("side",)),
)
_COMMAND = (
    EventType(35, "command.made", ("n", "do")),
    EventType(36, "command.ended", ("n", "state", "code")),
)
_REST = (
    EventType(80, "channel.up", ("holder",)),
    EventType(81, "channel.silent"),
    EventType(82, "channel.held"),
    EventType(83, "channel.lost"),
    EventType(84, "channel.status", ("status", "detail", "capabilities")),
    EventType(90, "operation.applied", ("revision", "digest", "rules")),
    EventType(91, "operation.era", ("server", "last")),
)

EVENTS: dict[str, EventType] = {
    event.name: event for event in (*_CONTACT, *_OFFER, *_AGENT, *_MESSAGE, *_COMMAND, *_REST)
}
"""Every event by name."""

BY_CODE: dict[int, EventType] = {event.code: event for event in EVENTS.values()}
"""Every event by its code in the stream."""
