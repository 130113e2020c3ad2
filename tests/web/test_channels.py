"""Channels over HTTP: what an adapter says of its account, the sessions it lists, and the polls instead of a socket."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from router.engine.acts.workspace import CloseChannel, OpenChannel
from router.engine.engine import SYSTEM
from router.engine.stream import read_events
from router.service import polled
from router.service.polled import Polled
from tests.helpers.adapter import arrive, events_of, wire_of
from tests.helpers.desk import LIMIT_S
from tests.helpers.service import service_on

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
anna = { queues = ["private"], media = ["voice", "chat"] }
"""


async def events(service: Service, *types: str) -> list[Any]:
    """The events so far, of these types."""
    engine = service.served.engine
    return [event for event in await read_events(engine.connection, engine.workspace) if event.type in types]


async def last_seq(adapter: Caller) -> int:
    """The last event, as a poll of an account with nothing in it says."""
    return (await adapter.get("/channels/pbx/work?account=empty")).body["seq"]


async def test_an_adapter_says_how_it_is_and_what_it_can(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        adapter = await service.caller("adapter", channel="pbx")
        said: dict[str, Any] = {"account": "main", "capabilities": ["hold", "mute"], "status": "degraded"}
        said |= {"detail": "one trunk of two", "retries": 3}
        answer = await adapter.put("/channels/pbx", said)
        assert (answer.status, answer.body) == (200, {"channel": "pbx", **said})
        assert (await adapter.put("/channels/pbx", {})).body == {
            "channel": "pbx", "account": "main", "capabilities": [], "status": "up", "detail": None,
            "retries": None,
        }  # fmt: skip
        assert (await adapter.put("/channels/pbx", {"retries": 4})).body["retries"] == 4
        told = [event.data["status"] for event in await events(service, "channel.status")]
        assert told == ["degraded", "up"], "what was repeated is no event"


async def test_an_adapter_speaks_for_its_own_account_only(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        main = await service.caller("adapter", channel="pbx", account="main")
        sessions: dict[str, Any] = {"as_of": 1, "external_ids": []}
        wrong: list[tuple[str, dict[str, Any]]] = [
            ("/channels/pbx", {"account": "branch"}),
            ("/channels/telegram", {}),
            ("/channels/pbx/sessions", {"account": "branch", **sessions}),
            ("/channels/telegram/sessions", sessions),
        ]
        for path, body in wrong:
            said = await main.put(path, body)
            assert (said.status, said.code) == (404, "unknown_channel"), path
        assert (await main.get("/channels/pbx/work?account=branch")).code == "unknown_channel"
        everywhere = await service.caller("adapter")
        assert (await everywhere.put("/channels/fax", {})).code == "unknown_channel"
        for role in ("agent", "supervisor", "observer", "admin"):
            caller = await service.caller(role, agent="anna")
            assert (await caller.put("/channels/pbx", {})).code == "wrong_role", role


async def test_sessions_that_are_gone_end_their_contacts(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        adapter = await service.caller("adapter", channel="pbx", account="main")
        gone, still = await arrive(adapter, "1"), await arrive(adapter, "2")
        as_of = (await adapter.get("/channels/pbx/work")).body["seq"]
        born_since = await arrive(adapter, "3")
        listed = {"account": "main", "as_of": as_of, "external_ids": ["2", "99"]}
        done = await adapter.put("/channels/pbx/sessions", listed)
        assert (done.status, done.body) == (200, {"closed": [gone["id"]], "unknown": ["99"]})
        assert (await adapter.get(f"/contacts/{gone['id']}")).body["state"] == "abandoned"
        for contact in (still, born_since):
            assert (await adapter.get(f"/contacts/{contact['id']}")).body["state"] == "queued"
        assert (await adapter.put("/channels/pbx/sessions", listed)).body["closed"] == []


async def test_a_list_that_would_end_nearly_everything_needs_force(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        adapter = await service.caller("adapter")
        calls = [(await arrive(adapter, str(number)))["id"] for number in range(21)]
        listed: dict[str, Any] = {"as_of": await last_seq(adapter), "external_ids": []}
        refused = await adapter.put("/channels/pbx/sessions", listed)
        assert (refused.status, refused.code) == (409, "needs_force")
        assert (await adapter.get(f"/contacts/{calls[0]}")).body["state"] == "queued"
        done = await adapter.put("/channels/pbx/sessions", {**listed, "force": True})
        assert sorted(done.body["closed"]) == sorted(calls)


async def test_polls_tell_what_the_socket_would(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        adapter = await service.caller("adapter", channel="pbx")
        contact = await arrive(adapter)
        first = (await adapter.get("/channels/pbx/work")).body
        (snapshot,) = first["frames"]
        assert (snapshot["type"], snapshot["seq"]) == ("snapshot", first["seq"])
        assert [found["id"] for found in snapshot["contacts"]] == [contact["id"]]
        path = "/channels/pbx/work?wait_s={}&after={}"
        nothing = (await adapter.get(path.format(0, first["seq"]))).body
        assert nothing["frames"] == []
        poll = asyncio.create_task(adapter.get(path.format(20, nothing["seq"])))
        await adapter.post(f"/contacts/{contact['id']}/left")
        async with asyncio.timeout(LIMIT_S):
            told = (await poll).body
        (frame,) = told["frames"]
        assert (frame["type"], frame["contact"]["id"], frame["contact"]["state"]) == (
            "contact",
            contact["id"],
            "abandoned",
        )
        assert frame["seq"] <= told["seq"]
        assert (await adapter.get(path.format(0, told["seq"]))).body["frames"] == [], "nothing comes twice"
        assert (await adapter.get(path.format(0, 10**6))).code == "events_trimmed"
        assert (await adapter.get("/channels/pbx/work?wait_s=61")).code == "malformed"


async def test_polls_of_one_token_hold_the_account(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        adapter, another = await service.caller("adapter"), await service.caller("adapter")
        for _ in range(3):
            assert (await adapter.get("/channels/pbx/work")).status == 200
        assert (await another.get("/channels/pbx/work")).code == "taken"
        assert len(await events(service, "channel.up")) == 1
        assert await events(service, "channel.silent") == []


async def test_a_lease_that_nobody_polls_any_more_ends(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(polled, "BEYOND_MS", 300)
    async with service_on(server, OPERATION) as service:
        adapter, observer = await service.caller("adapter"), await service.caller("observer")
        async with events_of(observer) as wire:
            assert (await adapter.get("/channels/pbx/work")).status == 200
            told = [(await wire.frame("event"))["event"]["type"] for _ in range(2)]
            assert told == ["channel.up", "channel.silent"]
        async with wire_of(adapter) as socket:
            await socket.frame("snapshot")


async def test_a_lease_goes_with_the_polls_to_another_process(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(polled, "BEYOND_MS", 0)
    async with service_on(server, OPERATION) as service:
        served = service.served
        here, there = (Polled(served.engine, name, served.clock) for name in ("here", "there"))
        await here.take("pbx", "main", "poll-1", 0, SYSTEM)
        await here.take("pbx", "branch", "poll-1", 0, SYSTEM)
        await there.take("pbx", "main", "poll-1", 60_000, SYSTEM)
        running = asyncio.create_task(here.run())
        observer = await service.caller("observer")
        async with events_of(observer, after=0) as wire:
            while (event := (await wire.frame("event"))["event"])["type"] != "channel.silent":
                pass
        assert event["account"] == "branch", "its lease was over here; the other's goes on there"
        await served.engine.do(CloseChannel(channel="pbx", account="main", connection="poll-1", process="there"))
        await served.engine.do(OpenChannel(channel="pbx", account="main", connection="2", process="there"))
        running.cancel()
        await asyncio.wait([running])


async def test_nonsense_is_refused(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        adapter = await service.caller("adapter")
        wrong: list[tuple[str, dict[str, Any]]] = [
            ("/channels/pbx", {"status": "down"}),
            ("/channels/pbx", {"capabilities": "hold"}),
            ("/channels/pbx", {"account": ""}),
            ("/channels/pbx", {"surprise": 1}),
            ("/channels/pbx/sessions", {"external_ids": []}),
            ("/channels/pbx/sessions", {"as_of": -1, "external_ids": []}),
            ("/channels/pbx/sessions", {"as_of": 1, "external_ids": [1]}),
        ]
        for path, body in wrong:
            said = await adapter.put(path, body)
            assert (said.status, said.code) == (400, "malformed"), body
