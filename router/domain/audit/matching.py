"""Whether each offer went to somebody who may have it, of the right contact, and nobody sat idle beside one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from router.domain.operation import CAPACITY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from router.domain.audit.findings import Findings
    from router.domain.audit.floor import Floor
    from router.domain.audit.things import Agent, Contact, Lane
    from router.domain.events import Event
    from router.domain.rules import Rules

OFFERS_A_CALL: Final = 20
"""So many offers at one moment, and the rest may come a moment later, out of turn."""
LOOKED_AT: Final = 8
"""So many contacts of a lane, and agents, are looked at for who is idle beside whom."""


def check_offer(floor: Floor, found: Findings, event: Event, patience_ms: int) -> None:
    """The agent may have the contact, can carry it, and none that waits should have been his before it."""
    contact, agent = floor.contact(event), floor.agents.get(event.agent or "")
    seqs = (contact.seqs[1], event.seq)
    if agent is None:
        if not found.keeps("eligible", not floor.whole):
            found.breach("eligible", f"contact {contact.id} is offered to {event.agent}, whom nobody knows", *seqs)
        return
    if floor.rules is None or (rule := floor.rules.media.get(event.data["medium"])) is None:
        return
    # One whose profile was not seen may be a program, which takes no seat.
    if agent.profiled and not found.keeps("capacity", agent.has_room(event.data["medium"], floor.rules)):
        what = f"{agent.id} carries {agent.load(floor.rules)} of {CAPACITY} and is offered contact {contact.id}"
        found.breach("capacity", what, *seqs)
    why = agent.keeps_from(rule) or _unfit(floor, contact, agent, event)
    if not found.keeps("eligible", why is None):
        found.breach("eligible", f"contact {contact.id} is offered to {agent.id}, who {why}", *seqs)
    if contact.lane is not None and contact.rank is not None:
        _check_ratio(found, contact, contact.lane, event)
        _check_order(floor, found, contact, agent, event, patience_ms)


def check_capacity(floor: Floor, found: Findings, event: Event) -> None:
    """The agent who goes on with a talk can carry it."""
    contact, agent = floor.contact(event), floor.agents.get(event.agent or "")
    if agent is None or not agent.profiled or floor.rules is None or contact.home is None:
        return
    if not found.keeps("capacity", agent.has_room(contact.home.medium, floor.rules)):
        what = f"{agent.id} carries {agent.load(floor.rules)} of {CAPACITY} and goes on with contact {contact.id}"
        found.breach("capacity", what, contact.seqs[1], event.seq)


def _unfit(floor: Floor, contact: Contact, agent: Agent, event: Event) -> str | None:
    if contact.held:
        return "cannot have it while it is held"
    if contact.rests.get(agent.id, event.at_ms) > event.at_ms:
        return "did not take it before, and rests from it"
    lane = contact.lane
    if lane is None:
        return None
    if agent.profiled and not lane.asks_no_more_than(agent):
        return "has not what it needs"
    if agent.profiled and floor.rules is not None and _is_reserved(floor.rules, lane, agent, event):
        return "is kept free by a reserve"
    return None


def _is_reserved(rules: Rules, lane: Lane, agent: Agent, event: Event) -> bool:
    """Whether a reserve that binds the lane keeps him, by the counts that the event says."""
    kept = [name for name in sorted(rules.reserves) if rules.reserves[name].skill in agent.skills]
    counts: list[tuple[str, int, int]] = event.data["reserves"] or []
    if len(counts) != len(kept):
        return False
    return any(
        name in lane.reserves and ready <= rules.reserves[name].agents and signed_in >= rules.reserves[name].agents + 2
        for name, (_, ready, signed_in) in zip(kept, counts, strict=True)
    )


def _check_ratio(found: Findings, contact: Contact, lane: Lane, event: Event) -> None:
    assert contact.rank is not None
    ratio = lane.score(contact.rank, event.at_ms)
    if not found.keeps("order", event.data["ratio"] == ratio):
        what = f"contact {contact.id} is {ratio} into its promise, and was offered as {event.data['ratio']}"
        found.breach("order", what, contact.seqs[1], event.seq)


def _check_order(floor: Floor, found: Findings, contact: Contact, agent: Agent, event: Event, patience_ms: int) -> None:
    """No contact that waited before this moment and that he could have had comes before."""
    moment, offers = floor.offers_at
    if event.at_ms - floor.applied_ms <= patience_ms or not agent.profiled or not agent.known:
        return
    if agent.busy_until:  # how much of him his busy phone takes only the engine knows
        return
    if offers >= OFFERS_A_CALL and event.at_ms - moment <= patience_ms:
        return
    assert floor.rules is not None
    assert contact.lane is not None
    mine = contact.lane.key(contact, event.at_ms)
    for lane in floor.waiting.values():
        if lane.tier > contact.lane.tier or not _could_have(floor.rules, lane, agent, event):
            continue
        for other in lane.first():
            before = lane.key(other, event.at_ms) < mine and other.placed_ms < event.at_ms
            if not found.keeps("order", not before or agent.id in other.refused_by):
                what = f"{agent.id} is offered contact {contact.id}, and {other.id} comes before it"
                found.breach("order", what, other.seqs[1], event.seq)


def _could_have(rules: Rules, lane: Lane, agent: Agent, event: Event) -> bool:
    return (
        agent.keeps_from(rules.media[lane.medium]) is None
        and lane.asks_no_more_than(agent)
        and agent.has_room(lane.medium, rules)
        and not _is_reserved(rules, lane, agent, event)
    )


def check_idle(floor: Floor, found: Findings, at_ms: int, patience_ms: int, told: set[tuple[str, str]]) -> None:
    """Nobody has been free for longer than `patience_ms` beside a contact that has waited so long and that he may take.

    Where only the engine knows whether he is free, nothing is said: while an operation is applied, of one who rested
    from the contact, whose phone was busy, whom a reserve or a larger contact may keep.
    """
    since = at_ms - patience_ms
    if floor.rules is None or floor.applied_ms >= since:
        return
    lanes = [lane for lane in floor.waiting.values() if lane.medium in floor.rules.media]
    found.keeps("idle", so=True)
    if not lanes:
        return
    media = {lane.medium for lane in lanes}
    for agent in floor.agents.values():
        if agent.touched_ms >= since or not _is_free(agent, media, floor.rules):
            continue
        for contact in _neglected(floor, floor.rules, lanes, agent, since):
            if (contact.id, agent.id) not in told:
                told.add((contact.id, agent.id))
                what = f"contact {contact.id} has waited beside {agent.id}, who is idle and may take it, for too long"
                found.breach("idle", what, contact.seqs[1])


def _is_free(agent: Agent, media: set[str], rules: Rules) -> bool:
    """Whether he could have a contact of each medium that waits. A larger one that does not fit may keep him free."""
    is_free = agent.known and agent.profiled and agent.is_there and agent.busy_until == 0
    return is_free and all(agent.has_room(medium, rules) for medium in media & agent.media)


def _neglected(floor: Floor, rules: Rules, lanes: list[Lane], agent: Agent, since: int) -> Iterator[Contact]:
    for lane in lanes:
        able = agent.keeps_from(rules.media[lane.medium]) is None and lane.asks_no_more_than(agent)
        if not able or _may_reserve(floor, rules, lane, agent):
            continue
        for contact in lane.first(LOOKED_AT):
            if contact.placed_ms < since and agent.id not in contact.refused_by:
                yield contact
                return


def _may_reserve(floor: Floor, rules: Rules, lane: Lane, agent: Agent) -> bool:
    """Whether a reserve may keep him from the lane: not where enough others are surely ready."""
    for name in lane.reserves:
        reserve = rules.reserves.get(name)
        if reserve is None or reserve.skill not in agent.skills:
            continue
        rule = rules.media.get(reserve.medium)
        ready = sum(
            reserve.skill in one.skills and reserve.medium in one.media and not one.work and not one.wraps
            and one.is_there and one.busy_until == 0 and rule is not None and one.keeps_from(rule) is None
            for one in floor.agents.values()
        )  # fmt: skip
        if ready <= reserve.agents:
            return True
    return False
