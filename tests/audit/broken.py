"""How each promise is broken: a true history as it would be without it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from router.domain.figures import RETURN_MS
from tests.helpers.histories import changed, place, renumbered, said_before, without

if TYPE_CHECKING:
    from collections.abc import Callable

    from router.domain.audit.promises import Promise
    from router.domain.events import Event
    from tests.helpers.histories import History


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
    return said_before(
        events, place(events, "offer.made", names["first"]), "agent.removed", "anna", was=None, took=None
    )


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


def a_message_is_passed_over(events: History, names: dict[str, str]) -> History:
    index = place(events, "message.queued", names["silent"])
    return changed(events, index, data={"n": events[index].data["n"] + 1})


def a_message_that_was_never_written(events: History, names: dict[str, str]) -> History:
    index = place(events, "message.queued", names["silent"])
    return changed(events, index, type="message.edited", data={"n": 9})


def a_message_of_nobody(events: History, names: dict[str, str]) -> History:
    return changed(events, place(events, "message.received", names["parked"]), contact="nobody's")


def a_command_is_passed_over(events: History, names: dict[str, str]) -> History:
    index = place(events, "command.made", names["other"])
    return changed(events, index, data={"n": 2})


def a_command_ends_twice(events: History, names: dict[str, str]) -> History:
    index = place(events, "command.ended", names["other"])
    return renumbered([*events[: index + 1], events[index], *events[index + 1 :]])


def a_command_before_the_talk(events: History, names: dict[str, str]) -> History:
    index, answered = place(events, "command.made", names["other"]), place(events, "contact.answered", names["other"])
    event = msgspec.structs.replace(events[index], at_ms=events[answered].at_ms)
    return renumbered([*events[:answered], event, *events[answered:index], *events[index + 1 :]])


def a_command_outlives_its_talk(events: History, names: dict[str, str]) -> History:
    """The second is not ended."""
    first = place(events, "command.ended", names["other"])
    index = first + 1 + place(events[first + 1 :], "command.ended", names["other"])
    return renumbered([*events[:index], *events[index + 1 :]])


def parked_twice(events: History, names: dict[str, str]) -> History:
    index = place(events, "contact.parked", names["parked"])
    return renumbered([*events[: index + 1], events[index], *events[index + 1 :]])


def the_robot_is_a_person(events: History, _names: dict[str, str]) -> History:
    index = place(events, "agent.profile", agent="robot")
    return changed(events, index, data={"automatic": False})


def another_reply_time(events: History, names: dict[str, str]) -> History:
    index = place(events, "contact.replied", names["silent"])
    return changed(events, index, data={"took": events[index].data["took"] - 1})


def silent_too_early(events: History, names: dict[str, str]) -> History:
    index = place(events, "contact.requeued", names["silent"])
    return changed(events, index, at_ms=events[index].at_ms - 1)


def given_up_too_early(events: History, names: dict[str, str]) -> History:
    index = place(events, "contact.closed", names["parked"])
    return changed(events, index, at_ms=events[index].at_ms - 1)


def silent_for_ever(events: History, names: dict[str, str]) -> History:
    index = place(events, "contact.requeued", names["silent"])
    last = events[place(events, "agent.presence", agent="boris")]
    later = [msgspec.structs.replace(last, at_ms=events[index].at_ms + seconds * 1000) for seconds in (75, 90)]
    return renumbered([*events[:index], *later])


def rung_away_from_his_phone(events: History, _names: dict[str, str]) -> History:
    return changed(events, place(events, "agent.phone", agent="gleb"), data={"at_phone": False})


def rung_again_too_soon(events: History, names: dict[str, str]) -> History:
    return changed(events, place(events, "offer.declined", names["ringing"]), data={"reason": "busy"})


def taken_over_beside_another(events: History, names: dict[str, str]) -> History:
    index = place(events, "contact.handed_over", names["ringing"])
    return renumbered([*events[:index], *events[index + 1 :]])


def taken_over_by_one_who_wraps_up(events: History, names: dict[str, str]) -> History:
    return changed(events, place(events, "contact.taken_over", names["ringing"]), agent="gleb")


def torn_apart_twice(events: History, names: dict[str, str]) -> History:
    index = place(events, "contact.interrupted", names["ringing"])
    return renumbered([*events[: index + 1], events[index], *events[index + 1 :]])


def a_state_that_began_before(events: History, _names: dict[str, str]) -> History:
    index = place(events, "agent.state", agent="boris")
    return changed(events, index, data={"took": events[index].data["took"] + 1})


def a_state_that_is_passed_over(events: History, _names: dict[str, str]) -> History:
    index = place(events, "agent.state", agent="boris")
    return renumbered([*events[:index], *events[index + 1 :]])


def idle_while_he_talks(events: History, names: dict[str, str]) -> History:
    index = place(events, "contact.assigned", names["first"])
    index += place(events[index:], "agent.state", agent="anna")
    return changed(events, index, data={"state": "idle"})


def known_of(events: History, contact: str, kind: str, after_ms: int) -> History:
    """The events, and at their end what came of a contact, so long after its own end."""
    closed = events[place(events, "contact.closed", contact)]
    data = {"first": True}
    event = msgspec.structs.replace(closed, type=kind, version=None, data=data, at_ms=closed.at_ms + after_ms)
    return renumbered([*events, event])


def solved_too_early(events: History, names: dict[str, str]) -> History:
    return known_of(events, names["other"], "contact.solved", RETURN_MS - 1)


def returned_too_late(events: History, names: dict[str, str]) -> History:
    return known_of(events, names["other"], "contact.returned", RETURN_MS)


def solved_and_returned(events: History, names: dict[str, str]) -> History:
    events = known_of(events, names["other"], "contact.returned", RETURN_MS - 1)
    return known_of(events, names["other"], "contact.solved", RETURN_MS)


def solved_without_an_answer(events: History, names: dict[str, str]) -> History:
    index = place(events, "contact.closed", names["other"])
    events = changed(events, index, data={"outcome": "not_connected"})
    return known_of(events, names["other"], "contact.solved", RETURN_MS)


def solved_before_its_end(events: History, names: dict[str, str]) -> History:
    index = place(events, "contact.closed", names["other"])
    event = msgspec.structs.replace(events[index], type="contact.solved", version=None, data={"first": True})
    return renumbered([*events[:index], event, *events[index:]])


BROKEN: tuple[tuple[Promise, Callable[[History, dict[str, str]], History]], ...] = (
    ("stream", a_gap),
    ("stream", time_runs_back),
    ("versions", a_version_is_passed_over),
    ("versions", an_agent_forks),
    ("versions", a_message_is_passed_over),
    ("versions", a_message_that_was_never_written),
    ("versions", a_command_is_passed_over),
    ("versions", a_command_ends_twice),
    ("contacts", a_command_before_the_talk),
    ("contacts", a_command_outlives_its_talk),
    ("contacts", something_after_the_end),
    ("contacts", an_invented_contact),
    ("contacts", a_message_of_nobody),
    ("contacts", parked_twice),
    ("contacts", torn_apart_twice),
    ("contacts", solved_before_its_end),
    ("one_agent", another_takes_it),
    ("one_agent", offered_twice),
    ("one_agent", taken_over_beside_another),
    ("repeats", taken_twice),
    ("repeats", closed_twice),
    ("repeats", solved_and_returned),
    ("repeats", solved_without_an_answer),
    ("capacity", never_given_back),
    ("capacity", too_many_of_a_medium),
    ("capacity", the_robot_is_a_person),
    ("capacity", taken_over_by_one_who_wraps_up),
    ("eligible", to_one_on_break),
    ("eligible", to_one_who_leaves),
    ("eligible", to_one_without_a_lease),
    ("eligible", to_one_who_does_not_respond),
    ("eligible", to_one_with_a_busy_phone),
    ("eligible", to_one_who_is_removed),
    ("eligible", to_one_who_cannot),
    ("eligible", to_one_with_an_offer),
    ("eligible", again_to_who_missed_it),
    ("eligible", rung_away_from_his_phone),
    ("eligible", rung_again_too_soon),
    ("order", the_later_first),
    ("order", another_ratio),
    ("order", a_rank_of_no_arrival),
    ("idle", never_offered),
    ("timers", too_early),
    ("timers", a_pause_that_was_none),
    ("timers", forgotten),
    ("timers", silent_too_early),
    ("timers", given_up_too_early),
    ("timers", silent_for_ever),
    ("timers", solved_too_early),
    ("timers", returned_too_late),
    ("reply_time", another_reply_time),
    ("states", a_state_that_began_before),
    ("states", a_state_that_is_passed_over),
    ("states", idle_while_he_talks),
)
