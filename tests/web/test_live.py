"""What every socket keeps: it is there as long as its reader is, and no longer; it goes on when the store is back."""

from __future__ import annotations

import asyncio
import dataclasses
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from router.engine.acts.reading import GetAgent, GetMoment
from router.engine.address import Address
from router.service import feed as feed_module
from router.service import lease
from router.service.tokens import Tokens
from router.web import live, outbox
from tests.helpers.desk import desk_at_work, desk_of
from tests.helpers.proxy import proxied
from tests.helpers.service import process_on, service_on
from tests.helpers.turns import turn

if TYPE_CHECKING:
    from pathlib import Path

    from router.domain.events import Event
    from tests.helpers.servers import Server
    from tests.helpers.service import Caller, Service

OPERATION = """
[queues.private]
target_s = 40
[[routes]]
queue = "private"
[agents]
anna = { queues = ["private"], media = ["voice", "chat"] }
boris = { queues = ["private"], media = ["voice", "chat"] }
"""

PACE = 5.0
"""So much faster than the wall a workspace's clock runs where a test waits for time to pass."""


async def post(service: Service, number: str = "1", **fields: Any) -> Any:
    adapter = await service.caller("adapter")
    said = await adapter.post("/contacts", {"channel": "telegram", "external_id": number, **fields})
    assert said.status == 201, said.body
    return said.body


def silent_socket(caller: Caller, agent: str) -> Any:
    """A socket of a client that answers no ping of itself."""
    url = f"{caller.service.url}/agents/{agent}/live"
    return caller.service.session.ws_connect(url, headers=caller.headers, autoping=False)


async def state_of(service: Service, agent: str) -> str:
    return (await service.served.engine.do(GetAgent(agent=agent))).result.state


async def connections_of(service: Service, agent: str) -> int:
    return (await service.served.engine.do(GetAgent(agent=agent))).result.burden.connections


async def happened(service: Service, kind: str, agent: str, after: int = 0) -> Any:
    """Wait for an event of an agent."""
    with service.served.feed.listen(lambda event: event.type == kind and event.agent == agent) as listener:
        seq = service.served.feed.seq
        past = await service.served.feed.past(after, seq, lambda event: event.type == kind and event.agent == agent)
        async with asyncio.timeout(10):
            return (past or await listener.next())[0]


