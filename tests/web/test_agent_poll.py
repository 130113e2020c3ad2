"""An agent's work by polls: what his socket would have told, asked for."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from router.engine.acts.reading import GetAgent
from router.service import feed, polled
from router.web import live
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
boris = { queues = ["private"], media = ["voice", "chat"] }
"""


async def polling(service: Service, agent: str) -> tuple[Caller, int]:
    """An agent who polls and is available, and his first poll's `seq`."""
    caller = await service.caller("agent", agent=agent)
    first = await caller.get(f"/agents/{agent}/work")
    assert [frame["type"] for frame in first.body["frames"]] == ["snapshot"]
    await caller.put(f"/agents/{agent}/presence", {"presence": "available"})
    return caller, first.body["seq"]


async def post(service: Service, number: str = "1") -> Any:
    adapter = await service.caller("adapter")
    return (await adapter.post("/contacts", {"channel": "telegram", "external_id": number})).body


async def work(caller: Caller, agent: str, after: int, wait_s: float = 5) -> Any:
    said = await caller.get(f"/agents/{agent}/work?after={after}&wait_s={wait_s}")
    assert said.status == 200, said.body
    return said.body


async def waits(service: Service, agent: str) -> None:
    """Until his poll of half a minute or more waits."""
    while True:
        answer = await service.served.engine.do(GetAgent(agent=agent))
        if (answer.result.due or 0) - answer.now > 90_000:
            return


def frames_of(body: Any, kind: str) -> list[Any]:
    return [frame for frame in body["frames"] if frame["type"] == kind]


async def test_an_agent_works_by_polls_alone(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        anna, seq = await polling(service, "anna")
        known = await work(anna, "anna", seq)
        assert frames_of(known, "agent")[-1]["agent"]["presence"] == "available"
        waiting = asyncio.create_task(work(anna, "anna", known["seq"]))
        contact = await post(service)
        offered = await waiting
        offer = frames_of(offered, "offer")[0]["offer"]
        assert (offer["contact"]["id"], offer["delivered_at"]) == (contact["id"], None)
        acknowledged = await work(anna, "anna", offered["seq"])
        assert frames_of(acknowledged, "offer")[0]["offer"]["expires_at"] is not None
        assert (await anna.post(f"/offers/{offer['id']}/accept")).body["state"] == "assigned"
        taken = await work(anna, "anna", acknowledged["seq"])
        assert frames_of(taken, "contact")[0]["contact"]["agent"] == "anna"
        nothing = await work(anna, "anna", taken["seq"], wait_s=0)
        assert (nothing["frames"], nothing["seq"]) == ([], taken["seq"])


async def test_a_poll_from_before_the_offer_does_not_acknowledge_it(server: Server) -> None:
    async with service_on(server, OPERATION, pace=10) as service:
        anna, seq = await polling(service, "anna")
        contact = await post(service)
        again = await work(anna, "anna", seq)
        (offer,) = frames_of(again, "offer")
        assert offer["offer"]["delivered_at"] is None
        gone = await work(anna, "anna", offer["seq"] - 1)
        while not frames_of(gone, "offer.gone"):
            gone = await work(anna, "anna", offer["seq"] - 1)
        assert frames_of(gone, "offer.gone")[0]["state"] == "undelivered"
        assert frames_of(gone, "offer") == [], "nobody has had it"
        assert contact["id"]


async def test_between_polls_he_is_there_for_75_s_beyond_their_wait(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        anna, seq = await polling(service, "anna")
        for wait_s in (0, 0.3):
            await work(anna, "anna", service.served.feed.seq or seq, wait_s=wait_s)
            answer = await service.served.engine.do(GetAgent(agent="anna"))
            assert answer.result.due is not None
            assert 74_000 <= answer.result.due - answer.now <= 75_000 + wait_s * 1000
            assert answer.result.burden.connections == 1, "each poll is the same desk"


async def test_who_polls_no_more_is_lost(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(polled, "BEYOND_MS", 300)
    async with service_on(server, OPERATION) as service:
        anna, _seq = await polling(service, "anna")
        while (state := (await anna.get("/agents/anna")).body["state"]) != "offline":
            assert state == "idle"
        assert (await anna.get("/agents/anna")).body["presence"] == "available", "what he chose stays"


async def test_a_poll_too_far_behind_is_told_to_begin_anew(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    async with service_on(server, OPERATION) as service:
        anna, _seq = await polling(service, "anna")
        said = await anna.get("/agents/anna/work?after=1000000")
        assert (said.status, said.code) == (410, "events_trimmed")
        monkeypatch.setattr(live, "RESUMED", 1)
        said = await anna.get("/agents/anna/work?after=0")
        assert (said.status, said.code) == (410, "events_trimmed")
        monkeypatch.undo()
        monkeypatch.setattr(feed, "BEHIND", 0)
        waiting = asyncio.create_task(anna.get(f"/agents/anna/work?after={service.served.feed.seq}&wait_s=30"))
        await waits(service, "anna")
        await post(service)
        said = await waiting
        assert (said.status, said.code) == (410, "events_trimmed")


async def test_a_poll_waits_no_longer_than_its_process_lives(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        anna, _seq = await polling(service, "anna")
        known = await anna.get("/agents/anna/work?after=0")
        waiting = asyncio.create_task(anna.get(f"/agents/anna/work?after={known.body['seq']}&wait_s=60"))
        await waits(service, "anna")
        service.served.closing.set()
        async with asyncio.timeout(5):
            assert (await waiting).body["frames"] == []


async def test_a_revoked_token_gets_nothing_more_from_its_poll(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        anna, _seq = await polling(service, "anna")
        known = await service.served.tokens.who(anna.secret or "")
        seen = await anna.get("/agents/anna/work?after=0")
        waiting = asyncio.create_task(anna.get(f"/agents/anna/work?after={seen.body['seq']}&wait_s=30"))
        await waits(service, "anna")
        await service.served.tokens.revoke(known.id)
        await post(service)
        assert (await waiting).status == 401


async def test_what_a_poll_may_ask(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        anna, _seq = await polling(service, "anna")
        for query in ("after=x", "after=-1", "wait_s=61", "wait_s=x", "after=1&after=2", "surprise=1"):
            said = await anna.get(f"/agents/anna/work?{query}")
            assert (said.status, said.code) == (400, "malformed"), query
