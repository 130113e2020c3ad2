"""A day's report: what became of the waits in each queue, and what each agent did, by half-hour.

A wait, a talk, a wrap-up and a rating belong to the half-hour in which they ended, whole; the time of an agent's states
is shared out among the half-hours that it lay in.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final, get_args

import msgspec

from router.domain.states import AgentState
from router.domain.waits import Waits, ends_of

if TYPE_CHECKING:
    from router.domain.day import Day
    from router.domain.events import Event
    from router.domain.stretches import Stretch

STATES: Final[tuple[AgentState, ...]] = get_args(AgentState)
ON_CONTACT: Final[tuple[AgentState, ...]] = ("busy", "draining", "wrap_up")
_WAITED: Final = frozenset({"contact.answered", "contact.abandoned", "contact.overflowed", "contact.expired"})
"""Events that say how long the wait took that they end."""


class QueueFigures(msgspec.Struct, frozen=True):
    """What became of a queue's contacts in a stretch of time. The names are those of the CSV's columns, and stay.

    `offered` are the waits that ended: answered + abandoned + flowed out + expired. `service_level` is
    `Waits.service_level`. `average_speed_of_answer_s` is the wait of the answered ÷ how many they are; `longest_wait_s`
    is of all waits that ended but by a transfer or a new route. `talks` are those that ended, however: a contact that
    was transferred has two. `average_handle_s` is (talk + wrap-up) ÷ talks. What cannot be divided is None.
    """

    offered: int
    answered: int
    answered_in_target: int
    abandoned: int
    abandoned_in_target: int
    abandoned_short: int
    flowed_out: int
    expired: int
    rejected: int
    service_level: float | None
    average_speed_of_answer_s: float | None
    longest_wait_s: float | None
    talks: int
    average_talk_s: float | None
    average_wrap_up_s: float | None
    average_handle_s: float | None
    ratings: int
    ratings_five: int
    fives_share: float | None


class AgentFigures(msgspec.Struct, frozen=True):
    """What an agent did in a stretch of time. The names are the CSV's columns, and stay.

    `signed_in_s` is the time in all states but `offline`. `occupancy` is the time on contacts ÷ that time + idle time,
    where on contacts is busy, draining and wrap-up; ringing, breaks and not responding are on neither side. So has
    Amazon Connect's metric of this name it (docs.aws.amazon.com/connect/latest/adminguide/metrics-definitions.html).
    """

    signed_in_s: float
    idle_s: float
    reserved_s: float
    busy_s: float
    draining_s: float
    wrap_up_s: float
    not_responding_s: float
    break_s: float
    offline_s: float
    occupancy: float | None
    talks: int
    average_talk_s: float | None
    average_wrap_up_s: float | None
    average_handle_s: float | None
    ratings: int
    ratings_five: int
    fives_share: float | None


class Tally:
    """What was counted of one queue or one agent."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        """Numbers and milliseconds, by the names of `Waits`, the states of an agent, and a few of its own."""
        self.longest_ms: int | None = None

    def waited(self, ms: int) -> None:
        """A wait of so long has ended."""
        self.longest_ms = max(ms, self.longest_ms or 0)

    def __add__(self, other: Tally) -> Tally:
        """Both together."""
        total = Tally()
        total.counts.update(self.counts)
        total.counts.update(other.counts)
        total.longest_ms = max((ms for ms in (self.longest_ms, other.longest_ms) if ms is not None), default=None)
        return total

    def of_queue(self) -> QueueFigures:
        """The figures of a queue."""
        counts = self.counts
        waits = Waits(**{name: counts[name] for name in Waits.__struct_fields__})
        return QueueFigures(
            offered=waits.offered,
            answered=waits.answered,
            answered_in_target=waits.answered_in_target,
            abandoned=waits.abandoned,
            abandoned_in_target=waits.abandoned_in_target,
            abandoned_short=counts["abandoned_short"],
            flowed_out=waits.flowed_out,
            expired=waits.expired,
            rejected=counts["rejected"],
            service_level=None if waits.service_level is None else round(waits.service_level, 4),
            average_speed_of_answer_s=_average_s(counts["answer_ms"], waits.answered),
            longest_wait_s=None if self.longest_ms is None else self.longest_ms / 1000,
            **self._of_talks(),
        )

    def of_agent(self) -> AgentFigures:
        """The figures of an agent."""
        spent_s: dict[str, Any] = {f"{state}_s": self.counts[state] / 1000 for state in STATES}
        on_contact_ms = sum(self.counts[state] for state in ON_CONTACT)
        signed_in_ms = sum(self.counts[state] for state in STATES if state != "offline")
        return AgentFigures(
            signed_in_s=signed_in_ms / 1000,
            **spent_s,
            occupancy=_share(on_contact_ms, on_contact_ms + self.counts["idle"]),
            **self._of_talks(),
        )

    def _of_talks(self) -> dict[str, Any]:
        counts = self.counts
        return {
            "talks": counts["talks"],
            "average_talk_s": _average_s(counts["talk_ms"], counts["talks"]),
            "average_wrap_up_s": _average_s(counts["wrap_up_ms"], counts["wrap_ups"]),
            "average_handle_s": _average_s(counts["talk_ms"] + counts["wrap_up_ms"], counts["talks"]),
            "ratings": counts["ratings"],
            "ratings_five": counts["ratings_five"],
            "fives_share": _share(counts["ratings_five"], counts["ratings"]),
        }


class Tallies:
    """What was counted of all queues, or of all agents: name → a tally for each half-hour."""

    def __init__(self, day: Day) -> None:
        self._day = day
        self.by_name: dict[str, list[Tally]] = {}

    def of(self, name: str) -> list[Tally]:
        """The half-hours of one of them."""
        if name not in self.by_name:
            self.by_name[name] = [Tally() for _ in self._day.starts_ms]
        return self.by_name[name]

    def day(self, name: str) -> Tally:
        """All half-hours of one of them together."""
        return sum(self.of(name), Tally())


class Report:
    """Takes the events of a day in, and what its agents did.

    `offset_ms` is what the wall's clock is ahead of the workspace's, whose moments the events and stretches have.
    """

    def __init__(self, day: Day, offset_ms: int) -> None:
        self.day = day
        self._offset_ms = offset_ms
        self.queues = Tallies(day)
        self.agents = Tallies(day)

    def read(self, event: Event) -> None:
        """Count an event; one of another day counts nothing."""
        place = self.day.place(event.at_ms + self._offset_ms)
        if place is None:
            return
        self._count_wait(event, place)
        data = event.data
        if event.type == "contact.rejected":
            self.queues.of(event.queue or "")[place].counts["rejected"] += 1
        elif event.type == "contact.rated":
            self._count(event, place, event.queue, {"ratings": 1, "ratings_five": int(data["score"] == 5)})
        elif event.type == "agent.wrap_up_ended":
            self._count(event, place, event.queue, {"wrap_ups": 1, "wrap_up_ms": data["took"]})
        elif data.get("handled") is not None:
            queue = data["from_queue"] if event.type == "contact.transferred" else event.queue
            self._count(event, place, queue, {"talks": 1, "talk_ms": data["handled"]})

    def spend(self, stretch: Stretch) -> None:
        """Share a stretch of an agent's time out among the half-hours of the day that it lies in."""
        from_ms = max(stretch.from_ms + self._offset_ms, self.day.start_ms)
        until_ms = min(stretch.until_ms + self._offset_ms, self.day.end_ms)
        tallies = self.agents.of(stretch.agent)
        while from_ms < until_ms:
            place = self.day.place(from_ms)
            assert place is not None
            next_ms = min(self.day.ends_ms(place), until_ms)
            tallies[place].counts[stretch.state] += next_ms - from_ms
            from_ms = next_ms

    def day_of_agent(self, name: str, goes_on: Stretch | None) -> AgentFigures:
        """His figures of the day, with the stretch that still goes on; it is not kept."""
        rest = Report(self.day, self._offset_ms)
        if goes_on is not None:
            rest.spend(goes_on)
        return (self.agents.day(name) + rest.agents.day(name)).of_agent()

    def people(self) -> list[str]:
        """The agents who were signed in at some time of the day. Programs, whose time is not counted, are none."""
        return sorted(name for name in self.agents.by_name if self.agents.day(name).of_agent().signed_in_s)

    def _count_wait(self, event: Event, place: int) -> None:
        queue, ends = ends_of(event)
        if queue is None or not ends:
            return
        tally = self.queues.of(queue)[place]
        tally.counts.update(ends)
        if event.type in _WAITED:
            tally.waited(event.data["waited"])
        if event.type == "contact.answered":
            tally.counts["answer_ms"] += event.data["waited"]
        elif event.type == "contact.abandoned":
            tally.counts["abandoned_short"] += event.data["short"]

    def _count(self, event: Event, place: int, queue: str | None, counts: dict[str, int]) -> None:
        """Count something for a queue and for the agent."""
        self.queues.of(queue or "")[place].counts.update(counts)
        if event.agent is not None:
            self.agents.of(event.agent)[place].counts.update(counts)


def _average_s(total_ms: int, number: int) -> float | None:
    return round(total_ms / number / 1000, 3) if number else None


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None