async def test_a_browser_brings_its_token_as_a_subprotocol(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    async with service_on(server, OPERATION) as service:
        anna = await service.caller("agent", agent="anna")
        url = f"{service.url}/agents/anna/live"
        offered = ("contact-router.v1", f"bearer.{anna.secret}")
        async with service.session.ws_connect(url, protocols=offered) as socket:
            assert socket.protocol == "contact-router.v1"
            assert (await socket.receive_json())["type"] == "snapshot"
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await service.session.ws_connect(url, protocols=(f"bearer.{anna.secret}",))
        assert refused.value.status == 400
        assert anna.secret
        assert anna.secret not in caplog.text
        said = await anna.get("/agents/anna/live")
        assert (said.status, said.code) == (400, "malformed"), "no websocket"
        said = await anna.get("/agents/anna/live?after=-1")
        assert (said.status, said.code) == (400, "malformed")


async def test_two_windows_one_closed_and_he_is_still_there(server: Server) -> None:
    async with service_on(server, OPERATION, pace=PACE) as service, desk_at_work(service, "anna") as first:
        anna = await service.caller("agent", agent="anna")
        async with desk_of(anna, "anna") as second:
            assert (await second.frame())["agent"]["connections"] == 2
        contact = await post(service)
        offered = await first.frame("offer")
        assert offered["offer"]["contact"]["id"] == contact["id"]
        assert await state_of(service, "anna") == "reserved"


async def test_both_windows_hear_the_same(server: Server) -> None:
    async with service_on(server, OPERATION) as service, desk_at_work(service, "anna") as first:
        anna = await service.caller("agent", agent="anna")
        async with desk_of(anna, "anna") as second:
            await second.frame()
            contact = await post(service)
            offer = (await first.frame("offer"))["offer"]["id"]
            assert (await second.frame("offer"))["offer"]["id"] == offer
            await second.ask("accept", offer=offer)
            assert (await first.frame("contact"))["contact"]["id"] == contact["id"]
            assert (await first.ask("accept", offer=offer))["status"] == 200, "he has it already"


async def test_nothing_older_follows_an_answer(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    async with service_on(server, OPERATION) as service, desk_at_work(service, "anna") as desk:
        anna, standing = await service.caller("agent", agent="anna"), service.served.standing
        read = standing.of

        async def once_accepted(agents: Any, contacts: Any) -> Any:
            """He accepts while the frame of his offer is made."""
            monkeypatch.setattr(standing, "of", read)
            (work,) = (await service.served.engine.do(GetAgent(agent="anna"))).result.burden.work
            said = await anna.post(f"/offers/{work.contact}.1/accept")
            assert said.status == 200, said.body
            return await read(agents, contacts)

        monkeypatch.setattr(standing, "of", once_accepted)
        await post(service)
        told = await desk.frame("offer", "contact")
        assert (told["type"], told["contact"]["state"]) == ("contact", "assigned")


async def test_a_desk_without_a_network_loses_its_offer_in_3_s_and_its_presence_in_15(server: Server) -> None:
    async with service_on(server, OPERATION, pace=PACE) as service:
        caller = await service.caller("agent", agent="anna")
        async with silent_socket(caller, "anna") as socket:
            await caller.put("/agents/anna/presence", {"presence": "available"})
            connected = await happened(service, "agent.connected", "anna")
            contact = await post(service)
            async with desk_at_work(service, "boris") as boris:
                offered = await boris.frame("offer")
                assert offered["offer"]["contact"]["id"] == contact["id"]
                undelivered = await happened(service, "offer.undelivered", "anna")
                made = await happened(service, "offer.made", "anna")
                assert undelivered.at_ms - made.at_ms <= 3_100
                lost = await happened(service, "agent.lost", "anna")
                assert 14_900 <= lost.at_ms - connected.at_ms <= 16_500
                assert await state_of(service, "anna") == "offline"
            assert not socket.closed


async def test_a_tab_that_only_answers_pings_stays(server: Server) -> None:
    async with service_on(server, OPERATION, pace=PACE) as service:
        caller = await service.caller("agent", agent="anna")
        async with silent_socket(caller, "anna") as socket:
            await caller.put("/agents/anna/presence", {"presence": "available"})
            pings = 0
            while pings < 5:  # 25 s of the workspace
                message = await socket.receive(timeout=10)
                if message.type is aiohttp.WSMsgType.PING:
                    pings += 1
                    await socket.pong(message.data)
            assert await state_of(service, "anna") == "idle"
            adapter = await service.caller("adapter")
            await adapter.post("/contacts", {"channel": "telegram", "external_id": "1"})
            assert await state_of(service, "anna") == "reserved"


async def test_who_closes_his_desk_keeps_his_grace(server: Server) -> None:
    async with service_on(server, OPERATION, pace=PACE) as service:
        async with desk_at_work(service, "anna"):
            pass
        gone = await happened(service, "agent.disconnected", "anna")
        lost = await happened(service, "agent.lost", "anna")
        assert lost.at_ms - gone.at_ms >= 14_000


async def test_a_reader_too_far_behind_is_told_to_begin_anew(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    async with service_on(server, OPERATION) as service:
        anna = await service.caller("agent", agent="anna")
        said = await anna.get(
            "/agents/anna/live?after=1000000",
            Connection="Upgrade",
            Upgrade="websocket",
            Sec_WebSocket_Version="13",
            Sec_WebSocket_Key="AAAAAAAAAAAAAAAAAAAAAA==",
        )
        assert (said.status, said.code) == (410, "events_trimmed")
        monkeypatch.setattr(live, "RESUMED", 1)
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await service.session.ws_connect(f"{service.url}/agents/anna/live?after=1", headers=anna.headers)
        assert refused.value.status == 410
        await happened(service, "agent.disconnected", "anna")


async def test_a_slow_reader_is_cut_off(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "DRAINED_S", 0.3)
    monkeypatch.setattr(outbox, "OUTBOX_MAX", 4)
    async with service_on(server, OPERATION) as service, desk_at_work(service, "anna") as desk:
        contact = await post(service, attributes={"long": "x" * 200_000})
        await desk.ask("accept", offer=(await desk.frame("offer"))["offer"]["id"])
        adapter, anna = await service.caller("adapter"), await service.caller("agent", agent="anna")
        async with silent_socket(anna, "anna"):
            assert await connections_of(service, "anna") == 2
            number = 0
            while await connections_of(service, "anna") == 2:
                number += 1
                await adapter.patch(f"/contacts/{contact['id']}", {"tags": [str(number)]})
                assert number < 1000
        assert (await desk.ask("ready"))["status"] == 200, "the one who reads goes on"


async def test_a_listener_far_behind_is_cut_off(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_module, "BEHIND", 3)
    async with service_on(server, OPERATION) as service:
        with service.served.feed.listen(lambda _event: True) as listener:
            for number in range(4):
                await post(service, str(number))
            last = (await service.served.engine.do(GetMoment())).seq
            while service.served.feed.seq < last:
                await turn()
            with pytest.raises(feed_module.Overrun):
                await listener.next()


async def test_the_past_is_read_from_the_store_once(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    async with service_on(server, OPERATION) as first:
        await post(first, "1")
        async with process_on(server, first.served.engine.workspace) as service:
            feed = service.served.feed
            await post(service, "2")
            upto = (await service.served.engine.do(GetMoment())).seq
            told = await feed.page(None, 1000)
            reads: list[int] = []
            page = feed.page

            async def counted(after: int | None, most: int) -> list[Event]:
                reads.append(after or 0)
                return await page(after, most)

            monkeypatch.setattr(feed, "page", counted)
            for after in range(upto - 1, -1, -1):
                assert await feed.past(after, upto, lambda _event: True) == told[after:]
            while feed.seq < upto:
                await turn()
            reads.clear()
            assert await feed.past(0, upto, lambda _event: True) == told
            assert await feed.past(1, upto - 1, lambda event: event.contact is not None) == [
                event for event in told[1:-1] if event.contact is not None
            ]
            assert reads == []


async def test_a_revoked_token_closes_its_sockets(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        caller = await service.caller("agent", agent="anna")
        known = await service.served.tokens.who(caller.secret or "")
        async with desk_of(caller, "anna") as desk:
            await desk.frame()
            elsewhere = Tokens(service.served.engine, service.served.clock)
            await elsewhere.revoke(known.id)
            async with asyncio.timeout(2):
                assert await desk.closed() == 4401
        assert (await caller.get("/agents/anna/work")).status == 401


async def test_an_expired_token_closes_its_sockets(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        caller = await service.caller("agent", agent="anna", expires_at=service.served.wall_ms() + 700)
        async with desk_of(caller, "anna") as desk:
            await desk.frame()
            async with asyncio.timeout(3):
                assert await desk.closed() == 4401


async def test_when_the_process_ends_its_sockets_are_told(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "JITTER_S", 0.1)
    async with service_on(server, OPERATION) as service, desk_at_work(service, "anna") as desk:
        service.served.closing.set()
        assert await desk.closed() == 1001
        assert await state_of(service, "anna") == "idle", "he keeps his place while he finds another process"


async def test_a_socket_outlives_the_store_being_away(server: Server, tmp_path: Path) -> None:
    path = Address(path=str(tmp_path / "proxy.sock"))
    before = dataclasses.replace(server, address=path)
    async with AsyncExitStack() as stack:
        away = await stack.enter_async_context(AsyncExitStack())
        await away.enter_async_context(proxied(server.address, path))
        service = await stack.enter_async_context(service_on(before, OPERATION, pace=PACE))
        desk = await stack.enter_async_context(desk_at_work(service, "anna"))
        adapter = await service.caller("adapter")
        await away.aclose()
        until = service.served.wall_ms() + 16_000
        while service.served.wall_ms() < until:  # longer than any lease
            answer = await desk.ask("ready")
            assert (answer["status"], answer["body"]["code"]) == (503, "store_away")
        async with proxied(server.address, path):
            while (
                not service.served.events.connected
            ):  # so fast is the clock here, that the offer would be over by then
                await turn()
            contact = await _posted(adapter)
            offered = await desk.frame("offer")
            assert offered["offer"]["contact"]["id"] == contact["id"]
            assert (await desk.ask("accept", offer=offered["offer"]["id"]))["status"] == 200
            events = await service.served.feed.page(None, 1000)
            assert "agent.lost" not in {event.type for event in events}, "nobody could renew, so nobody's time was up"
            await stack.pop_all().aclose()


async def _posted(adapter: Caller) -> Any:
    """A contact, posted until the store is there."""
    async with asyncio.timeout(10):
        while True:
            said = await adapter.post("/contacts", {"channel": "telegram", "external_id": "1"})
            if said.status == 201:
                return said.body
            assert said.code == "store_away"


async def test_a_process_whose_lease_lapsed_takes_its_sockets_back(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lease, "RENEWED_EVERY_S", 20.0)
    async with service_on(server, OPERATION, pace=PACE) as service, desk_at_work(service, "anna") as desk:
        lost = await happened(service, "agent.lost", "anna")
        await happened(service, "agent.connected", "anna", after=lost.seq)
        contact = await post(service)
        assert (await desk.frame("offer"))["offer"]["contact"]["id"] == contact["id"]
