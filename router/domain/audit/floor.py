"""The floor as the events up to one of them say it is: who waits where, who has what, by which rules."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Final

import msgspec

from router.domain.audit.things import KNOWN, Agent, Contact, Lane, is_of_message, wrapped_up
from router.domain.figures import RETURN_MS
from router.domain.plan import head_start_ms
from router.domain.rules import Rules
from router.domain.stretches import Stretches

if TYPE_CHECKING:
    from collections.abc import Callable

    from router.domain.events import Event

ENDS: Final = frozenset(
    {"contact.closed", "contact.abandoned", "contact.cancelled", "contact.expired", "contact.rejected"}
)
OFFER_ENDS: Final = frozenset({"offer.declined", "offer.missed", "offer.undelivered", "offer.withdrawn"})
PLACED: Final = frozenset(
    {"contact.queued", "contact.overflowed", "contact.stepped", "contact.patched", "contact.reprioritised",
     "contact.connect_failed", "contact.silent", "contact.requeued", "contact.transferred", "contact.resumed",
     "contact.interrupted"}
)  # fmt: skip
"""Events that say where a contact stands from there."""
WRITTEN: Final = frozenset({"message.received", "message.queued", "message.noted"})
"""Events by which a contact has one more message."""
GIVEN_BACK: Final = frozenset({"contact.connect_failed", "contact.silent", "contact.requeued", "contact.transferred"})
"""Of these, those by which it leaves its agent."""
ACKNOWLEDGED_WITHIN_MS: Final = 3_000
RESTS_MOST: Final = 16
"""So many agents rest from one contact; one more, and the first does no more."""
UNKNOWN: Final = "unknown"
"""The state of a contact that began before what was read."""
ENDED_KEPT: Final = 100_000
"""So many of the contacts that ended last are known to have ended."""


class Floor:
    """What the events so far say. `whole`: they began with the workspace's first; else what began before is unknown."""

    def __init__(self, *, whole: bool, rules: Rules | None = None) -> None:
        self.whole = whole
        self.rules = rules
        self.seq: int | None = None
        self.at_ms = 0
        self.contacts: dict[str, Contact] = {}
        self.ended: OrderedDict[str, Contact] = OrderedDict()
        self.agents: dict[str, Agent] = {}
        self.states = Stretches()
        self.lanes: dict[tuple[str, str, bytes], Lane] = {}
        self.waiting: dict[int, Lane] = {}
        """The lanes in which somebody waits."""
        self.applied_ms = 0
        """When the operation in force was applied, or an agent last followed it."""
        self.offers_at: tuple[int, int] = (0, 0)
        """(moment, offers made in it)."""
        self._moves: dict[str, Callable[[Contact, Event], None]] = {
            "contact.assigned": self._assign,
            "contact.parked": self._park,
            "contact.handed_over": self._leave_agent,
            "contact.taken_over": self._take_over,
        }
        """Events by which a contact comes to an agent and leaves him that are nothing but that."""

    def contact(self, event: Event) -> Contact:
        """The contact of the event; one that is not known begins with it."""
        assert event.contact is not None
        found = self.contacts.get(event.contact) or self.ended.get(event.contact)
        version = event.version or 1
        if found is None:
            found = Contact(event.contact, version - 1, "new" if version == 1 else UNKNOWN, (event.seq, event.seq))
            found.messages = found.commands = 0 if version == 1 else None
        return found

    def conversation(self, event: Event) -> Contact | None:
        """The contact of a message's event; None where nobody knows it."""
        return self.contacts.get(event.contact or "") or self.ended.get(event.contact or "")

    def agent(self, name: str) -> Agent:
        """The agent; one who is not known is so from here, and what he had before is not."""
        found = self.agents.get(name)
        if found is None:
            found = self.agents[name] = Agent(name, 0, known=False)
        return found

    def apply(self, event: Event) -> None:
        """The event happens."""
        self.seq, self.at_ms = event.seq, event.at_ms
        if is_of_message(event):
            self._of_message(event)
        elif event.contact is not None:
            self._of_contact(event)
        elif event.type.startswith("agent."):
            self._of_agent(event)
        elif event.type == "operation.applied":
            self.applied_ms = event.at_ms
            self.rules = msgspec.convert(event.data["rules"], Rules) if event.data["rules"] else None

    # Contacts.

    def _of_contact(self, event: Event) -> None:
        contact = self.contact(event)
        kind, data = event.type, event.data
        if contact.id not in self.ended:
            self.contacts[contact.id] = contact
        contact.version, contact.queue = event.version or 0, event.queue
        contact.seqs = (contact.seqs[0], event.seq)
        if kind in self._moves:
            self._moves[kind](contact, event)
        elif kind.startswith("offer."):
            self._of_offer(contact, event)
        elif kind == "contact.answered":
            contact.answered, contact.due = True, None
        elif kind == "contact.scheduled":
            self._leave_lane(contact)
            contact.state, contact.held = "scheduled", False
        elif kind in {"contact.held", "contact.released"}:
            self._hold(contact, holds=kind == "contact.held")
        elif kind in PLACED and data["rank"] is not None:
            self._place(contact, event)
        elif kind in ENDS:
            self._end(contact, event)
        contact.asked_ms = None if kind == "contact.replied" or contact.state == "parked" else contact.asked_ms
        if kind in {"contact.queued", "contact.reprioritised"}:
            contact.priority = data["priority"]
        elif kind == "contact.patched" and self.rank(contact) != contact.rank:
            contact.priority = None  # it has another; the event does not say which

    def _hold(self, contact: Contact, *, holds: bool) -> None:
        contact.held = holds
        if holds:
            self._leave_lane(contact)
        else:
            self._go_back(contact)

    def _park(self, contact: Contact, event: Event) -> None:
        """It is with nobody; who has talked does not wrap it up."""
        rule, contact.answered = self._rule(contact), False
        self._leave_agent(contact, event)
        contact.state = "parked"
        contact.due = event.at_ms + rule.parked if rule is not None and rule.parked is not None else None

    def _take_over(self, contact: Contact, event: Event) -> None:
        """A colleague talks to it from here."""
        assert event.agent is not None
        agent = self.agent(event.agent)
        contact.agent, contact.offer, contact.answered = event.agent, event.offer, True
        agent.touched_ms = event.at_ms
        if contact.home is not None:
            agent.work[contact.id] = ("a", contact.home.medium)

    def _of_message(self, event: Event) -> None:
        contact, kind = self.conversation(event), event.type
        if contact is None:
            return
        if kind in KNOWN:
            contact.due = None
        elif kind in WRITTEN:
            contact.messages = event.data["n"]
        elif kind == "command.made":
            contact.commands = None if contact.commands is None else event.data["n"]
            contact.open_commands.add(event.data["n"])
        elif kind == "command.ended":
            contact.open_commands.discard(event.data["n"])
        if kind == "message.received" and event.data["author"] == "customer":
            self._ask(contact, event)
        elif kind == "message.received" or (kind == "message.queued" and event.data["author"] != "system"):
            agent = self.agents.get(event.actor or "") if event.role == "agent" else None
            automatic = agent is not None and agent.automatic
            if contact.state == "assigned" and (automatic or contact.answered):
                contact.due = None

    def _ask(self, contact: Contact, event: Event) -> None:
        """The customer waits for an answer; an agent who has been answering has his limit for it."""
        rule = self._rule(contact)
        if contact.id in self.ended or contact.state == UNKNOWN or (rule is not None and rule.answered_by != "reply"):
            return
        if contact.asked_ms is None:
            contact.asked_ms = event.at_ms
        if contact.state == "assigned" and contact.due is None and rule is not None and self.rules is not None:
            own_ms = self.rules.replies.get(contact.queue or "")
            contact.due = event.at_ms + (rule.answer if own_ms is None else own_ms)

    def _of_offer(self, contact: Contact, event: Event) -> None:
        if event.type == "offer.made":
            self._offer(contact, event)
        elif event.type == "offer.acknowledged":
            rule = self._rule(contact)
            contact.acknowledged, contact.due = True, rule and event.at_ms + rule.offer
        else:
            self._leave_agent(contact, event)
            self._go_back(contact)
            self._rest(contact, event)

    def _place(self, contact: Contact, event: Event) -> None:
        """It stands at another place from here, and is with nobody any more where it was given back."""
        kind, data = event.type, event.data
        again = contact.answered and kind != "contact.interrupted"
        if kind == "contact.interrupted":  # there is nothing to wrap up
            contact.answered = False
            self._leave_agent(contact, event)
            contact.queued_ms = data["since"]
        elif kind in GIVEN_BACK:
            self._leave_agent(contact, event)
            self._rest(contact, event)
        if kind == "contact.queued":
            contact.arrived = contact.queued_ms = data["arrived"]
            if contact.asked_ms is not None:
                contact.asked_ms = data["arrived"]  # nobody was to answer before
        elif kind == "contact.resumed":
            contact.queued_ms, contact.due = event.at_ms, None
        elif kind in {"contact.overflowed", "contact.transferred"} or again or data.get("rerouted"):
            contact.queued_ms = event.at_ms
        self._leave_lane(contact)
        contact.rank = data["rank"]
        contact.home = None
        if event.queue is not None and data["class"] is not None:
            needs = msgspec.json.encode(data["requirement"])
            identity = (event.queue, data["class"], needs)
            if identity not in self.lanes:
                self._forget_lanes()
                self.lanes[identity] = Lane.of(event.queue, data["class"], data["requirement"])
            contact.home = self.lanes[identity]
        if kind == "contact.reprioritised" and contact.state != "queued":
            return
        contact.state = "queued"
        if contact.home is not None and not contact.held:
            self._enter_lane(contact, contact.home, data["rank"])

    def _forget_lanes(self) -> None:
        if len(self.lanes) >= ENDED_KEPT:
            used = {id(contact.home) for contact in self.contacts.values()}
            self.lanes = {key: lane for key, lane in self.lanes.items() if id(lane) in used}

    def _go_back(self, contact: Contact) -> None:
        """It waits as before, at the place that the rules in force give it."""
        contact.state = "queued"
        if contact.home is None or contact.held:
            return
        rank = self.rank(contact)
        self._leave_lane(contact)
        self._enter_lane(contact, contact.home, contact.rank or 0 if rank is None else rank)

    def _enter_lane(self, contact: Contact, lane: Lane, rank: int) -> None:
        contact.placed_ms = self.at_ms
        lane.add(contact, rank)
        self.waiting[id(lane)] = lane

    def _leave_lane(self, contact: Contact) -> None:
        lane = contact.lane
        if lane is not None:
            lane.remove(contact)
            if not lane.waiting:
                del self.waiting[id(lane)]

    def rank(self, contact: Contact) -> int | None:
        """The contact's rank by the rules in force; None where these or its arrival are not known."""
        if self.rules is None or contact.arrived is None or contact.priority is None or contact.queue is None:
            return None
        target = self.rules.targets.get(contact.queue)
        start = 0 if target is None else head_start_ms(self.rules.order, target)
        return contact.arrived - contact.priority * start

    def _offer(self, contact: Contact, event: Event) -> None:
        moment, offers = self.offers_at
        self.offers_at = (event.at_ms, offers + 1 if moment == event.at_ms else 1)
        self._leave_lane(contact)
        contact.state, contact.agent, contact.offer = "offered", event.agent, event.offer
        contact.acknowledged = False
        contact.due = event.at_ms + ACKNOWLEDGED_WITHIN_MS
        if event.agent is not None:
            agent = self.agent(event.agent)
            agent.work[contact.id] = ("o", event.data["medium"])
            agent.touched_ms = event.at_ms
            if event.at_ms >= agent.busy_until:  # a small medium's busy phone leaves room for more
                agent.busy_until = 0

    def _assign(self, contact: Contact, event: Event) -> None:
        contact.state = "assigned"
        contact.answered = False
        rule = self._rule(contact)
        contact.due = rule and event.at_ms + rule.answer
        if event.agent is not None:
            agent = self.agent(event.agent)
            agent.touched_ms = event.at_ms
            if contact.id in agent.work:
                agent.work[contact.id] = ("a", agent.work[contact.id][1])
            elif contact.home is not None:
                agent.work[contact.id] = ("a", contact.home.medium)

    def _rule(self, contact: Contact) -> Any:
        if self.rules is None or contact.home is None:
            return None
        return self.rules.media.get(contact.home.medium)

    def _leave_agent(self, contact: Contact, event: Event) -> None:
        """It occupies its agent no more; one whom it has talked to wraps it up."""
        agent = self.agents.get(contact.agent or "")
        if agent is not None:
            _, medium = agent.work.pop(contact.id, ("", None))
            agent.touched_ms = event.at_ms
            rule = self.rules.media.get(medium) if self.rules is not None and medium else None
            if contact.answered and medium and rule is not None and rule.wrap_up > 0 and not agent.removed:
                agent.wraps[contact.id] = (medium, event.at_ms, event.at_ms + rule.wrap_up)
            if agent.removed and not agent.work:
                del self.agents[agent.id]
        contact.agent = contact.offer = contact.due = None
        contact.answered = False

    def _rest(self, contact: Contact, event: Event) -> None:
        """Who did not take it is not offered it again at once."""
        kind, reason = event.type, event.data.get("reason")
        rule = self._rule(contact)
        by_himself = kind in {
            "offer.declined",
            "offer.missed",
            "offer.undelivered",
            "contact.connect_failed",
            "contact.silent",
        }
        given_away = reason in {"requeued", "silent"} or (kind == "contact.transferred" and event.agent is not None)
        agent = self.agents.get(event.agent or "")
        if agent is None or agent.removed or rule is None or not (by_himself or given_away):
            return
        if agent.id not in contact.rests and len(contact.rests) >= RESTS_MOST:
            first = min(contact.rests, key=lambda name: (contact.rests[name], name))
            del contact.rests[first]
        # Only an agent himself declines for reasons of his own; else it says why he could not be connected.
        contact.rests[agent.id] = event.at_ms + rule.rest_after(None if event.role == "agent" else reason)
        contact.refused_by.add(agent.id)

    def _end(self, contact: Contact, event: Event) -> None:
        self._leave_lane(contact)
        self._leave_agent(contact, event)
        contact.state, contact.home = event.type.removeprefix("contact."), None
        contact.rests.clear()
        contact.refused_by.clear()
        contact.asked_ms = None
        if event.data.get("outcome") == "answered":
            contact.due = event.at_ms + RETURN_MS
        self.contacts.pop(contact.id, None)
        self.ended[contact.id] = contact
        if len(self.ended) > ENDED_KEPT:
            self.ended.popitem(last=False)

    # Agents.

    def _of_agent(self, event: Event) -> None:
        assert event.agent is not None
        kind, data = event.type, event.data
        self.states.read(event)
        agent = self.agents.get(event.agent)
        if agent is None:
            agent = self.agents[event.agent] = Agent(event.agent, 0, known=event.version == 1)
            if agent.known:
                agent.presence, agent.connected, agent.unresponsive = "offline", False, False
        agent.version, agent.touched_ms = event.version or 0, event.at_ms
        if kind == "agent.profile":
            agent.skills, agent.powers = data["skills"], data["powers"]
            agent.queues, agent.media = frozenset(data["queues"]), frozenset(data["media"])
            agent.teams, agent.removed, agent.profiled = frozenset(data["teams"]), False, True
            agent.automatic = bool(data.get("automatic"))
            self.applied_ms = event.at_ms
        elif kind == "agent.removed":
            self._remove(agent, event)
        elif kind == "agent.presence":
            agent.presence, agent.leaves = data["presence"], data["next"] is not None
        elif kind in {"agent.connected", "agent.disconnected"}:
            agent.connected = data["connections"] > 0
        elif kind == "agent.phone":
            agent.at_phone = data["at_phone"]
        elif kind == "agent.device":
            agent.device = data["state"]
        elif kind in {"agent.not_responding", "agent.responding"}:
            agent.unresponsive = kind == "agent.not_responding"
        elif kind == "agent.rested" and self.rules is not None and data["medium"] in self.rules.media:
            agent.busy_until = event.at_ms + self.rules.media[data["medium"]].rest_after(data["cause"])
        elif kind == "agent.wrap_up_ended" and (wrapped := wrapped_up(agent, event)) is not None:
            del agent.wraps[wrapped]

    def _remove(self, agent: Agent, event: Event) -> None:
        agent.removed, agent.leaves, agent.connected, agent.at_phone = True, False, False, False
        agent.wraps.clear()
        self.applied_ms = event.at_ms
        for contact in self.contacts.values():
            contact.rests.pop(agent.id, None)
        if not agent.work:
            del self.agents[agent.id]
