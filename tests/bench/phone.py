"""`make bench`, third table: the router beside Asterisk's own queue, on the same Asterisk, callers and agents' phones.

`python -m tests.bench.phone [PART …]` measures some of it: `idle`, `freed`, `rate`, `held`, `cost`, `hour`. Callers and
phones are robots in this process, which costs each contestant the same. The router is `serve` with one process on its
embedded server with fsync always, and one adapter process; agents sign in at their phones and have no desks.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from router.demo.demand import drawn_by, read_demand
from tests.channels.asterisk.lab.lab import lab_in
from tests.channels.asterisk.lab.sipp import Caller, callers
from tests.channels.asterisk.load.centre import PHONES, SEED, branch, centre_of, one_line, sign_in_all
from tests.channels.asterisk.load.people import Customer, People, customers_of
from tests.channels.asterisk.load.records import sounds_of
from tests.channels.asterisk.load.rivals import LINES, PLAIN, TUNED, dialled, rivals
from tests.helpers.process import used_s

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Sequence

    from router.demo.demand import Demand
    from tests.channels.asterisk.lab.asterisk import Asterisk

CONTESTANTS = {"app_queue, leastrecent": PLAIN, "app_queue, weights and penalties": TUNED, "contact router": ""}
SPEED = 7.5
"""So many times faster than in life is the busy hour: app_queue counts the wrap-up in whole seconds."""
WRAP_UP_S = 1
LONG_S = 3600.0
IDLE_CALLS, FREED_CALLS, RATE_CALLS, COST_CALLS, HELD = 200, 300, 400, 200, 500
HOUR_CALLS = 418
"""As many as come in the busiest hour."""


@dataclass
class Contestant:
    """One who is measured."""

    name: str
    dials: dict[str, str]
    """Line → what its customers dial."""
    asterisk: Asterisk
    directory: Path
    people: People
    used_s: Callable[[], dict[str, float]]
    """The processor time of each of its parts."""
    numbers: Any = field(default_factory=lambda: iter(range(1, 1 << 30)))

    def customer(self, talk_s: float, patience_s: float = LONG_S, comes_s: float = 0.0) -> Customer:
        """One more customer of the private line, who leaves it to his agent to end the talk."""
        dials = self.dials["private"]
        return Customer(f"+7{next(self.numbers):010}", "private", dials, comes_s, patience_s, talk_s, hangs_up=False)


def now_ms() -> float:
    """Finer than whole milliseconds."""
    return time.perf_counter() * 1000


@asynccontextmanager
async def contestant(name: str, operation: str, wrap_up_s: int, speed: float = 1.0) -> AsyncGenerator[Contestant]:
    """One of them with twenty agents at their phones, on an Asterisk of its own."""
    set_up, extra = CONTESTANTS[name], rivals(wrap_up_s, speed)
    with tempfile.TemporaryDirectory() as directory:
        if set_up:
            async with lab_in(Path(directory)) as lab:
                asterisk = await lab.asterisk(extra=extra)
                async with People.at(asterisk, now_ms) as people:
                    await people.add(*PHONES)

                    def used() -> dict[str, float]:
                        return {"asterisk": used_s([asterisk.pid])}

                    yield Contestant(name, dialled(set_up), asterisk, Path(directory), people, used)
        else:
            async with (
                centre_of(Path(directory), operation, routers=1, adapters=1, extra=extra) as centre,
                People.at(centre.asterisk, now_ms) as people,
            ):
                await sign_in_all(people)
                yield Contestant(name, dialled(), centre.asterisk, Path(directory), people, centre.used_s)


def percentiles(values: Sequence[float], *which: int) -> str:
    """These percentiles, in words."""
    at = statistics.quantiles(values, n=100, method="inclusive")
    return " / ".join(f"{at[one - 1]:.1f}" for one in which)


async def idle(one: Contestant) -> dict[str, str]:
    """From a customer's INVITE to the agent's, with all agents idle: one call at a time."""
    took_ms: list[float] = []
    for _ in range(IDLE_CALLS):
        customer = one.customer(talk_s=0.3)
        await one.people.invite(customer)
        ring = next(ring for ring in one.people.rings if ring.number == customer.number)
        took_ms.append(ring.invited_ms - customer.invited_ms)
        await one.people.until(one.people.all_free)
    return {"INVITE → agent's INVITE, agents idle: ms, p50 / p99": percentiles(took_ms, 50, 99)}


async def freed(one: Contestant) -> dict[str, str]:
    """From the end of an agent's talk to his next INVITE, while customers wait."""
    draw = drawn_by(1, "freed")
    customers = [one.customer(draw.uniform(0.5, 2.0), comes_s=n / 25) for n in range(FREED_CALLS)]
    await one.people.calls(customers)
    took_ms = one.people.freed_ms()
    return {"agent free → his next INVITE, customers wait: ms, p50 / p95": percentiles(took_ms, 50, 95)}


async def rate(one: Contestant) -> dict[str, str]:
    """How many calls a second twenty agents get whose talks take 0.2 s, while customers wait."""
    customers = [one.customer(talk_s=0.2, comes_s=n / 200) for n in range(RATE_CALLS)]
    await one.people.calls(customers)
    joined = sorted(customer.joined_ms or 0.0 for customer in customers)
    a_second = len(joined) / (joined[-1] - joined[0]) * 1000
    return {"calls/s dispatched to 20 agents, talks of 0.2 s": f"{a_second:.1f}"}


