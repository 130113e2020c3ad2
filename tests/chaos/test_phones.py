"""Adapters, routers and their sockets die at any instant while people call: nobody is cut off, lost, or rung twice.

And how soon: from an INVITE to the agent's, from an agent who is free to his next one, from a hang-up to the end of the
ringing; also beside five hundred callers who wait.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import statistics
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from channels.asterisk.names import channel_of
from router.demo.demand import drawn_by
from tests.channels.asterisk.lab.media import CLOCK
from tests.channels.asterisk.lab.sipp import Caller, callers
from tests.channels.asterisk.load.centre import Centre, centre_of, one_line, sign_in_all
from tests.channels.asterisk.load.people import LONG_S, Customer, People
from tests.channels.asterisk.load.records import records_of, sounds_of
from tests.chaos.history import History

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.channels.asterisk.load.records import Record
    from tests.helpers.figures import Figure

RATE = 5.0
"""So many call in a second."""
GIVES_UP = 0.1
KINDS = ("adapter", "router", "websocket")
AWAY = '"event":"asterisk_away"'
"""What an adapter says of its way to Asterisk, which was cut."""
CUT_S = (0.1, 1.0)
PACKETS = 50
"""Of music, in a second."""
HEARD_S = 4.0
WAIT_S = 20.0
LOADED = 10
"""In so many times the time a machine with other work must do it."""
IDLE_MS, FREE_P50_MS, FREE_P95_MS, GONE_MS = 10, 15, 50, 100


def customer(number: int, comes_s: float, patience_s: float, talk_s: float, *, hangs_up: bool) -> Customer:
    """Somebody who dials 611."""
    return Customer(f"+7611{number:07}", "private", "611", comes_s, patience_s, talk_s, hangs_up)


def crowd(calls: int, draw: random.Random) -> list[Customer]:
    """So many customers, who talk for a second or some; a few give up soon, the others wait for as long as it takes."""
    found: list[Customer] = []
    for number in range(calls):
        patience_s = draw.uniform(0.5, 5.0) if draw.random() < GIVES_UP else LONG_S
        talk_s = draw.uniform(1.0, 6.0)
        found.append(customer(number, number / RATE, patience_s, talk_s, hangs_up=draw.random() < 0.5))
    return found


class Harm:
    """What is done to a centre, and how often."""

    def __init__(self, centre: Centre, draw: random.Random) -> None:
        self.done = Counter[str]()
        self._centre = centre
        self._draw = draw
        self._next: list[str] = []

    async def one(self) -> None:
        """An adapter, or all of them, or a router dies; or the connections to Asterisk or the router are cut."""
        centre, draw = self._centre, self._draw
        self._next = self._next or draw.sample(KINDS, len(KINDS))  # each comes as often as the others
        what = self._next.pop()
        self.done[what] += 1
        if what == "adapter":
            await centre.adapters.kill(draw)
        elif what == "router":
            os.kill(draw.choice(centre.serving.routers()), signal.SIGKILL)
        else:
            gate = draw.choice([centre.ari, centre.router])
            gate.shut()
            await asyncio.sleep(draw.uniform(*CUT_S))
            gate.open()

    def __str__(self) -> str:
        """How often which."""
        return ", ".join(f"{number} × {what}" for what, number in sorted(self.done.items()))


async def survive(directory: Path, calls: int, every: int, figure: Figure) -> None:
    """So many calls; after each so many of them somebody dies."""
    draw = random.Random(11)
    async with (
        centre_of(directory, one_line(wrap_up_s=1), routers=3) as centre,
        People.at(centre.asterisk) as people,
    ):
        await sign_in_all(people)
        people.pick_up_s = (0.1, 1.5)
        customers, harm = crowd(calls, draw), Harm(centre, draw)

        async def harms() -> None:
            for number in range(every, calls, every):
                await people.until(lambda number=number: len(people.customers) >= number, within_s=LONG_S)
                await harm.one()

        async with asyncio.TaskGroup() as group:
            group.create_task(people.calls(customers))
            group.create_task(harms())
        contacts = await centre.contacts()
        found = await centre.serving.judged(len(contacts))
        records = records_of(centre.asterisk)
    channels = {contact["customer"]["id"]: channel_of(contact["external_id"])[0] for contact in contacts}
    known = channels.keys()
    joined = [one for one in customers if one.joined_ms is not None]
    dropped = [one for one in joined if was_dropped(one, people, records.get(channels.get(one.number, "")))]
    lost = [one for one in customers if one.joined_ms is None and not one.gave_up and one.number in known]
    turned_away = [one for one in customers if one.joined_ms is None and not one.gave_up and one.number not in known]
    twice = [one for one in customers if at_once(people, one)]
    doubled = people.doubled()
    figure(
        "adapters, routers and sockets killed during calls",
        "300 calls: no call dropped that was talking, no waiting caller lost, none rung twice",
        f"{calls} calls, {harm}: {len(dropped)} dropped, {len(lost)} lost, {len(doubled) + len(twice)} rung"
        f" twice; {len(turned_away)} came while no adapter was there and had the dialplan's fallback;"
        f" {len(found.ended)} contacts",
    )
    assert not dropped, whole(dropped)
    assert not lost, whole(lost)
    assert not doubled, whole(doubled)
    assert not twice, whole(twice)
    assert len(turned_away) < calls / 4
    complaints = [line for line in centre.adapters.complaints() if AWAY not in line]
    assert not complaints, whole(complaints)


def whole(found: Sequence[object]) -> str:
    """The first of them, with all that they know: as text a message is not cut off."""
    return "\n".join(map(str, found[:3]))


def was_dropped(one: Customer, people: People, record: Record | None) -> bool:
    """Whether a talk ended before customer or agent wanted; by Asterisk's own `record` of his call, if it was one.

    Where nobody has Asterisk in his hands it hangs up on who picks up. On a busy machine that takes it so long that a
    phone cannot tell it from a talk, and the customer waits on.
    """
    first = next(ring for ring in people.rings if ring.number == one.number and ring.picked_up_ms == one.joined_ms)
    by_whom = one.hung_up_ms is not None if one.hangs_up else first.over == "we hung up"
    over_ms = (LONG_S * 1e6 if first.over_ms is None else first.over_ms) + CLOCK.wall_ms() - CLOCK.monotonic_ms()
    began = record is not None and record.joined_ms is not None and record.joined_ms <= over_ms
    return began and not by_whom


def at_once(people: People, one: Customer) -> bool:
    """Whether two phones rang for him at a time."""
    rings = [ring for ring in people.rings if ring.number == one.number]
    return any(later.invited_ms < (sooner.over_ms or LONG_S * 1e6) for sooner, later in pairwise(rings))


def percentile(values: Sequence[float], which: int) -> float:
    """Of these."""
    return statistics.quantiles(values, n=100, method="inclusive")[which - 1]


async def how_soon(directory: Path, calls: int, slack: int, figure: Figure) -> None:
    """The figures of a centre to which nothing is done."""
    draw = drawn_by(3, "soon")
    async with centre_of(directory, one_line(), routers=1) as centre, People.at(centre.asterisk) as people:
        await sign_in_all(people)
        idle_ms: list[float] = []
        for one in [customer(number, 0, LONG_S, 0.3, hangs_up=False) for number in range(calls)]:
            await people.invite(one)
            await people.until(people.all_free)
            first = next(ring for ring in people.rings if ring.number == one.number)
            idle_ms.append(first.invited_ms - one.invited_ms)
        people.rings.clear()
        await people.calls(
            [customer(calls + n, n / 50, LONG_S, draw.uniform(0.5, 2), hangs_up=n % 2 == 0) for n in range(2 * calls)]
        )
        free_ms = [
            ring.invited_ms - ring.free_ms for ring in people.rings[len(centre.serving.agents) :] if ring.free_ms
        ]
        people.rings.clear()
        people.pick_up_s = (LONG_S, LONG_S)
        await people.calls(
            [customer(3 * calls + n, n / 10, draw.uniform(0.3, 0.9), 0, hangs_up=True) for n in range(calls)]
        )
        await people.until(people.all_free)
        gone_ms = [
            ring.over_ms - (people.customers[ring.number].hung_up_ms or 0) for ring in people.rings if ring.over_ms
        ]
    figure(
        "how soon a phone rings",
        f"INVITE to INVITE p50 ≤ {IDLE_MS} ms; free to ringing p50 ≤ {FREE_P50_MS}, p95 ≤ {FREE_P95_MS} ms;"
        f" hang-up to withdrawn p95 < {GONE_MS} ms",
        f"{percentile(idle_ms, 50):.0f} ms; {percentile(free_ms, 50):.0f}, {percentile(free_ms, 95):.0f} ms;"
        f" {percentile(gone_ms, 95):.0f} ms, of {calls} calls each",
    )
    assert percentile(idle_ms, 50) <= IDLE_MS * slack
    assert percentile(free_ms, 50) <= FREE_P50_MS * slack
    assert percentile(free_ms, 95) <= FREE_P95_MS * slack
    assert percentile(gone_ms, 95) < GONE_MS * slack


async def wait(directory: Path, number: int, figure: Figure) -> None:
    """So many wait at once, and hear their music."""
    crowd = [Caller(f"+7391{n:07}", "611", start_ms=n * 20) for n in range(number)]
    async with (
        centre_of(directory, one_line(), routers=1) as centre,
        centre.serving.store() as connection,
        callers(centre.asterisk, directory / "crowd", crowd),
    ):
        history = History(connection, centre.serving.workspace)
        async with asyncio.timeout(number / 50 + WAIT_S):
            while len(history.known) < number:
                await history.read()
                await asyncio.sleep(0.2)
        await asyncio.sleep(HEARD_S / 4)  # the last has his music, too
        before = await sounds_of(centre.asterisk)
        await asyncio.sleep(HEARD_S)
        after = await sounds_of(centre.asterisk)
        await history.read()
    each = [(after[channel] - before[channel]) / HEARD_S for channel in before.keys() & after.keys()]
    figure(
        "callers who wait at once",
        "500, each with 50 packets of music a second",
        f"{len(each)}, at least {min(each):.0f}, {statistics.median(each):.0f} in the median;"
        f" {len(history.ended)} were lost",
    )
    assert len(each) == number
    assert min(each) > PACKETS * 0.8
    assert not history.ended


@pytest.mark.timeout(240)
async def test_nobody_is_cut_off_lost_or_rung_twice(tmp_path: Path, figure: Figure) -> None:
    await survive(tmp_path, 60, 12, figure)


@pytest.mark.timeout(120)
async def test_how_soon_a_phone_rings(tmp_path: Path, figure: Figure) -> None:
    await how_soon(tmp_path, 40, LOADED, figure)


@pytest.mark.timeout(120)
async def test_callers_wait_at_once(tmp_path: Path, figure: Figure) -> None:
    await wait(tmp_path, 100, figure)


@pytest.mark.soak
@pytest.mark.timeout(300)
async def test_five_hundred_callers_wait_at_once(tmp_path: Path, figure: Figure) -> None:
    await wait(tmp_path, 500, figure)


@pytest.mark.soak
@pytest.mark.timeout(1800)
async def test_three_hundred_calls_survive(tmp_path: Path, figure: Figure) -> None:
    await survive(tmp_path, 300, 10, figure)


@pytest.mark.soak
@pytest.mark.timeout(600)
async def test_how_soon_a_phone_rings_on_a_quiet_machine(tmp_path: Path, figure: Figure) -> None:
    await how_soon(tmp_path, 300, 1, figure)
