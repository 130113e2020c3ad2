"""The floor as a whole, as a wall shows it: channels."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from router.domain.wire.moment import moment
from router.engine.acts.reading import GetMoment
from tests.helpers.adapter import wire_of
from tests.helpers.desk import LIMIT_S
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
