"""The day so far over HTTP: what `contact-router report` says of the same events, read on from question to question."""

from __future__ import annotations

import random
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from router.domain.wire.moment import moment
from router.engine.acts.workspace import BeginEra
from router.engine.keys import key
from router.kit.clock import SystemClock
from router.service.report import report_of
from tests.helpers.floor import operation_of
from tests.helpers.kept import say
from tests.helpers.scraping import AHEAD_MS, floor_of
from tests.helpers.service import service_on
from tests.helpers.workload import play
from tests.service.test_report import OPERATION, WITH_ROBOT

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from router.service.report import DayReport
    from tests.helpers.floor import Floor
    from tests.helpers.servers import Server
    from tests.helpers.service import Caller, Service


def zone_at(hour: int) -> str:
    """A time zone in which the floor's day begins in that hour."""
    begins = datetime.fromtimestamp((SystemClock().wall_ms() + AHEAD_MS) / 1000, UTC)
    ahead = (hour - begins.hour + 11) % 24 - 11
    return f"Etc/GMT{-ahead:+}" if ahead else "UTC"


@asynccontextmanager
async def day_on(server: Server, operation: str = OPERATION, hour: int = 12) -> AsyncGenerator[tuple[Service, Floor]]:
    """A service, and its floor on which it is that hour of the day."""
    async with (
        service_on(server, f'timezone = "{zone_at(hour)}"\n{operation}', pace=1) as service,
        floor_of(server, service) as floor,
    ):
        yield service, floor


async def today(observer: Caller) -> Any:
    said = await observer.get("/today")
    assert said.status == 200, said.body
    return said.body


async def says_what_the_report_says(service: Service, done: DayReport) -> Any:
    """Every figure of queues and agents, of the day and of each half-hour."""
    observer, report = await service.caller("observer"), done.report
    said = await today(observer)
    assert (said["date"], said["timezone"]) == (report.day.when.isoformat(), done.operation.timezone)
    assert said["since"] == (None if done.begins_ms is None else moment(done.begins_ms))
    assert said["at"] == moment(done.until_ms or 0)
    assert [queue["queue"] for queue in said["queues"]] == [*done.operation.queues]
    for queue in said["queues"]:
        assert queue["day"] == msgspec.to_builtins(report.queues.day(queue["queue"]).of_queue())
        tallies = report.queues.of(queue["queue"])
        begun = [start for start in report.day.starts_ms if start <= (done.until_ms or 0)]
        assert [half["starts_at"] for half in queue["half_hours"]] == [moment(start) for start in begun]
        for half, tally in zip(queue["half_hours"], tallies, strict=False):
            assert half == {"starts_at": half["starts_at"]} | msgspec.to_builtins(tally.of_queue())
    for name in done.operation.agents:
        agent = (await observer.get(f"/agents/{name}/today")).body
        assert agent["day"] == msgspec.to_builtins(report.agents.day(name).of_agent()), name
        same = {"agent": name} | {field: said[field] for field in ("date", "at", "since")}
        assert agent == same | {"day": agent["day"]}
    return said


@pytest.mark.parametrize("seed", [31, 32])
async def test_it_says_what_the_report_says_whenever_it_is_asked(server: Server, seed: int) -> None:
    async with day_on(server) as (service, floor):
        chance, answered = random.Random(seed), 0
        for _ in range(4):
            await play(floor, chance, moves=100)
            said = await says_what_the_report_says(service, await report_of(service.served.engine))
            now = sum(queue["day"]["answered"] for queue in said["queues"])
            assert now > answered
            answered = now


async def test_what_an_agent_does_now_is_counted(server: Server) -> None:
    async with day_on(server, WITH_ROBOT) as (service, floor):
        anna = await service.caller("agent", agent="anna")
        await floor.sign_in("anna", "robot")
        await floor.advance(100)
        await floor.talk(await floor.post())
        for passed in (50, 100):
            await floor.advance(50)
            day = (await anna.get("/agents/anna/today")).body["day"]
            assert (day["idle_s"], day["busy_s"], day["talks"]) == (100, passed, 0)
            assert (day["signed_in_s"], day["occupancy"]) == (100 + passed, round(passed / (100 + passed), 4))
        robot = (await (await service.caller("observer")).get("/agents/robot/today")).body["day"]
        assert robot["signed_in_s"] == robot["offline_s"] == 0, "a program's time is not counted"


