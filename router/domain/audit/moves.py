"""Whether each event may follow what came before it: numbers, states, and things that happen once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, get_args

from router.domain.audit.floor import ENDED_KEPT, ENDS, GIVEN_BACK, OFFER_ENDS, UNKNOWN, WRITTEN
from router.domain.audit.things import KNOWN
from router.domain.states import AgentState

if TYPE_CHECKING:
    from router.domain.audit.findings import Findings
    from router.domain.audit.floor import Floor
    from router.domain.audit.things import Contact
    from router.domain.events import Event

_OPEN: Final = frozenset({"new", "scheduled", "queued", "offered", "assigned", "parked"})
_ENDED: Final = frozenset(kind.removeprefix("contact.") for kind in ENDS)
_CLOSED: Final = frozenset({"closed"})
_WAITING: Final = frozenset({"queued"})
_WITH_AGENT: Final = frozenset({"assigned"})
_OFFERED: Final = frozenset({"offered"})

FROM: Final[dict[str, frozenset[str]]] = {
    "contact.clamped": frozenset({"new"}),
    "contact.unroutable": frozenset({"new"}),
    "contact.scheduled": frozenset({"new", "scheduled", "queued"}),
    "contact.queued": frozenset({"new", "scheduled"}),
    "contact.overflowed": _WAITING,
    "contact.stepped": _WAITING,
    "contact.patched": _OPEN | _ENDED,
    "contact.reprioritised": frozenset({"scheduled", "queued", "offered"}),
    "contact.held": _WAITING,
    "contact.released": _WAITING,
    "contact.target_missed": frozenset({"queued", "offered", "assigned"}),
    "contact.assigned": _OFFERED,
    "contact.answered": _WITH_AGENT,
    "contact.connect_failed": _WITH_AGENT,
    "contact.silent": _WITH_AGENT,
    "contact.requeued": _WITH_AGENT,
    "contact.transferred": _WAITING | _WITH_AGENT,
    "contact.interrupted": _WITH_AGENT,
    "contact.handed_over": _WITH_AGENT,
    "contact.taken_over": _WITH_AGENT,
    "contact.parked": _WITH_AGENT,
    "contact.resumed": frozenset({"parked"}),
    "contact.replied": frozenset({"scheduled", "queued", "offered", "assigned"}),
    "contact.closed": frozenset({"scheduled", "queued", "assigned", "parked"}),
    "contact.abandoned": _WAITING | _WITH_AGENT,
    "contact.cancelled": frozenset({"scheduled", "queued", "assigned", "parked"}),
    "contact.expired": _WAITING,
    "contact.rejected": frozenset({"new", "scheduled", "queued"}),
    "contact.disposed": _CLOSED,
    "contact.rating_asked": _CLOSED,
    "contact.rated": _CLOSED,
    "contact.erased": _OPEN | _ENDED,
    "offer.made": _WAITING,
    "offer.acknowledged": _OFFERED,
    **dict.fromkeys(OFFER_ENDS, _OFFERED),
}
"""Event → the states in which a contact may be before it."""

_TALKS: Final = frozenset({"busy", "draining"})
_RESERVED: Final = frozenset({"reserved"})
_FREE: Final = frozenset(get_args(AgentState)) - _TALKS - _RESERVED
"""States of an agent who talks, of one who is only offered something, and of all others."""
_LEAVES: Final = GIVEN_BACK | ENDS | {"contact.parked"}
"""What ends a talk, and with it the commands of it that are open."""
_LATE: Final = frozenset({"contact.patched", "contact.disposed", "contact.rated", "contact.erased"})
"""What may be said of a contact long after its end."""


def check_stream(floor: Floor, found: Findings, event: Event) -> None:
    """The event is the next, and not before the last."""
    before = floor.seq if floor.seq is not None else 0 if floor.whole else event.seq - 1
    if not found.keeps("stream", event.follows(before)):
        found.breach("stream", f"event {before + 1} should come and {event.seq} does", event.seq)
    if event.at_ms < floor.at_ms:
        found.breach("stream", f"event {event.seq} is {floor.at_ms - event.at_ms} ms before the one before", event.seq)


def check_agent(floor: Floor, found: Findings, event: Event) -> None:
    """An agent's event has his next version. One who was gone begins anew."""
    agent = floor.agents.get(event.agent or "")
    expected = 1 if agent is None else agent.version + 1
    partly = agent is None or agent.version == 0
    so = event.version == expected or (partly and not floor.whole)
    if not found.keeps("versions", so):
        found.breach("versions", f"agent {event.agent} has version {event.version} after {expected - 1}", event.seq)
    if event.type in {"agent.state", "agent.removed"}:
        _check_state(floor, found, event)


def _check_state(floor: Floor, found: Findings, event: Event) -> None:
    """He was in that state so long as it says, and his new one fits what he is offered and has."""
    name, data = event.agent or "", event.data
    before, agent = floor.states.now.get(name), floor.agents.get(name)
    if before is not None and data["was"] is not None:  # an earlier release did not say
        state, since_ms = before
        so = state == data["was"] and data["took"] in {None, event.at_ms - since_ms}
        if not found.keeps("states", so):
            what = f"{name} was {data['was']} for {data['took']} ms, and by his events {state} since {since_ms}"
            found.breach("states", what, event.seq)
    if event.type == "agent.state" and floor.whole and agent is not None and agent.known:
        phases = {phase for phase, _ in agent.work.values()}
        fits = _TALKS if "a" in phases else _RESERVED if "o" in phases else _FREE
        if not found.keeps("states", data["state"] in fits):
            found.breach("states", f"{name} is {data['state']}, and has {sorted(agent.work)}", event.seq)


