"""The events: each one once and in order, as pages and on a socket, however often a reader comes back."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from router.domain.events import ERA
from router.engine import stream
from router.engine.acts.workspace import BeginEra
from router.engine.keys import key
from router.service import feed
from router.web import events
from tests.helpers.adapter import arrive, events_of, upgrade
from tests.helpers.kept import say
from tests.helpers.service import process_on, service_on

if TYPE_CHECKING:
    import pytest

    from tests.helpers.servers import Server
    from tests.helpers.service import Caller, Service

OPERATION = """
[queues.private]
target_s = 40
[[routes]]
queue = "private"
[agents]
anna = { queues = ["private"], media = ["voice"] }
"""


async def pages(reader: Caller, limit: int, after: int | None = None) -> list[list[Any]]:
    """All pages from a number on."""
    found: list[list[Any]] = []
    while True:
        said = await reader.get(f"/events?limit={limit}" + ("" if after is None else f"&after={after}"))
        assert said.status == 200, said.body
        found.append(said.body["items"])
        after = said.body["next"]
        if after is None:
            return found
        assert after == found[-1][-1]["seq"]


async def happen(adapter: Caller, number: int = 5, name: str = "n") -> None:
    """So many contacts come and go."""
    for one in range(number):
        contact = await arrive(adapter, f"{name}{one}")
        await adapter.post(f"/contacts/{contact['id']}/left")


async def trim(service: Service, first: int) -> None:
    """Events before this number are no longer kept."""
    engine = service.served.engine
    await engine.connection.call("XTRIM", key(engine.workspace, "events"), "MINID", f"{first}-0")


async def test_an_event_says_what_happened_to_whom_by_whom(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        adapter, observer = await service.caller("adapter", channel="pbx"), await service.caller("observer")
        contact = await arrive(adapter)
        found = [event for page in await pages(observer, 100) for event in page]
        (queued,) = [event for event in found if event["type"] == "contact.queued"]
        assert {
            name: queued[name] for name in ("contact", "version", "queue", "channel", "account", "agent", "by")
        } == {
            "contact": contact["id"],
            "version": contact["version"],
            "queue": "private",
            "channel": "pbx",
            "account": "main",
            "agent": None,
            "by": {"role": "adapter", "id": "pbx"},
        }
        assert queued["workspace"] == service.served.engine.workspace
        assert queued["at"] == contact["queued_at"]
        assert queued["data"]["entry"] == "arrived"


async def test_pages_hold_every_event_once_in_order(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        adapter, observer = await service.caller("adapter"), await service.caller("observer")
        await happen(adapter)
        whole = [event["seq"] for page in await pages(observer, 1000) for event in page]
        assert whole == list(range(1, len(whole) + 1))
        for limit in (1, 3, len(whole) - 1, len(whole), len(whole) + 1):
            found = await pages(observer, limit)
            assert [event["seq"] for page in found for event in page] == whole, limit
            assert all(0 < len(page) <= limit for page in found), limit
        assert [event["seq"] for page in await pages(observer, 2, after=whole[3]) for event in page] == whole[4:]
        assert await pages(observer, 2, after=whole[-1]) == [[]]


async def test_a_long_past_is_read_in_pieces_that_nobody_sees(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    async with service_on(server, OPERATION) as service:
        adapter, observer = await service.caller("adapter"), await service.caller("observer")
        await happen(adapter)
        whole = await pages(observer, 1000)
        pieces: list[int] = []
        monkeypatch.setattr(feed, "AT_ONCE", 3)
        for place in (stream, events):
            monkeypatch.setattr(place, "A_TURN", 3)
        read = feed.read_next_events

        async def counted(*arguments: Any) -> Any:
            pieces.append(arguments[-1])
            return await read(*arguments)

        monkeypatch.setattr(feed, "read_next_events", counted)
        assert await pages(observer, 1000) == whole
        assert max(pieces) == 3
        assert len(pieces) > 3
        async with events_of(observer, after=0) as wire:
            assert [(await wire.frame("event"))["event"] for _ in whole[0]] == whole[0]


async def test_what_is_no_longer_kept_is_refused_and_the_rest_is_told(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        adapter, observer = await service.caller("adapter"), await service.caller("observer")
        await happen(adapter)
        await trim(service, 4)
        assert (await pages(observer, 1000))[0][0]["seq"] == 4
        assert (await pages(observer, 1000, after=3))[0][0]["seq"] == 4
        for path in ("/events?after=2", "/events?after=0", "/events?after=99999"):
            said = await observer.get(path)
            assert (said.status, said.code) == (410, "events_trimmed"), path
        # This process still remembers them; another one has only what is kept.
        async with process_on(server, service.served.engine.workspace) as another:
            stranger = await another.caller("observer")
            for path in ("/events/live?after=2", "/events/live?after=99999"):
                said = await upgrade(stranger, path)
                assert (said.status, said.code) == (410, "events_trimmed"), path
            async with events_of(stranger, after=3) as wire:
                assert (await wire.frame())["seq"] == 4


async def test_the_socket_begins_now_or_after_a_number(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        adapter, observer = await service.caller("adapter"), await service.caller("observer")
        await happen(adapter, 2)
        last = [event["seq"] for page in await pages(observer, 1000) for event in page][-1]
        async with events_of(observer) as now, events_of(observer, after=1) as past:
            await arrive(adapter)
            frame = await now.frame()
            assert (frame["type"], frame["seq"]) == ("event", last + 1)
            assert frame["event"]["seq"] == frame["seq"]
            told = [(await past.frame())["seq"] for _ in range(last)]
            assert told == list(range(2, last + 2))


async def test_no_gap_and_no_double_while_a_reader_comes_back_again_and_again(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        adapter, observer = await service.caller("adapter"), await service.caller("observer")
        heard: list[Any] = []
        async with asyncio.TaskGroup() as group:
            group.create_task(happen(adapter, 100))
            while len(heard) < 200:
                async with events_of(observer, after=heard[-1]["seq"] if heard else 0) as wire:
                    heard += [(await wire.frame("event"))["event"] for _ in range(20)]
        assert [event["seq"] for event in heard] == list(range(1, len(heard) + 1))
        whole = [event for page in await pages(observer, 1000) for event in page]
        assert heard == whole[: len(heard)], "the socket tells what the pages say"


async def test_events_are_for_those_who_watch_over_the_whole(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        for role in ("supervisor", "observer", "admin"):
            assert (await (await service.caller(role)).get("/events")).status == 200, role
        for role in ("adapter", "agent"):
            caller = await service.caller(role, agent="anna")
            assert (await caller.get("/events")).code == "wrong_role", role
            assert (await upgrade(caller, "/events/live")).code == "wrong_role", role
        assert (await upgrade(service.stranger(), "/events/live")).code == "unauthorized"


async def test_the_socket_only_tells_and_nonsense_is_refused(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        observer = await service.caller("observer")
        async with events_of(observer) as wire:
            await wire.socket.send_str("?")
            assert (await wire.answer(None))["body"]["code"] == "malformed"
        for query in ("limit=0", "limit=1001", "after=-1", "after=x", "after=1&after=2", "surprise=1"):
            assert (await observer.get(f"/events?{query}")).code == "malformed", query


async def begin_era(service: Service, name: str) -> None:
    """The workspace is on another server from here."""
    await service.served.engine.do(BeginEra(server=name))


async def test_pages_go_from_era_to_era_and_never_behind_what_was_lost(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        adapter, observer = await service.caller("adapter"), await service.caller("observer")
        await happen(adapter)
        last = (await pages(observer, 1000))[0][-1]["seq"]
        await begin_era(service, "other")
        await happen(adapter, 1, "later")
        ((era, *rest),) = await pages(observer, 1000, after=last)
        assert (era["type"], era["seq"], era["data"]["last"]) == ("operation.era", last + 1 + ERA, last)
        assert [event["seq"] for event in rest] == [era["seq"] + 1 + place for place in range(len(rest))]
        said = await observer.get(f"/events?after={last + 1}")
        assert (said.status, said.code) == (410, "events_trimmed"), "there never was such an event, for all one knows"


async def test_a_socket_goes_on_into_a_new_era_and_a_cursor_of_an_older_one_begins_anew(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        adapter, observer = await service.caller("adapter"), await service.caller("observer")
        async with events_of(observer) as wire:
            await happen(adapter, 1)
            before = await wire.frame()
            await begin_era(service, "other")
            while (frame := await wire.frame())["event"]["type"] != "operation.era":
                before = frame
            await happen(adapter, 1, "later")
            assert (await wire.frame())["seq"] == frame["seq"] + 1
        said = await upgrade(observer, f"/events/live?after={before['seq']}")
        assert (said.status, said.code) == (410, "events_trimmed")
        async with events_of(observer, after=frame["seq"]) as wire:
            assert (await wire.frame())["seq"] == frame["seq"] + 1


async def test_who_was_told_of_what_the_server_lost_is_told_so(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        adapter, observer = await service.caller("adapter"), await service.caller("observer")
        engine = service.served.engine
        async with observer.socket("/events/live") as socket:
            await happen(adapter, 1)
            while (frame := await socket.receive_json())["event"]["type"] != "contact.abandoned":
                pass
            # The server dies, and comes back without its last event.
            lost, last = await engine.connection.call(
                "XREVRANGE", key(engine.workspace, "events"), "+", "-", "COUNT", 2
            )
            await engine.connection.call("XDEL", key(engine.workspace, "events"), lost[0])
            await say(engine.connection, engine.workspace, "meta", "seq", int(last[0].partition(b"-")[0]))
            await begin_era(service, "other")
            while not (message := await socket.receive()).type.name.startswith("CLOS"):
                assert json.loads(message.data)["seq"] <= frame["seq"]
            assert (message.data, message.extra) == (4410, "events_trimmed")