async def held(one: Contestant) -> dict[str, str]:
    """How so many customers wait beside agents who are all busy: the music that each gets, and what it costs."""
    talks = [one.people.invite(one.customer(LONG_S)) for _ in PHONES]
    await one.people.until(lambda: len(one.people.rings) >= len(PHONES))
    talking = set(await sounds_of(one.asterisk))
    number, dials = f"+79{one.name[0]}", one.dials["private"]
    crowd = [Caller(f"{number}{n:07}", dials, start_ms=n * 20) for n in range(HELD)]
    async with callers(one.asterisk, one.directory / "crowd", crowd):
        await asyncio.sleep(HELD / 50 + 5)
        before, since_ms, sent = one.used_s(), now_ms(), await sounds_of(one.asterisk)
        await asyncio.sleep(10)
        after, took_s, sent_now = one.used_s(), (now_ms() - since_ms) / 1000, await sounds_of(one.asterisk)
    for task in talks:
        task.cancel()
    each = [(sent_now[channel] - sent[channel]) / took_s for channel in sent.keys() & sent_now.keys() - talking]
    cpu = ", ".join(f"{part} {(after[part] - before[part]) / took_s:.0%}" for part in before)
    return {
        "500 customers wait: how many do": str(len(each)),
        "500 customers wait: RTP packets/s each, least / median": f"{min(each):.1f} / {statistics.median(each):.1f}",
        "500 customers wait: processor": cpu,
    }


async def cost(one: Contestant) -> dict[str, str]:
    """What a call takes of the processor: ten a second, which find an agent at once."""
    before = one.used_s()
    await one.people.calls([one.customer(talk_s=1.0, comes_s=n / 10) for n in range(COST_CALLS)])
    after = one.used_s()
    parts = [f"{part} {(after[part] - before[part]) / COST_CALLS * 1000:.1f}" for part in before]
    return {"processor of a call of 1 s: ms": ", ".join(parts)}


async def hour(one: Contestant) -> dict[str, str]:
    """The busiest hour of the branch, all three lines, compressed; times are given as in life."""
    customers = customers_of(by_phone(), one.dials, SPEED, HOUR_CALLS)
    one.people.pick_up_s = (1 / SPEED, 3 / SPEED)
    since_ms = now_ms()
    until_ms = since_ms + customers[-1].comes_s * 1000
    await one.people.calls(customers)
    talks = [(it.picked_up_ms, min(it.over_ms, until_ms)) for it in one.people.rings if it.picked_up_ms and it.over_ms]
    talked_ms = sum(max(0.0, over_ms - picked_up_ms) for picked_up_ms, over_ms in talks)
    lines = {line: [it for it in customers if it.line == line] for line in LINES}
    joined = {line: [it for it in those if it.joined_ms is not None] for line, those in lines.items()}

    def mean_s(line: str) -> str:
        waits = [it.wait_ms * SPEED / 1000 for it in joined[line]]
        return f"{statistics.fmean(waits):.1f} ({len(waits)} of {len(lines[line])})"

    soon = sum(it.wait_ms * SPEED <= 40_000 for it in joined["private"]) / len(lines["private"])
    gone = 1 - sum(map(len, joined.values())) / len(customers)
    return {
        "busy hour: mean wait on 636, s (answered of all)": mean_s("corporate"),
        "busy hour: 611 answered within 40 s": f"{soon:.0%}",
        "busy hour: mean wait of messages, s (answered of all)": mean_s("messages"),
        "busy hour: gave up": f"{gone:.0%}",
        "busy hour: agents in talks": f"{talked_ms / (until_ms - since_ms) / len(PHONES):.0%}",
    }


def by_phone() -> Demand:
    """The branch's demand; who writes calls instead, and takes the quarter of an agent that a chat does."""
    demand = read_demand(SEED / "demand.toml")
    messages = demand.lines["messages"]
    talk = msgspec.structs.replace(messages.talk, mean_s=messages.talk.mean_s / 4)
    return msgspec.structs.replace(
        demand, lines=demand.lines | {"messages": msgspec.structs.replace(messages, talk=talk)}
    )


PARTS = {"idle": idle, "freed": freed, "rate": rate, "cost": cost, "held": held}


async def measure(parts: Sequence[str]) -> dict[str, dict[str, str]]:
    """Contestant → what was measured of it. The hour is the same for all at the same time; the rest in turn."""
    found: dict[str, dict[str, str]] = {name: {} for name in CONTESTANTS}
    for part in parts:
        if part in PARTS:
            for name in CONTESTANTS:
                async with contestant(name, one_line(), wrap_up_s=0) as one:
                    found[name] |= await PARTS[part](one)

    async def live(name: str) -> None:
        async with contestant(name, branch(SPEED), WRAP_UP_S, SPEED) as one:
            found[name] |= await hour(one)

    if "hour" in parts:
        await asyncio.gather(*map(live, CONTESTANTS))
    return found


def main() -> None:
    """Print the table. Arguments: some of the parts; without any, all."""
    found = asyncio.run(measure(sys.argv[1:] or [*PARTS, "hour"]))
    print(f"\n| figure | {' | '.join(CONTESTANTS)} |")
    print("|---|" + "---|" * len(CONTESTANTS))
    for figure in dict.fromkeys(figure for said in found.values() for figure in said):
        print(f"| {figure} | {' | '.join(found[name].get(figure, '–') for name in CONTESTANTS)} |")


if __name__ == "__main__":
    main()
