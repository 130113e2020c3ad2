"""The channel's socket: how an adapter hears what to do, and who holds its account."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import aiohttp

from router.engine.acts.workspace import CloseChannel, OpenChannel
from router.web import live
from tests.helpers.adapter import Wire, arrive, events_of, upgrade, wire_of
from tests.helpers.desk import LIMIT_S, desk_at_work
from tests.helpers.service import Caller, process_on, service_on

if TYPE_CHECKING:
    import pytest

    from tests.helpers.servers import Server

OPERATION = """
[queues.private]
target_s = 40
[[routes]]
queue = "private"
[agents]
anna = { queues = ["private"], media = ["voice", "chat"], phone = "PJSIP/1001" }
"""


PACE = 5.0
"""So much faster than the wall the workspace's clock runs where a test waits for time to pass."""


async def event(wire: Wire, *types: str) -> Any:
    """The next event of these types."""
    async with asyncio.timeout(LIMIT_S):
        while (found := (await wire.frame("event"))["event"])["type"] not in types:
            pass
    return found


async def test_the_adapters_side_of_one_call(server: Server) -> None:
    async with service_on(server, OPERATION) as service, desk_at_work(service, "anna") as desk:
        adapter = await service.caller("adapter", channel="pbx", account="main")
        async with wire_of(adapter) as wire:
            snapshot = await wire.frame()
            assert {name: snapshot[name] for name in ("type", "resumed", "contacts", "messages", "commands")} == {
                "type": "snapshot", "resumed": False, "contacts": [], "messages": [], "commands": [],
            }  # fmt: skip
            contact = (await arrive(adapter, customer={"id": "+79131234567"}))["id"]
            offered = await wire.told(contact, "offered")
            assert (offered["contact"]["agent"], offered["contact"]["connect"]) == ("anna", None)
            assert offered["seq"] > snapshot["seq"]
            await desk.ask("accept", offer=(await desk.frame("offer"))["offer"]["id"])
            ring = (await wire.told(contact, "assigned"))["contact"]
            assert (ring["agent"], ring["answered_at"]) == ("anna", None)
            assert (ring["connect"]["device"], ring["connect"]["attempt"]) == ("PJSIP/1001", 1)
            assert ring["connect"]["until"] is not None
            joined = await adapter.post(f"/contacts/{contact}/connected")
            assert joined.status == 200
            told = (await wire.told(contact, "assigned"))["contact"]
            assert (told["answered_at"], told["connect"]) == (joined.body["answered_at"], None)
            assert told == joined.body
            ended = await adapter.post(f"/contacts/{contact}/left")
            told = (await wire.told(contact, "closed"))["contact"]
            assert told == ended.body
            assert (told["ended_by"], told["session"]) == ("customer", "gone")


async def test_a_call_that_could_not_be_connected_is_told_with_its_next_attempt(server: Server) -> None:
    async with service_on(server, OPERATION) as service, desk_at_work(service, "anna") as desk:
        adapter = await service.caller("adapter")
        async with wire_of(adapter) as wire:
            contact = (await arrive(adapter))["id"]
            await desk.ask("accept", offer=(await desk.frame("offer"))["offer"]["id"])
            await wire.told(contact, "assigned")
            await adapter.post(f"/contacts/{contact}/connect-failed", {"reason": "channel"})
            back = (await wire.told(contact, "queued"))["contact"]
            assert (back["agent"], back["connect"]) == (None, None)


async def test_the_snapshot_has_all_that_is_open_with_a_session_or_without(server: Server) -> None:
    async with service_on(server, OPERATION) as service, desk_at_work(service, "anna") as desk:
        adapter = await service.caller("adapter")
        for channel in ("pbx", "telegram"):
            over = await arrive(adapter, "over", channel=channel)
            await adapter.post(f"/contacts/{over['id']}/cancel")
            await arrive(adapter, "elsewhere", channel=channel, account="branch")
            later = "2999-01-01T00:00:00Z"
            expected = [(await arrive(adapter, "later", channel=channel, not_before=later))["id"]]
            expected += [(await arrive(adapter, str(number), channel=channel))["id"] for number in range(250)]
            async with wire_of(adapter, channel) as wire:
                snapshot = await wire.frame("snapshot")
                assert [contact["id"] for contact in snapshot["contacts"]] == expected
        assert (await desk.frame("offer"))["offer"] is not None


