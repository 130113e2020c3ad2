"""The floor as a whole, as a wall shows it: channels, and what is wrong."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import msgspec

from router.domain.process import ProcessFigures
from router.domain.wire.moment import moment
from router.engine.acts.reading import GetMoment
from router.engine.acts.workspace import OpenChannel, PutProcess
from tests.helpers.adapter import wire_of
from tests.helpers.desk import LIMIT_S
from tests.helpers.floor import ROUTER
from tests.helpers.scraping import floor_of
from tests.helpers.service import service_on
from tests.helpers.turns import turn

if TYPE_CHECKING:
    from tests.helpers.servers import Server
    from tests.helpers.service import Caller, Service

OPERATION = """
[queues.private]
target_s = 40
[[routes]]
queue = "private"
[agents]
anna = { queues = ["private"], media = ["voice", "chat"] }
"""


async def wall(service: Service) -> str:
    """The moment that it is."""
    return moment((await service.served.engine.do(GetMoment())).wall)


async def channels(observer: Caller) -> list[Any]:
    said = await observer.get("/channels")
    assert (said.status, said.body["next"]) == (200, None)
    return said.body["items"]


async def test_an_account_is_down_up_or_degraded_and_since_when(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        adapter, observer = await service.caller("adapter"), await service.caller("observer")
        assert await channels(observer) == []
        await adapter.put("/channels/pbx", {"detail": "starting", "capabilities": ["hold", "mute"]})
        never = {
            "channel": "pbx", "account": "main", "medium": "voice", "status": "down", "since": None,
            "detail": "starting", "capabilities": ["hold", "mute"], "outbox": 0, "last_event_at": None,
        }  # fmt: skip
        assert await channels(observer) == [never]
        before = await wall(service)
        async with wire_of(adapter, "pbx") as wire:
            await wire.frame("snapshot")
            (up,) = await channels(observer)
            assert (up["status"], before <= up["since"] <= await wall(service)) == ("up", True)
            await adapter.put("/channels/pbx", {"detail": "all trunks", "retries": 2})
            (same,) = await channels(observer)
            assert same == up | {"detail": "all trunks", "capabilities": []}, "it is up since as long as before"
            before = await wall(service)
            await adapter.put("/channels/pbx", {"status": "degraded", "detail": "one trunk of two"})
            (degraded,) = await channels(observer)
            assert (degraded["status"], degraded["detail"]) == ("degraded", "one trunk of two")
            assert degraded["since"] >= before
            before = await wall(service)
        async with asyncio.timeout(LIMIT_S):
            while (await channels(observer))[0]["status"] != "down":
                pass
        (down,) = await channels(observer)
        assert (down["since"] >= before, down["detail"]) == (True, "one trunk of two")


async def test_it_says_what_is_to_be_sent_and_when_something_came_last(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        adapter, observer = await service.caller("adapter"), await service.caller("observer")
        supervisor = await service.caller("supervisor")
        for account in ("main", "second"):
            await adapter.put("/channels/telegram", {"account": account})
        before = await wall(service)
        body = {"thread": "1", "external_id": "1", "text": "?"}
        said = (await adapter.post("/channels/telegram/messages", body)).body
        await supervisor.post(f"/contacts/{said['contact']['id']}/messages", {"text": "!"})
        last = await service.served.engine.do(GetMoment())
        async with asyncio.timeout(LIMIT_S):
            while service.served.feed.seq < last.seq:
                await turn()
        main, second = await channels(observer)
        assert [one["account"] for one in (main, second)] == ["main", "second"]
        assert (main["outbox"], before <= main["last_event_at"] <= moment(last.wall)) == (1, True)
        assert (second["outbox"], second["last_event_at"]) == (0, None)
        assert {one["medium"] for one in (main, second)} == {"chat"}


async def alarms(observer: Caller) -> list[Any]:
    said = await observer.get("/alarms")
    assert (said.status, said.body["next"]) == (200, None)
    return [one for one in said.body["items"] if not one["alarm"].startswith("Store")]


async def test_what_is_wrong_is_told_until_it_is_right_again(server: Server) -> None:
    async with service_on(server, OPERATION, pace=1) as service, floor_of(server, service) as floor:
        adapter, observer = await service.caller("adapter"), await service.caller("observer")
        assert await alarms(observer) == []
        await adapter.put("/channels/pbx", {"status": "degraded"})
        waiting = await floor.post()
        (down,) = await alarms(observer)
        nothing = {"queue": None, "process": None, "value": None, "limit": None, "since": None}
        told = {"alarm": "ChannelDown", "severity": "critical", "channel": "pbx", "account": "main"}
        assert down == nothing | told, "nobody has ever had it"
        await floor.advance(300)
        found = {one["alarm"]: one for one in await alarms(observer)}
        assert {name: one["severity"] for name, one in found.items()} == {
            "ChannelDown": "critical",
            "NobodySignedIn": "critical",
            "LongestWaitBeyondTwiceTarget": "warning",
        }
        assert next(reversed(found)) == "LongestWaitBeyondTwiceTarget"
        assert found["NobodySignedIn"] == nothing | {
            "alarm": "NobodySignedIn", "severity": "critical", "channel": None, "account": None, "queue": "private",
            "value": 1, "limit": 0, "since": moment(floor.now - 300_000),
        }  # fmt: skip
        longest = found["LongestWaitBeyondTwiceTarget"]
        assert (longest["value"], longest["limit"], longest["since"]) == (300, 80, moment(floor.now - 220_000))
        await floor.leave(waiting)
        assert [one["alarm"] for one in await alarms(observer)] == ["ChannelDown"]
        await floor.do(OpenChannel(channel="pbx", account="main", connection="1", process=ROUTER))
        assert await alarms(observer) == [], "it is still degraded, but has been held for less than a minute"
        await floor.advance(60)
        assert [one["alarm"] for one in await alarms(observer)] == ["ChannelDown"]
        await adapter.put("/channels/pbx", {})
        assert await alarms(observer) == []


async def test_a_queue_that_burns_is_told_of(server: Server) -> None:
    async with service_on(server, OPERATION, pace=1) as service, floor_of(server, service) as floor:
        observer = await service.caller("observer")
        gone = [await floor.post() for _ in range(10)]
        await floor.advance(41)
        with service.served.feed.listen(lambda event: event.type == "contact.abandoned") as heard:
            for contact in gone:
                await floor.leave(contact)
            told = 0
            while told < 10:
                told += len(await heard.next())
        (burns,) = await alarms(observer)
        assert (burns["alarm"], burns["queue"], burns["value"], burns["limit"]) == (
            "QueueBurnsFast",
            "private",
            1,
            0.672,
        )


async def test_the_machinery_is_told_of_too(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        engine, observer = service.served.engine, await service.caller("observer")
        behind = msgspec.msgpack.encode(ProcessFigures(events_behind=1_001))
        await engine.do(PutProcess(process="router-slow", record=behind))
        (lag,) = await alarms(observer)
        assert (lag["alarm"], lag["process"], lag["value"], lag["limit"]) == ("EventsLag", "router-slow", 1_001, 1_000)
        await engine.do(PutProcess(process="router-slow", record=None))
        for setting, expected in (("", {"StoreNotPersisting"}), ("3600 1", set[str]())):
            await engine.connection.call("CONFIG", "SET", "save", setting)
            said = (await observer.get("/alarms")).body["items"]
            assert {one["alarm"] for one in said} == expected
        await engine.connection.call("CONFIG", "SET", "save", "")
