"""The report of a day says what happened: counted once more from contacts and agents, it is the same."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import msgspec
import pytest

from router.domain.report import STATES
from router.engine.acts.contacts import Rate
from router.engine.acts.reading import ListContacts
from router.service.report import report_of
from tests.helpers.floor import ADAPTER, floor_on, operation_of, refused
from tests.helpers.workload import play

if TYPE_CHECKING:
    from router.domain.contact import Contact
    from router.domain.operation import Operation
    from router.domain.report import AgentFigures, QueueFigures
    from router.service.report import DayReport
    from tests.helpers.floor import Floor
    from tests.helpers.servers import Server

OPERATION = """
[queues.private]
target_s = 40
short_s = 5
late = { wait_s = 600, then = { overflow = "night" } }
[queues.night]
target_s = 600
late = { wait_s = 120, then = "expire" }
[[routes]]
queue = "private"
[media.voice]
limits_s = { wrap_up = 10 }
[agents]
anna = { queues = ["private"], media = ["voice", "chat"] }
boris = { queues = ["private", "night"], media = ["voice"] }
"""
WITH_ROBOT = OPERATION + 'robot = { queues = ["night"], media = ["chat"], automatic = true }'
HALF_HOUR_S = 1_800


def in_zone(timezone: str) -> Operation:
    """The operation in a time zone."""
    return msgspec.structs.replace(operation_of(OPERATION), timezone=timezone)


def at(moment: str) -> int:
    """A moment in UTC, in milliseconds since 1970."""
    return round(datetime.fromisoformat(f"{moment}+00").timestamp() * 1000)


def queue(done: DayReport, name: str, label: str | None = None) -> QueueFigures:
    """The figures of a queue, of a half-hour or all day."""
    tallies, day = done.report.queues, done.report.day
    if label is None:
        return tallies.day(name).of_queue()
    return tallies.of(name)[[day.label(place) for place in range(len(day.starts_ms))].index(label)].of_queue()


def agent(done: DayReport, name: str, place: int | None = None) -> AgentFigures:
    """The figures of an agent, of a half-hour or all day."""
    tallies = done.report.agents
    return (tallies.day(name) if place is None else tallies.of(name)[place]).of_agent()


def all_states_s(figures: AgentFigures) -> float:
    """The time in all states together."""
    return sum(getattr(figures, f"{state}_s") for state in STATES)


async def test_a_wait_counts_whole_in_the_half_hour_in_which_it_ended(server: Server) -> None:
    async with floor_on(server, WITH_ROBOT, start_ms=at("2026-11-30 09:59")) as floor:
        first, second, third = [await floor.post() for _ in range(3)]
        await floor.advance(3)
        await floor.leave(third)  # 9:59:03, short
        await floor.advance(67)
        await floor.sign_in("anna", "robot")  # 10:00:10
        await floor.talk(first)
        await floor.advance(50)
        await floor.leave(second)  # 10:01:00, after its target
        await floor.complete(first, "resolved")
        await floor.do(Rate(contact=first.id, score=5), ADAPTER)
        await floor.advance(30)
        done = await report_of(floor.engine)
        assert (done.begins_ms, done.until_ms) == (None, floor.now)
        before, after, day = (queue(done, "private", label) for label in ("09:30", "10:00", None))
        assert (before.offered, before.abandoned, before.abandoned_short, before.longest_wait_s) == (1, 1, 1, 3)
        assert before.service_level is None
        assert (after.offered, after.answered, after.abandoned, after.abandoned_in_target) == (2, 1, 1, 0)
        assert (after.average_speed_of_answer_s, after.longest_wait_s, after.service_level) == (70, 120, 0)
        assert (after.talks, after.average_talk_s, after.average_wrap_up_s, after.average_handle_s) == (1, 50, 10, 60)
        assert (after.ratings, after.ratings_five, after.fives_share) == (1, 1, 1)
        assert (day.offered, day.longest_wait_s, day.average_speed_of_answer_s) == (3, 120, 70)
        anna = agent(done, "anna")
        assert (anna.signed_in_s, anna.busy_s, anna.wrap_up_s, anna.idle_s) == (80, 50, 10, 20)
        assert (anna.occupancy, anna.talks, anna.average_handle_s, anna.ratings) == (0.75, 1, 60, 1)
        assert done.report.people() == ["anna"], "boris was not there, and the robot is none"


async def test_what_a_queue_does_not_answer_is_said(server: Server) -> None:
    """It flows out after ten minutes, and expires after two more; whom a full queue turns away is not offered to it."""
    full = OPERATION.replace("short_s", 'full = { waiting = 1, then = "reject" }\nshort_s')
    async with floor_on(server, full, start_ms=at("2026-11-30 10:00")) as floor:
        await floor.post()
        assert (await floor.post()).state == "rejected"
        await floor.advance(721)
        done = await report_of(floor.engine)
        private, night = queue(done, "private"), queue(done, "night")
        assert (private.offered, private.flowed_out, private.rejected, private.longest_wait_s) == (1, 1, 1, 600)
        assert (night.offered, night.expired, night.longest_wait_s, private.service_level) == (1, 1, 120, 0)


@pytest.mark.parametrize("seed", [21, 22, 23])
async def test_it_equals_what_the_contacts_say_themselves(server: Server, seed: int) -> None:
    async with floor_on(server, in_zone("UTC"), start_ms=at("2026-11-30 08:00")) as floor:
        await play(floor, random.Random(seed), moves=400)
        done = await report_of(floor.engine)
        contacts = (await floor.engine.do(ListContacts(which="ended", most=1_000))).result
        for name in ("private", "night"):
            his = [contact for contact in contacts if contact.queue == name]
            figures = queue(done, name)
            for state in ("abandoned", "expired", "rejected"):
                assert getattr(figures, state) == sum(contact.state == state for contact in his), state
            # A talk begins with an answer. It goes on, or has ended, but for what was cancelled, which is not counted.
            goes_on = [one for one in await talks(floor) if one.queue == name]
            cancelled = [one for one in his if one.state == "cancelled" and one.answered_at is not None]
            assert figures.answered == figures.talks + len(goes_on) + len(cancelled)
        assert sum(queue(done, name).answered for name in ("private", "night")) > 20
        await totals_are_sums(floor, done)


async def talks(floor: Floor) -> list[Contact]:
    """The contacts that somebody talks to."""
    return (await floor.engine.do(ListContacts(which="talks", most=1_000))).result


async def totals_are_sums(floor: Floor, done: DayReport) -> None:
    """A day is the sum of its half-hours, and everybody's time in all states is the time since it began for him."""
    for name, tallies in done.report.queues.by_name.items():
        day, parts = queue(done, name), [tally.of_queue() for tally in tallies]
        for field in ("offered", "answered", "abandoned", "flowed_out", "expired", "rejected", "talks", "ratings"):
            assert getattr(day, field) == sum(getattr(part, field) for part in parts), field
        longest = [part.longest_wait_s for part in parts if part.longest_wait_s is not None]
        assert day.longest_wait_s == max(longest, default=None)
    lived_s = (floor.now - at("2026-11-30 08:00")) / 1000
    for name in ("anna", "boris"):
        parts = [tally.of_agent() for tally in done.report.agents.of(name)]
        assert all_states_s(agent(done, name)) == pytest.approx(lived_s)
        assert sum(map(all_states_s, parts)) == pytest.approx(lived_s)
        assert max(map(all_states_s, parts)) <= HALF_HOUR_S


