"""What each router process says of itself: by whoever is asked, for all of them, and for no longer than it counts."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from router.engine.acts.reading import GetMoment
from router.engine.acts.workspace import PutProcess
from router.engine.keys import key
from router.kit.clock import SystemClock
from tests.helpers.scraping import at_root, sample, scrape
from tests.helpers.service import process_on, service_on

if TYPE_CHECKING:
    from tests.helpers.scraping import Sample
    from tests.helpers.servers import Server
    from tests.helpers.service import Service

OPERATION = """
[queues.private]
target_s = 40
[[routes]]
queue = "private"
[agents]
anna = { queues = ["private"], media = ["voice"] }
"""


def of(service: Service, name: str, **labels: str) -> Sample:
    """A sample of the service's process."""
    served = service.served
    return sample(name, workspace=served.engine.workspace, process=served.process, **labels)


def processes_in(samples: dict[Sample, float]) -> set[str]:
    """The processes that say that they are connected to the store."""
    return {dict(labels)["process"] for name, labels in samples if name == "contact_router_store_up"}


async def test_requests_are_counted_by_route_and_status(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        adapter, observer = await service.caller("adapter"), await service.caller("observer")
        for number in ("1", "2", "2"):
            await adapter.post("/contacts", {"channel": "phone", "external_id": number})
        await observer.post("/contacts", {"channel": "phone", "external_id": "3"})
        await at_root(service, "/nowhere/+79131234567")
        samples = await scrape(service)
        posts = {"method": "POST", "route": "/contacts"}
        assert samples[of(service, "http_requests_total", **posts, status="2xx")] == 3
        assert samples[of(service, "http_requests_total", **posts, status="4xx")] == 1
        assert samples[of(service, "http_requests_total", method="GET", route="none", status="4xx")] == 1
        assert samples[of(service, "refused_total", code="wrong_role")] == 1
        assert samples[of(service, "duplicates_total", channel="phone")] == 1
        assert samples[of(service, "http_request_seconds_count")] == 5
        assert samples[of(service, "http_request_seconds_bucket", le="+Inf")] == 5
        assert 0 <= samples[of(service, "http_request_seconds_sum")] < 5 * 60
        assert samples[of(service, "act_seconds_count", act="intake")] == 3
        assert not [value for _, labels in samples for _, value in labels if "7913" in value]


async def test_what_came_again_is_counted_whatever_tells_it(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        adapter = await service.caller("adapter")
        for _ in range(2):
            await adapter.post("/contacts", {"channel": "phone", "external_id": "1"}, Idempotency_Key="once")
            message = {"thread": "1", "external_id": "1", "text": "?"}
            assert (await adapter.post("/channels/telegram/messages", message)).status in {200, 201}
        # What our side wrote by hand, and no open contact knows, is nothing that came again.
        mine = {"thread": "2", "external_id": "9", "text": "!", "author": "agent"}
        assert (await adapter.post("/channels/telegram/messages", mine)).status == 200
        samples = await scrape(service)
        assert samples[of(service, "duplicates_total", channel="phone")] == 1
        assert samples[of(service, "duplicates_total", channel="telegram")] == 1


async def test_sockets_are_counted_by_kind_and_are_no_slow_requests(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        anna, adapter = await service.caller("agent", agent="anna"), await service.caller("adapter")
        observer = await service.caller("observer")
        async with (
            anna.socket("/agents/anna/live") as desk,
            adapter.socket("/channels/phone/live?account=main") as wire,
            observer.socket("/events/live"),
        ):
            await desk.receive_json()
            await wire.receive_json()
            await desk.send_json({"id": "1", "do": "dance"})
            while (await desk.receive_json())["type"] != "answer":
                pass
            await wire.send_bytes(b"")
            await wire.receive_json()
            samples = await scrape(service)
            for kind in ("agent", "channel", "events"):
                assert samples[of(service, "sockets", kind=kind)] == 1, kind
            assert samples[of(service, "refused_total", code="malformed")] == 2
            assert samples[of(service, "http_request_seconds_count")] == 0
        async with asyncio.timeout(20):
            while (await scrape(service))[of(service, "sockets", kind="agent")] > 0:
                pass


async def test_whoever_is_asked_answers_for_all(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        workspace = service.served.engine.workspace
        async with process_on(server, workspace) as other:
            await (await other.caller("adapter")).post("/contacts", {"channel": "phone", "external_id": "1"})
            await other.served.own.say()
            samples = await scrape(service)
            assert processes_in(samples) == {service.served.process, other.served.process}
            assert samples[sample("processes", workspace=workspace)] == 2
            posts = {"method": "POST", "route": "/contacts", "status": "2xx"}
            assert samples[of(other, "http_requests_total", **posts)] == 1
            assert of(service, "http_requests_total", **posts) not in samples
        samples = await scrape(service)
        assert processes_in(samples) == {service.served.process}, "one that has ended well is gone at once"
        assert samples[sample("processes", workspace=workspace)] == 1


async def test_what_was_said_half_a_minute_ago_counts_no_more(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        engine = service.served.engine
        await engine.do(PutProcess(process="router-dead", record=b"\x80"))
        assert "router-dead" in processes_in(await scrape(service))
        own, all_of_them = key(engine.workspace, "own", process="router-dead"), key(engine.workspace, "processes")
        seconds, microseconds = await engine.connection.call("TIME")
        now, until = (
            int(seconds) * 1000 + int(microseconds) // 1000,
            await engine.connection.call("ZSCORE", all_of_them, "router-dead"),
        )
        assert 25_000 < float(until) - now <= 30_000
        assert 25_000 < await engine.connection.call("PTTL", own) <= 30_000
        await engine.connection.call("ZADD", all_of_them, now, "router-dead")
        assert "router-dead" not in processes_in(await scrape(service))
        await service.served.own.say()
        assert await engine.connection.call("ZSCORE", all_of_them, "router-dead") is None, "and is swept"


async def test_what_another_release_says_is_read_as_far_as_it_is_known(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        said = b"\x82\xa7novelty\x01\xafrequest_buckets\x93\x01\x02\x03"
        await service.served.engine.do(PutProcess(process="router-new", record=said))
        samples = await scrape(service)
        workspace = service.served.engine.workspace
        assert samples[sample("store_up", workspace=workspace, process="router-new")] == 1
        assert sample("http_request_seconds_count", workspace=workspace, process="router-new") not in samples


async def test_a_loop_that_was_kept_waiting_says_for_how_long(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        clock = SystemClock()
        until = clock.monotonic_ms() + 500
        while clock.monotonic_ms() < until:
            pass
        async with asyncio.timeout(5):
            while (await scrape(service))[of(service, "loop_lag_seconds")] < 0.35:
                pass


async def test_it_says_how_it_stands_with_the_store(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        await service.served.own.say()
        samples = await scrape(service)
        assert samples[of(service, "store_up")] == 1
        assert 0 <= samples[of(service, "due_age_seconds")] < 5
        assert samples[of(service, "events_behind")] == 0
        writes, calls = (samples[of(service, f"store_batch_calls_{part}")] for part in ("count", "sum"))
        assert 0 < writes <= calls
        assert samples[of(service, "process_resident_memory_bytes")] > 10**6
        assert samples[of(service, "process_cpu_seconds_total")] > 0
        assert abs(samples[of(service, "process_start_time_seconds")] - SystemClock().wall_ms() / 1000) < 600


async def test_events_that_it_has_not_heard_of_are_counted(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        served = service.served
        await (await service.caller("adapter")).post("/contacts", {"channel": "phone", "external_id": "1"})
        async with asyncio.timeout(10):
            while served.feed.seq < (await served.engine.do(GetMoment())).seq:
                pass
        served.feed.seq -= 2
        await served.own.say()
        assert (await scrape(service))[of(service, "events_behind")] == 2