def check_contact(floor: Floor, found: Findings, event: Event) -> None:
    """The contact can do this now, once, and this is its next version."""
    contact = floor.contact(event)
    if not found.keeps("versions", event.version == contact.version + 1):
        what = f"contact {contact.id} has version {event.version} after {contact.version}"
        found.breach("versions", what, contact.seqs[1], event.seq)
    if contact.state == UNKNOWN:
        ended_long_ago = len(floor.ended) >= ENDED_KEPT and event.type in _LATE
        if not found.keeps("contacts", not floor.whole or ended_long_ago):
            found.breach("contacts", f"contact {contact.id} begins in its midst, with {event.type}", event.seq)
        return
    _check_once(found, contact, event)
    if not found.keeps("contacts", event.type not in _LEAVES or not contact.open_commands):
        what = f"{event.type} of contact {contact.id} leaves {sorted(contact.open_commands)} open"
        found.breach("contacts", what, contact.seqs[1], event.seq)
    may = contact.state in FROM[event.type]
    if not found.keeps("contacts", may or _is_said_already(contact, event)):
        found.breach(
            "contacts", f"contact {contact.id} is {contact.state}, and {event.type}", contact.seqs[1], event.seq
        )


def check_message(floor: Floor, found: Findings, event: Event) -> None:
    """The contact is there, and its messages and commands are numbered; who is typing is so while it is open."""
    contact = floor.conversation(event)
    if contact is None:
        may_be_evicted = len(floor.ended) >= ENDED_KEPT or not floor.whole
        if not found.keeps("contacts", may_be_evicted):
            found.breach("contacts", f"{event.type} of contact {event.contact}, which nobody knows", event.seq)
        return
    if event.type == "message.typing":
        if not found.keeps("contacts", contact.id not in floor.ended):
            what = f"contact {contact.id} is {contact.state}, and {event.type}"
            found.breach("contacts", what, contact.seqs[1], event.seq)
        return
    if event.type in {"command.made", "command.ended"}:
        _check_command(found, contact, event)
        return
    if event.type in KNOWN:
        _check_known(found, contact, event)
        return
    n, messages = event.data["n"], contact.messages
    follows = messages is None or (n == messages + 1 if event.type in WRITTEN else 0 < n <= messages)
    if not found.keeps("versions", follows and event.version is None):
        found.breach("versions", f"{event.type} {n} of contact {contact.id} after {messages}", event.seq)


def _check_command(found: Findings, contact: Contact, event: Event) -> None:
    """Commands are numbered one after the other, made while somebody talks, and each ends once."""
    n, commands = event.data["n"], contact.commands
    if event.type == "command.made":
        follows = commands is None or n == commands + 1
        talks = contact.state == UNKNOWN or (contact.state == "assigned" and contact.answered)
        if not found.keeps("contacts", talks):
            what = f"contact {contact.id} is {contact.state}, and {event.type}"
            found.breach("contacts", what, contact.seqs[1], event.seq)
    else:
        follows = commands is None or n in contact.open_commands
    if not found.keeps("versions", follows and event.version is None):
        found.breach("versions", f"{event.type} {n} of contact {contact.id} after {commands}", event.seq)


def _check_known(found: Findings, contact: Contact, event: Event) -> None:
    """What came of a contact is said once, of one that was answered and closed."""
    if contact.state == UNKNOWN:
        return
    seqs = (contact.seqs[1], event.seq)
    if not found.keeps("contacts", contact.state == "closed"):
        found.breach("contacts", f"contact {contact.id} is {contact.state}, and {event.type}", *seqs)
    elif not found.keeps("repeats", contact.due is not None):
        found.breach(
            "repeats", f"contact {contact.id} was not answered, or that had been said, and {event.type}", *seqs
        )


def _is_said_already(contact: Contact, event: Event) -> bool:
    """Whether another promise's check has a word for it."""
    if event.type == "offer.made":
        return contact.state in {"offered", "assigned"}
    return event.type in {"contact.assigned", "offer.acknowledged", *OFFER_ENDS} or (
        event.type in ENDS and contact.state == event.type.removeprefix("contact.")
    )


def _check_once(found: Findings, contact: Contact, event: Event) -> None:
    """Nothing is done twice, and nobody has the contact beside another."""
    kind, seqs = event.type, (contact.seqs[1], event.seq)
    if kind == "offer.made":
        if not found.keeps("one_agent", contact.state not in {"offered", "assigned"}):
            found.breach("one_agent", f"contact {contact.id} is offered while {contact.agent} has it", *seqs)
        return
    if kind in OFFER_ENDS or kind in {"offer.acknowledged", "contact.assigned"}:
        if not found.keeps("repeats", contact.state == "offered" and contact.offer == event.offer):
            found.breach("repeats", f"offer {event.offer} was over, and {kind}", *seqs)
        elif not found.keeps("one_agent", contact.agent == event.agent):
            found.breach("one_agent", f"{kind} of {event.agent}; contact {contact.id} is {contact.agent}'s", *seqs)
        if kind == "offer.acknowledged" and not found.keeps("repeats", not contact.acknowledged):
            found.breach("repeats", f"offer {event.offer} was acknowledged before", *seqs)
    elif kind == "contact.taken_over" and not found.keeps("one_agent", contact.agent is None):
        found.breach("one_agent", f"{event.agent} goes on with contact {contact.id}, and {contact.agent} has it", *seqs)
    elif kind == "contact.answered" and not found.keeps("repeats", not contact.answered):
        found.breach("repeats", f"contact {contact.id} was answered before", *seqs)
    elif kind in ENDS and not found.keeps("repeats", contact.state != kind.removeprefix("contact.")):
        found.breach("repeats", f"contact {contact.id} was {contact.state} before", *seqs)