@pytest.mark.parametrize(
    ("when", "half_hours", "midnight"),
    [(date(2026, 10, 25), 50, "2026-10-24 22:00"), (date(2026, 3, 29), 46, "2026-03-28 23:00")],
)
async def test_a_day_on_which_the_clocks_change_is_as_long_as_it_is(
    server: Server, when: date, half_hours: int, midnight: str
) -> None:
    async with floor_on(server, in_zone("Europe/Berlin"), start_ms=at(midnight) - 600_000) as floor:
        await floor.sign_in("anna")
        await floor.advance(600 + 3_600)
        await floor.choose("anna", "break")
        await floor.advance(24 * 3_600)
        await floor.choose("anna", "available")
        await floor.advance(4 * 3_600)
        done = await report_of(floor.engine, when)
        parts = [tally.of_agent() for tally in done.report.agents.of("anna")]
        assert (len(parts), done.until_ms) == (half_hours, None)
        assert {all_states_s(part) for part in parts} == {HALF_HOUR_S}
        assert [part.idle_s for part in parts[:3]] == [HALF_HOUR_S, HALF_HOUR_S, 0]
        assert agent(done, "anna").signed_in_s == half_hours * HALF_HOUR_S
        assert agent(done, "anna").occupancy == 0


async def test_who_did_nothing_all_day_but_be_there_is_known_by_what_he_did_next(server: Server) -> None:
    """Nothing of her is in the day's events; of one day her next change tells, of the other how she stands now."""
    async with floor_on(server, in_zone("UTC"), start_ms=at("2026-11-27 20:00")) as floor:
        await floor.sign_in("anna")
        await floor.choose("anna", "break")
        await floor.advance(40 * 3_600)  # the 29th, at noon
        await floor.choose("anna", "available")
        await floor.advance(40 * 3_600)
        for day, state_s in ((28, {"break_s": 86_400}), (30, {"idle_s": 86_400}), (29, {"break_s": 43_200})):
            figures = agent(await report_of(floor.engine, date(2026, 11, day)), "anna")
            assert {name: getattr(figures, name) for name in state_s} == state_s
            assert figures.signed_in_s == 86_400


async def test_a_day_of_which_a_part_is_gone_says_so(server: Server) -> None:
    async with floor_on(server, in_zone("UTC"), start_ms=at("2026-10-01 08:00")) as floor:
        await play(floor, random.Random(4), moves=200)
        await floor.advance(3_600, router_lives=False)
        await play(floor, random.Random(5), moves=50)
        when = datetime.fromtimestamp(floor.now / 1000, UTC).date()
        whole = await report_of(floor.engine, when)
        assert whole.begins_ms is None
        floor.jump(30 * 86_400)
        await floor.run_due()
        first = (await floor.events())[0]
        assert first.seq > 1
        partly = await report_of(floor.engine, when)
        assert partly.begins_ms == first.at_ms
        assert queue(partly, "private").offered < queue(whole, "private").offered
        with refused("unkept_day"):
            await report_of(floor.engine, date(2026, 9, 30))


async def test_a_day_that_is_not_yet_or_was_before_all_is_refused(server: Server) -> None:
    """The operation's time zone says which day it is."""
    async with floor_on(server, in_zone("Asia/Krasnoyarsk"), start_ms=at("2026-11-30 18:00")) as floor:
        assert (await report_of(floor.engine)).report.day.when == date(2026, 12, 1)
        for when in (date(2026, 12, 2), date.max):
            with refused("future_day"):
                await report_of(floor.engine, when)
        for when in (date(2026, 11, 30), date.min):
            with refused("unkept_day"):
                await report_of(floor.engine, when)
