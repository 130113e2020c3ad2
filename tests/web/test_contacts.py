"""Contacts over HTTP: what an adapter sees of their lives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.helpers.service import service_on

if TYPE_CHECKING:
    from tests.helpers.servers import Server

OPERATION = """
[powers]
refund = "EUR"
[queues.private]
target_s = 40
[[routes]]
queue = "private"
[agents]
anna = { queues = ["private"], media = ["voice"], powers.refund = 300 }
"""

CALL = {"channel": "phone", "external_id": "1795343165.0", "customer": {"id": "+79131234567"}}


async def test_a_contact_is_created_once_and_read_again(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        adapter = await service.caller("adapter", channel="phone")
        first = await adapter.post("/contacts", CALL | {"attributes": {"dialled": "611"}})
        again = await adapter.post("/contacts", CALL | {"attributes": {"dialled": "611"}})
        assert (first.status, again.status) == (201, 200)
        assert first.body["id"] == again.body["id"]
        assert first.body["attributes"] == {"dialled": "611"}
        other = await adapter.post("/contacts", CALL | {"attributes": {"dialled": "612"}})
        assert (other.status, other.code) == (409, "external_id_conflict")
        read = await adapter.get(f"/contacts/{first.body['id']}")
        assert (read.status, read.body["state"], read.body["position"]) == (200, "queued", 1)
        assert read.body["estimated_wait_reason"] == "nobody_signed_in"


async def test_a_stranger_gets_nothing(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        said = await service.stranger().post("/contacts", CALL)
        assert (said.status, said.code) == (401, "unauthorized")


async def test_what_is_not_documented_is_refused(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        adapter = await service.caller("adapter", channel="phone")
        for body in (CALL | {"surprise": 1}, CALL | {"priority": 99}, b"{", {"channel": "phone"}, b"[]", b"\xff"):
            said = await adapter.post("/contacts", body)
            assert (said.status, said.code) == (400, "malformed"), body


async def test_a_time_of_another_age_is_refused(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        adapter = await service.caller("adapter", channel="phone")
        for moment in ("9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+12:00"):
            for field in ("not_before", "arrived_at"):
                said = await adapter.post("/contacts", CALL | {field: moment})
                assert (said.status, said.code) == (400, "malformed"), (field, moment)


async def test_an_answer_says_which_event_it_knows_of(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        adapter = await service.caller("adapter", channel="phone")
        said = await adapter.post("/contacts", CALL)
        events = await service.served.feed.page(None, 1000)
        assert 0 < int(said.headers["Event-Seq"]) <= events[-1].seq


async def test_a_repeated_call_gets_the_first_answer_whatever_has_changed_since(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        adapter, supervisor = await service.caller("adapter"), await service.caller("supervisor")
        agent = await service.caller("agent", agent="anna")
        await agent.put("/agents/anna/presence", {"presence": "available"})
        await agent.get("/agents/anna/work")
        posted = (await adapter.post("/contacts", CALL)).body
        offer = (await adapter.get(f"/contacts/{posted['id']}")).body["offer"]
        taken = (await agent.post(f"/offers/{offer}/accept")).body
        transfer = {"queue": "private", "requirement": {"powers": {"refund": 301}}}
        path, version = f"/contacts/{taken['id']}/transfer", str(taken["version"])
        first = await agent.post(path, transfer, Idempotency_Key="k", If_Match=version)
        assert (first.status, first.body["state"], first.body["agent"]) == (200, "queued", None)
        await supervisor.post(f"/contacts/{taken['id']}/cancel")
        again = await agent.post(path, transfer, Idempotency_Key="k", If_Match=version)
        assert (again.status, again.body["state"], again.body["version"]) == (200, "queued", first.body["version"])
        reused = await agent.post(path, {"queue": "private"}, Idempotency_Key="k", If_Match=version)
        assert (reused.status, reused.code) == (422, "idempotency_key_reused")
        without = await agent.post(path, transfer)
        assert (without.status, without.code) == (404, "unknown_contact")