async def test_only_one_holds_an_account(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        adapter = await service.caller("adapter", channel="pbx")
        async with wire_of(adapter) as wire:
            await wire.frame("snapshot")
            second = await upgrade(adapter, "/channels/pbx/live")
            assert (second.status, second.code) == (409, "taken")
            assert (await adapter.get("/channels/pbx/work")).code == "taken"
            async with wire_of(adapter, account="branch") as other:
                assert (await other.frame("snapshot"))["contacts"] == []


async def test_who_stands_by_takes_over_with_a_snapshot(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        adapter, observer = await service.caller("adapter"), await service.caller("observer")
        async with events_of(observer) as events, wire_of(adapter) as first:
            await first.frame("snapshot")
            async with wire_of(adapter, standby=1) as second:
                contact = await arrive(adapter)
                await first.told(contact["id"], "queued")
                await first.socket.close()
                snapshot = await second.frame()
                assert snapshot["type"] == "snapshot", "nothing was told to it before"
                assert [found["id"] for found in snapshot["contacts"]] == [contact["id"]]
                await event(events, "channel.silent")
                await event(events, "channel.up")
                await adapter.post(f"/contacts/{contact['id']}/left")
                await second.told(contact["id"], "abandoned")
            await event(events, "channel.silent")


async def test_who_lost_its_account_to_another_is_told_even_if_it_would_wait(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        served, adapter = service.served, await service.caller("adapter")
        async with events_of(await service.caller("observer")) as events, wire_of(adapter, standby=1) as wire:
            await wire.frame("snapshot")
            holder = (await event(events, "channel.up"))["data"]["holder"]
            # As when this process could not renew its lease for so long that all it held was lost.
            await served.engine.do(CloseChannel(channel="pbx", account="main", connection=holder))
            await served.engine.do(OpenChannel(channel="pbx", account="main", connection="other", process="other"))
            served.lease.generation += 1
            assert await wire.closed() == 4409


async def test_a_lease_that_lapsed_with_its_process_is_taken_anew(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        served, adapter = service.served, await service.caller("adapter")
        async with events_of(await service.caller("observer")) as events, wire_of(adapter) as wire:
            await wire.frame("snapshot")
            holder = (await event(events, "channel.up"))["data"]["holder"]
            await served.engine.do(CloseChannel(channel="pbx", account="main", connection=holder))
            served.lease.generation += 1
            assert (await event(events, "channel.up"))["data"]["holder"] == holder


async def test_the_same_holder_takes_it_back_and_the_older_socket_is_closed(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        workspace = service.served.engine.workspace
        adapter, observer = await service.caller("adapter"), await service.caller("observer")
        async with process_on(server, workspace) as other, events_of(observer) as events:
            elsewhere = Caller(other, adapter.secret)
            async with wire_of(adapter, holder="pbx-one-1") as first, wire_of(elsewhere, holder="pbx-one-1") as second:
                await first.frame("snapshot")
                assert (await second.frame())["type"] == "snapshot"
                assert await first.closed() == 4409
                contact = await arrive(adapter)
                await second.told(contact["id"], "queued")
                refused = await upgrade(elsewhere, "/channels/pbx/live?holder=pbx-two-2")
                assert (refused.status, refused.code) == (409, "taken")
                assert (await upgrade(elsewhere, "/channels/pbx/live")).code == "taken"
                ups = [await event(events, "channel.up") for _ in range(2)]
                assert ups[0]["data"]["holder"] != ups[1]["data"]["holder"]
            silent = await event(events, "channel.silent")
            assert silent["seq"] > ups[1]["seq"], "only when the second had gone"


async def test_who_stands_by_gets_what_the_holder_does_not_take_back(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        adapter = await service.caller("adapter")
        async with (
            wire_of(adapter, holder="pbx-one-1") as first,
            wire_of(adapter, standby=1, holder="pbx-two-2") as two,
        ):
            await first.frame("snapshot")
            async with wire_of(adapter, standby=1, holder="pbx-one-1") as again:
                assert (await again.frame())["type"] == "snapshot", "before the one that stands by"
                assert await first.closed() == 4409
            assert (await two.frame())["type"] == "snapshot"


async def test_a_shorter_lease_is_pinged_more_often_and_over_sooner(server: Server) -> None:
    async with service_on(server, OPERATION, pace=PACE) as service:
        adapter, clock = await service.caller("adapter"), service.served.clock
        url = f"{service.url}/channels/pbx/live?lease_s=4"
        async with service.session.ws_connect(url, headers=adapter.headers, autoping=False) as socket:
            await socket.receive()
            answered_ms = clock.monotonic_ms()
            for _ in range(8):
                ping = await socket.receive()
                assert ping.type is aiohttp.WSMsgType.PING
                before_ms, answered_ms = answered_ms, clock.monotonic_ms()
                assert answered_ms - before_ms < 2 * 1000 / PACE
                await socket.pong(ping.data)
            # From here it answers none.
            while (message := await socket.receive()).type is aiohttp.WSMsgType.PING:
                pass
            assert message.type is aiohttp.WSMsgType.CLOSED or message.type is aiohttp.WSMsgType.CLOSE
            assert 3900 / PACE < clock.monotonic_ms() - answered_ms < 6000 / PACE


async def test_who_waited_too_long_to_go_on_begins_with_the_present(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "RESUMED", 5)
    async with service_on(server, OPERATION) as service:
        adapter = await service.caller("adapter")
        async with wire_of(adapter) as first:
            seen = (await first.frame("snapshot"))["seq"]
            async with wire_of(adapter, standby=1, after=seen) as second:
                calls = [await arrive(adapter, str(number)) for number in range(10)]
                await first.told(calls[-1]["id"], "queued")
                await first.socket.close()
                snapshot = await second.frame()
                assert (snapshot["resumed"], len(snapshot["contacts"])) == (False, 10)


async def test_a_process_that_ends_gives_its_accounts_to_the_next(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        adapter, observer = await service.caller("adapter"), await service.caller("observer")
        async with wire_of(adapter) as wire:
            seq = (await wire.frame("snapshot"))["seq"]
            service.served.closing.set()
            assert await wire.closed() == 1001
        found = (await observer.get(f"/events?after={seq - 1}")).body["items"]
        assert [one["type"] for one in found] == ["channel.up", "channel.silent"]


async def test_an_adapter_that_answers_no_ping_loses_its_account(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "PINGED_EVERY_S", 0.1)
    monkeypatch.setattr(live, "SILENT_S", 0.5)
    async with service_on(server, OPERATION) as service:
        adapter, observer = await service.caller("adapter"), await service.caller("observer")
        async with adapter.socket("/channels/pbx/live") as socket:
            snapshot = await socket.receive_json()
            # From here nobody reads this socket, so nobody answers its pings.
            async with events_of(observer, after=snapshot["seq"]) as events:
                assert (await event(events, "channel.silent"))["account"] == "main"
            async with wire_of(adapter) as again:
                await again.frame("snapshot")


async def test_what_an_adapter_missed_it_hears_when_it_is_back(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        adapter = await service.caller("adapter")
        async with wire_of(adapter) as wire:
            ended, kept = await arrive(adapter, "1"), await arrive(adapter, "2")
            await wire.told(ended["id"], "queued")
            seen = (await wire.told(kept["id"], "queued"))["seq"]
        await adapter.post(f"/contacts/{ended['id']}/left")
        new = await arrive(adapter, "3")
        async with wire_of(adapter, after=seen, standby=1) as wire:
            snapshot = await wire.frame()
            assert (snapshot["type"], snapshot["resumed"]) == ("snapshot", True)
            assert [found["id"] for found in snapshot["contacts"]] == [kept["id"], new["id"]]
            first = await wire.told(ended["id"], "abandoned")
            second = await wire.told(new["id"], "queued")
            assert seen < first["seq"] < second["seq"] <= snapshot["seq"]
            await adapter.post(f"/contacts/{kept['id']}/left")
            assert (await wire.told(kept["id"], "abandoned"))["seq"] > snapshot["seq"]


async def test_an_after_that_is_not_of_this_stream_is_refused(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        adapter = await service.caller("adapter")
        assert (await upgrade(adapter, "/channels/pbx/live?after=123456")).code == "events_trimmed"
        async with wire_of(adapter) as wire:
            assert (await wire.frame())["type"] == "snapshot", "the refused one holds nothing"


async def test_every_change_is_told_while_contacts_come_and_go(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        adapter = await service.caller("adapter")
        seen: dict[str, str] = {}

        async def listen(after: int | None, until: int) -> int:
            query: dict[str, Any] = {} if after is None else {"after": after}
            async with wire_of(adapter, standby=1, **query) as wire:
                snapshot = await wire.frame("snapshot")
                seen.update({found["id"]: found["state"] for found in snapshot["contacts"]})
                seq = snapshot["seq"] if after is None else after
                while sum(state == "abandoned" for state in seen.values()) < until:
                    frame = await wire.frame("contact")
                    seen[frame["contact"]["id"]] = frame["contact"]["state"]
                    seq = max(seq, frame["seq"])
                return seq

        async def come_and_go() -> None:
            for number in range(60):
                contact = await arrive(adapter, str(number))
                await adapter.post(f"/contacts/{contact['id']}/left")

        async with asyncio.TaskGroup() as group:
            group.create_task(come_and_go())
            after = None
            for until in (10, 30, 60):
                after = await listen(after, until)
        assert list(seen.values()) == ["abandoned"] * 60


async def test_nobody_hears_of_anothers_account(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        branch = await service.caller("adapter", channel="pbx", account="branch")
        telegram = await service.caller("adapter", channel="telegram")
        for caller, path in (
            (branch, "/channels/pbx/live"),
            (branch, "/channels/telegram/live?account=branch"),
            (telegram, "/channels/pbx/live"),
            (await service.caller("adapter"), "/channels/fax/live"),
        ):
            said = await upgrade(caller, path)
            assert (said.status, said.code) == (404, "unknown_channel"), path
        for role in ("agent", "supervisor", "observer", "admin"):
            said = await upgrade(await service.caller(role, agent="anna"), "/channels/pbx/live")
            assert (said.status, said.code) == (403, "wrong_role"), role
        adapter = await service.caller("adapter")
        async with wire_of(adapter) as wire:
            await wire.frame("snapshot")
            await arrive(adapter, account="branch")
            await arrive(adapter, channel="telegram")
            contact = await arrive(adapter)
            assert (await wire.frame())["contact"]["id"] == contact["id"]


async def test_the_socket_only_tells(server: Server) -> None:
    async with service_on(server, OPERATION) as service, wire_of(await service.caller("adapter")) as wire:
        await wire.frame("snapshot")
        await wire.socket.send_str('{"id": "1", "do": "left"}')
        assert (await wire.answer(None))["body"]["code"] == "malformed"


async def test_what_is_asked_wrongly_is_refused(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        adapter = await service.caller("adapter")
        queries = ["account=", "standby=perhaps", "after=-1", "after=x", "surprise=1", "account=a&account=b"]
        queries += ["holder=short", "holder=" + 65 * "x", "holder=with%20blank"]
        for lease in ("2", "16", "nan"):
            queries.append(f"lease_s={lease}")
        for query in queries:
            assert (await upgrade(adapter, f"/channels/pbx/live?{query}")).code == "malformed", query
        assert (await adapter.get("/channels/pbx/live")).code == "malformed", "it is a socket"
