"""Each promise is broken on purpose in a true history, and the checker says which, and where."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from router.domain.audit.audit import Audit
from router.domain.audit.promises import OF_KEYS, PROMISES
from router.domain.replay import replay
from router.engine.acts.agents import Ready
from router.engine.acts.workspace import SetChannelStatus
from router.service.audit import Auditor
from tests.helpers.floor import Floor, as_agent, floor_on

if TYPE_CHECKING:
    from collections.abc import Callable

    from router.domain.audit.promises import Breach, Promise
    from router.domain.events import Event
    from tests.helpers.servers import Server

    History = list[Event]

OPERATION = """
media.voice.limits_s = { offer = 15, wrap_up = 10 }
[skills]
english = "speaks it"
[queues.private]
target_s = 40
[[routes]]
queue = "private"
[groups]
all = { queues = ["private"], media = ["voice"] }
[agents]
anna = { name = "Anna", group = "all" }
boris = { name = "Boris", group = "all" }
"""


async def lived(floor: Floor) -> dict[str, str]:
    """A small day, in which everything of its kind happens once. Gives the contacts by name."""
    await floor.sign_in("anna", "boris")
    first = await floor.post()
    await floor.acknowledge(first)
    await floor.talk(first)
    missed = await floor.post()
    await floor.acknowledge(missed)
    await floor.advance(15)
    other = await floor.post()
    await floor.talk(other)
    earlier = await floor.post()
    await floor.advance(1)
    later = await floor.post()
    await floor.do(SetChannelStatus(channel="phone", account="main", status="up", detail=None, capabilities=()))
    await floor.complete(first)
    await floor.advance(10)
    for contact in (missed, earlier, later):
        await floor.serve(contact)
    await floor.complete(other)
    await floor.do(Ready(agent="boris"), as_agent("boris"))
    await floor.choose("boris", "break")
    await floor.advance(5)
    await floor.choose("boris", "offline")
    names = {"first": first, "missed": missed, "other": other, "earlier": earlier, "later": later}
    return {name: contact.id for name, contact in names.items()}


def renumbered(events: History) -> History:
    """The events as if they were all that happened."""
    versions: Counter[str] = Counter()
    found: History = []
    for seq, event in enumerate(events, 1):
        whose = f"c:{event.contact}" if event.contact else f"a:{event.agent}" if event.agent else None
        versions.update([whose] if whose else [])
        found.append(msgspec.structs.replace(event, seq=seq, version=versions[whose] if whose else None))
    return found


def place(events: History, kind: str, contact: str | None = None, agent: str | None = None) -> int:
    """Where the first event of a kind stands, of a contact or an agent if that is said."""
    fitting = (
        index
        for index, event in enumerate(events)
        if event.type == kind and contact in {None, event.contact} and agent in {None, event.agent}
    )
    return next(fitting)


def changed(events: History, index: int, **fields: Any) -> History:
    """The events, one of which says something else; `data` is added to what it says."""
    event = events[index]
    data = event.data | fields.pop("data", {})
    return [*events[:index], msgspec.structs.replace(event, data=data, **fields), *events[index + 1 :]]


def said_before(events: History, index: int, kind: str, agent: str, **data: Any) -> History:
    """The events, and before one of them another, of an agent."""
    event = msgspec.structs.replace(
        events[place(events, "agent.presence", agent=agent)], type=kind, data=data, at_ms=events[index].at_ms
    )
    return renumbered([*events[:index], event, *events[index:]])


def without(events: History, contact: str, index: int) -> History:
    """The events without those of a contact from a place on."""
    return renumbered([event for at, event in enumerate(events) if at < index or event.contact != contact])


# How each promise is broken: the history that is left, of these contacts.


def a_gap(events: History, _names: dict[str, str]) -> History:
    index = place(events, "channel.status")
    return [*events[:index], *events[index + 1 :]]


def time_runs_back(events: History, _names: dict[str, str]) -> History:
    index = place(events, "channel.status")
    return changed(events, index, at_ms=events[index - 1].at_ms - 1)


def a_version_is_passed_over(events: History, names: dict[str, str]) -> History:
    index = place(events, "contact.closed", names["first"])
    return changed(events, index, version=(events[index].version or 0) + 1)


def an_agent_forks(events: History, _names: dict[str, str]) -> History:
    return changed(events, place(events, "agent.connected", agent="boris"), version=1)


def something_after_the_end(events: History, names: dict[str, str]) -> History:
    index = place(events, "contact.closed", names["first"])
    event = msgspec.structs.replace(events[index], type="contact.held", data={"cause": "channel_down"})
    return renumbered([*events[: index + 1], event, *events[index + 1 :]])


def an_invented_contact(events: History, names: dict[str, str]) -> History:
    index = place(events, "contact.answered", names["first"])
    return changed(events, index, contact="nobody's", version=5)


def another_takes_it(events: History, names: dict[str, str]) -> History:
    return changed(events, place(events, "contact.assigned", names["first"]), agent="boris")


def offered_twice(events: History, names: dict[str, str]) -> History:
    index = place(events, "offer.made", names["first"])
    event = msgspec.structs.replace(events[index], agent="boris", offer=f"{names['first']}.2")
    return renumbered([*events[: index + 1], event, *events[index + 1 :]])


def taken_twice(events: History, names: dict[str, str]) -> History:
    index = place(events, "contact.assigned", names["first"])
    return renumbered([*events[: index + 1], events[index], *events[index + 1 :]])


def closed_twice(events: History, names: dict[str, str]) -> History:
    index = place(events, "contact.closed", names["first"])
    return renumbered([*events[: index + 1], events[index], *events[index + 1 :]])


def never_given_back(events: History, names: dict[str, str]) -> History:
    """Anna goes on talking, and her wrap-up of that is none."""
    left = without(events, names["first"], place(events, "contact.closed"))
    return renumbered([event for event in left if not is_pause(event)])


def is_pause(event: Event) -> bool:
    return event.type == "agent.wrap_up_ended" and event.agent == "anna"


def too_many_of_a_medium(events: History, _names: dict[str, str]) -> History:
    """The rules say that a call costs nothing, but nobody has two, not even of none."""
    rules = events[0].data["rules"]
    voice = rules["media"]["voice"] | {"cost": 1, "most": 0}
    return changed(events, 0, data={"rules": rules | {"media": rules["media"] | {"voice": voice}}})


def to_one_on_break(events: History, names: dict[str, str]) -> History:
    index = place(events, "offer.made", names["first"])
    return said_before(
        events, index, "agent.presence", "anna", presence="break", reason=None, next=None, next_reason=None
    )


def to_one_who_leaves(events: History, names: dict[str, str]) -> History:
    index = place(events, "offer.made", names["first"])
    says = {"presence": "available", "reason": None, "next": "break", "next_reason": None}
    return said_before(events, index, "agent.presence", "anna", **says)


def to_one_without_a_lease(events: History, names: dict[str, str]) -> History:
    return said_before(events, place(events, "offer.made", names["first"]), "agent.disconnected", "anna", connections=0)


def to_one_who_does_not_respond(events: History, names: dict[str, str]) -> History:
    index = place(events, "offer.made", names["first"])
    return said_before(events, index, "agent.not_responding", "anna", cause="missed")


def to_one_with_a_busy_phone(events: History, names: dict[str, str]) -> History:
    index = place(events, "offer.made", names["first"])
    return said_before(events, index, "agent.device", "anna", address="p1", state="busy")


def to_one_who_is_removed(events: History, names: dict[str, str]) -> History:
    return said_before(events, place(events, "offer.made", names["first"]), "agent.removed", "anna")


def to_one_who_cannot(events: History, names: dict[str, str]) -> History:
    needs: list[Any] = [{"english": 3}, {}, [], []]
    return changed(events, place(events, "contact.queued", names["first"]), data={"requirement": needs})


def to_one_with_an_offer(events: History, names: dict[str, str]) -> History:
    """A phone call costs little, and he has not answered the first."""
    rules = events[0].data["rules"]
    voice = rules["media"]["voice"] | {"cost": 10, "most": 9}
    events = changed(events, 0, data={"rules": rules | {"media": {"voice": voice}}})
    index = place(events, "contact.assigned", names["first"])
    born = place(events, "contact.queued", names["other"])
    other = [msgspec.structs.replace(events[at], at_ms=events[index].at_ms) for at in (born, born + 1)]
    return renumbered([*events[:index], other[0], msgspec.structs.replace(other[1], agent="anna")])


def again_to_who_missed_it(events: History, names: dict[str, str]) -> History:
    index = place(events, "offer.missed", names["missed"])
    offer = events[place(events, "offer.made", names["missed"])]
    again = msgspec.structs.replace(offer, offer=f"{names['missed']}.2", at_ms=events[index].at_ms)
    return renumbered([*events[: index + 1], again, *events[index + 1 :]])


def the_later_first(events: History, names: dict[str, str]) -> History:
    swap = {names["earlier"]: names["later"], names["later"]: names["earlier"]}
    return renumbered(
        [
            event
            if event.type in {"contact.queued", "contact.target_missed"} or event.contact not in swap
            else msgspec.structs.replace(
                event,
                contact=swap[event.contact],
                offer=(event.offer or "").replace(event.contact, swap[event.contact]),
            )
            for event in events
        ]
    )


def another_ratio(events: History, names: dict[str, str]) -> History:
    return changed(events, place(events, "offer.made", names["first"]), data={"ratio": 0.5})


def a_rank_of_no_arrival(events: History, names: dict[str, str]) -> History:
    index = place(events, "contact.queued", names["first"])
    return changed(events, index, data={"rank": events[index].data["rank"] + 1})


def never_offered(events: History, names: dict[str, str]) -> History:
    left = without(events, names["later"], place(events, "contact.queued", names["later"]) + 1)
    last = max(index for index, event in enumerate(left) if is_pause(event))
    return renumbered([*left[:last], *left[last + 1 :]])


def too_early(events: History, names: dict[str, str]) -> History:
    index = place(events, "offer.missed", names["missed"])
    return changed(events, index, at_ms=events[index].at_ms - 1)


def a_pause_that_was_none(events: History, _names: dict[str, str]) -> History:
    index = place(events, "agent.wrap_up_ended", agent="anna")
    return renumbered([*events[: index + 1], events[index], *events[index + 1 :]])


def forgotten(events: History, names: dict[str, str]) -> History:
    """The offer is never missed, and much later the floor still lives."""
    index = place(events, "offer.missed", names["missed"])
    last = [event for event in events[index:] if event.type == "agent.presence"]
    later = [msgspec.structs.replace(last[0], at_ms=events[index].at_ms + seconds * 1000) for seconds in (75, 90)]
    return renumbered([*events[:index], *later])


BROKEN: tuple[tuple[Promise, Callable[[History, dict[str, str]], History]], ...] = (
    ("stream", a_gap),
    ("stream", time_runs_back),
    ("versions", a_version_is_passed_over),
    ("versions", an_agent_forks),
    ("contacts", something_after_the_end),
    ("contacts", an_invented_contact),
    ("one_agent", another_takes_it),
    ("one_agent", offered_twice),
    ("repeats", taken_twice),
    ("repeats", closed_twice),
    ("capacity", never_given_back),
    ("capacity", too_many_of_a_medium),
    ("eligible", to_one_on_break),
    ("eligible", to_one_who_leaves),
    ("eligible", to_one_without_a_lease),
    ("eligible", to_one_who_does_not_respond),
    ("eligible", to_one_with_a_busy_phone),
    ("eligible", to_one_who_is_removed),
    ("eligible", to_one_who_cannot),
    ("eligible", to_one_with_an_offer),
    ("eligible", again_to_who_missed_it),
    ("order", the_later_first),
    ("order", another_ratio),
    ("order", a_rank_of_no_arrival),
    ("idle", never_offered),
    ("timers", too_early),
    ("timers", a_pause_that_was_none),
    ("timers", forgotten),
)


def breaches(events: History) -> list[Breach]:
    """What the checker says of a whole history."""
    audit = Audit(figures={})
    for event in events:
        audit.read(event)
    audit.finish(events[-1].at_ms)
    return audit.found.breaches


@pytest.mark.parametrize(("promise", "broken"), BROKEN, ids=[f"{promise}-{how.__name__}" for promise, how in BROKEN])
async def test_a_broken_promise_is_named(
    server: Server, promise: Promise, broken: Callable[[History, dict[str, str]], History]
) -> None:
    async with floor_on(server, OPERATION) as floor:
        names = await lived(floor)
        events = await floor.events()
    assert not breaches(events), "it had not been broken before"
    first = breaches(broken(events, names))[0]
    assert first.promise == promise, first
    assert first.seqs, "the events that show it"


async def test_figures_may_be_those_after_an_event_that_came_while_they_were_read(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await lived(floor)
        events = await floor.events()
    half = len(events) // 2
    audit = Audit(figures={})
    for event in events[:half]:
        audit.read(event)
    for counted in range(half, len(events)):
        audit.check_figures(replay(events[:counted]), events[half:])
    assert not audit.found.breaches
    audit.check_figures(replay([*events, events[0], events[half]]), events[half:])
    assert {breach.promise for breach in audit.found.breaches} == {"figures"}


async def test_a_true_history_keeps_every_promise_and_each_was_looked_at(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await lived(floor)
        auditor = await Auditor.open(floor.engine)
        _ = [breach async for breach in auditor.read()]
        assert set(auditor.found.checked) - OF_KEYS == {name for name, n in auditor.found.checked.items() if n}
        await auditor.check_keys()
        assert not auditor.found.breaches
        assert all(auditor.found.checked[promise] for promise in PROMISES)


def test_every_promise_is_broken_by_a_test() -> None:
    by_keys = {"figures", "indexes", "retention"}
    assert {promise for promise, _ in BROKEN} | by_keys == set(PROMISES)