async def test_at_midnight_it_begins_anew(server: Server) -> None:
    async with day_on(server, hour=22) as (service, floor):
        observer = await service.caller("observer")
        await floor.sign_in("anna")
        await floor.leave(await floor.post(queue="night"))
        await play(floor, random.Random(8), moves=60)
        before = await says_what_the_report_says(service, await report_of(service.served.engine))
        assert sum(queue["day"]["offered"] for queue in before["queues"]) > 0
        await floor.advance(7_200)
        after = await says_what_the_report_says(service, await report_of(service.served.engine))
        assert after["date"] > before["date"]
        assert 1 <= len(after["queues"][0]["half_hours"]) <= 4
        await floor.leave(await floor.post(queue="night"))
        done = await report_of(service.served.engine)
        said = await says_what_the_report_says(service, done)
        assert sum(queue["day"]["offered"] for queue in said["queues"]) >= 1
        anna = (await observer.get("/agents/anna/today")).body["day"]
        lived_s = sum(value for name, value in anna.items() if name.endswith("_s") and not name.startswith("average"))
        assert lived_s - anna["signed_in_s"] == (floor.now - done.report.day.start_ms) / 1000


async def trim(service: Service) -> int:
    """The store keeps nothing but the last event; when that was."""
    engine = service.served.engine
    ((last, _),) = await engine.connection.call("XREVRANGE", key(engine.workspace, "events"), "+", "-", "COUNT", 1)
    await engine.connection.call("XTRIM", key(engine.workspace, "events"), "MINID", last)
    return int(last.partition(b"-")[2])


async def test_it_says_since_when_events_are_kept(server: Server) -> None:
    async with day_on(server) as (service, floor):
        observer = await service.caller("observer")
        await play(floor, random.Random(9), moves=60)
        first_ms = await trim(service)
        await play(floor, random.Random(10), moves=20)
        said = await says_what_the_report_says(service, await report_of(service.served.engine))
        assert said["since"] == moment(first_ms)
        await play(floor, random.Random(11), moves=20)
        assert (await today(observer))["since"] == said["since"], "what was read stays read"
        await play(floor, random.Random(12), moves=20)
        first_ms = await trim(service)
        said = await says_what_the_report_says(service, await report_of(service.served.engine))
        assert said["since"] == moment(first_ms), "what was to be read next has gone"


async def test_what_the_store_has_lost_is_not_counted(server: Server) -> None:
    async with day_on(server) as (service, floor):
        observer, engine = await service.caller("observer"), service.served.engine
        await floor.leave(await floor.post())
        assert (await today(observer))["queues"][0]["day"]["abandoned"] == 1
        lost, last = await engine.connection.call("XREVRANGE", key(engine.workspace, "events"), "+", "-", "COUNT", 2)
        await engine.connection.call("XDEL", key(engine.workspace, "events"), lost[0])
        await say(engine.connection, engine.workspace, "meta", "seq", int(last[0].partition(b"-")[0]))
        await engine.do(BeginEra(server="other"))
        assert (await today(observer))["queues"][0]["day"]["abandoned"] == 0
        await floor.leave(await floor.post())
        assert (await today(observer))["queues"][0]["day"]["abandoned"] == 1


async def test_queues_that_are_no_more_are_still_told_of(server: Server) -> None:
    async with day_on(server) as (service, floor):
        observer = await service.caller("observer")
        await floor.leave(await floor.post(queue="night"))
        other = operation_of(f'timezone = "{zone_at(12)}"\n' + OPERATION.replace("night", "evening"))
        with service.served.feed.listen(lambda event: event.type == "operation.applied") as heard:
            await floor.apply(msgspec.structs.replace(other, workspace=service.served.engine.workspace))
            await heard.next()
        await service.served.current.reload(service.served.engine)
        said = await today(observer)
        assert [queue["queue"] for queue in said["queues"]] == ["private", "evening", "night"]


async def test_an_agent_sees_his_own_day_alone(server: Server) -> None:
    async with day_on(server) as (service, _floor):
        anna = await service.caller("agent", agent="anna")
        assert (await anna.get("/agents/anna/today")).status == 200
        for name in ("boris", "nobody"):
            said = await anna.get(f"/agents/{name}/today")
            assert (said.status, said.code) == (404, "unknown_agent")
        assert (await anna.get("/today")).code == "wrong_role"
