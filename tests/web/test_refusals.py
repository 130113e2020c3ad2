"""Every refusal of the table happens by HTTP."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from router.domain.refusals import REFUSALS
from router.kit.errors import NotReplicated
from router.service import contacts as contacts_service
from router.service import limits
from router.web.options import WebOptions
from tests.helpers.adapter import upgrade
from tests.helpers.desk import desk_at_work
from tests.helpers.scene import OPERATION, Scene, is_problem, scene_on
from tests.helpers.service import Said, service_on

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.helpers.servers import Server

NOT_BY_HTTP = {
    "unknown_token": "tokens are listed and revoked by the command line",
    "wrong_clock": "between the router and its engine: a process that was started otherwise than the others ends",
    "exists": "between the router and its engine: two ids never are the same",
}
"""Code → why no request is answered so."""

BY_HTTP: dict[str, Callable[[Scene], Awaitable[Said]]] = {}


def by_http(provoke: Callable[[Scene], Awaitable[Said]]) -> None:
    BY_HTTP[provoke.__name__] = provoke


@by_http
async def malformed(scene: Scene) -> Said:
    return await scene.adapter.post("/contacts", b"{")


@by_http
async def unauthorized(scene: Scene) -> Said:
    return await scene.service.stranger().get("/me")


@by_http
async def wrong_role(scene: Scene) -> Said:
    return await scene.adapter.get("/agents")


@by_http
async def foreign_origin(scene: Scene) -> Said:
    return await scene.adapter.get("/channels/phone/live", Origin="https://elsewhere.example")


@by_http
async def unknown_path(scene: Scene) -> Said:
    return await scene.adapter.get("/nothing")


@by_http
async def unknown_workspace(scene: Scene) -> Said:
    scene.service.url = scene.service.url.rpartition("/")[0] + "/elsewhere"
    return await scene.adapter.get("/me")


@by_http
async def unknown_contact(scene: Scene) -> Said:
    return await scene.adapter.get("/contacts/none")


@by_http
async def unknown_offer(scene: Scene) -> Said:
    anna = await scene.service.caller("agent", agent="anna")
    return await anna.post("/offers/none/accept")


@by_http
async def unknown_agent(scene: Scene) -> Said:
    return await scene.supervisor.get("/agents/nobody")


@by_http
async def unknown_queue(scene: Scene) -> Said:
    return await scene.supervisor.get("/queues/none")


@by_http
async def unknown_customer(scene: Scene) -> Said:
    return await scene.supervisor.get("/customers/nobody")


@by_http
async def unknown_channel(scene: Scene) -> Said:
    return await scene.adapter.post("/contacts", {"channel": "pigeon", "external_id": "1"})


@by_http
async def wrong_method(scene: Scene) -> Said:
    said = await scene.adapter.call("DELETE", "/me")
    assert said.headers["Allow"] == "GET"
    return said


@by_http
async def too_slow(scene: Scene) -> Said:
    async def slow() -> Any:
        yield b"{"
        await asyncio.Event().wait()

    url, headers = scene.service.url + "/contacts", scene.adapter.headers
    async with scene.service.session.post(url, data=slow(), headers=headers) as response:
        return Said(response.status, await response.json(content_type=None), response.headers)


@by_http
async def taken(scene: Scene) -> Said:
    async with scene.adapter.socket("/channels/pbx/live"):
        other = await scene.service.caller("adapter")
        return await upgrade(other, "/channels/pbx/live")


@by_http
async def wrong_state(scene: Scene) -> Said:
    return await scene.adapter.post(f"/contacts/{(await scene.contact())['id']}/connected")


@by_http
async def thread_open(scene: Scene) -> Said:
    await scene.contact("1", thread="42")
    return await scene.adapter.post("/contacts", {"channel": "telegram", "external_id": "2", "thread": "42"})


@by_http
async def external_id_conflict(scene: Scene) -> Said:
    await scene.contact("1")
    return await scene.adapter.post("/contacts", {"channel": "telegram", "external_id": "1", "tags": ["other"]})


@by_http
async def not_capable(scene: Scene) -> Said:
    contact = await scene.contact()
    return await scene.supervisor.post(f"/contacts/{contact['id']}/transfer", {"agent": "boris"})


@by_http
async def needs_force(scene: Scene) -> Said:
    for number in range(21):
        last = await scene.adapter.post("/contacts", {"channel": "pbx", "external_id": str(number)})
        assert last.status == 201
    return await scene.adapter.put("/channels/pbx/sessions", {"as_of": 10**6, "external_ids": []})


@by_http
async def offer_gone(scene: Scene) -> Said:
    async with desk_at_work(scene.service, "anna") as desk:
        offer = await scene.offered(desk)
        await scene.adapter.post(f"/contacts/{offer['contact']['id']}/left")
        anna = await scene.service.caller("agent", agent="anna")
        return await anna.post(f"/offers/{offer['id']}/accept")


@by_http
async def events_trimmed(scene: Scene) -> Said:
    return await scene.supervisor.get("/events?after=1000000")


@by_http
async def unknown_message(scene: Scene) -> Said:
    return await scene.adapter.post("/messages/none.m1/state", {"state": "sent"})


@by_http
async def too_late(scene: Scene) -> Said:
    return await scene.supervisor.post(f"/contacts/{await scene.over()}/messages", {"text": "Здравствуйте!"})


@by_http
async def stale(scene: Scene) -> Said:
    return await scene.adapter.post(f"/contacts/{(await scene.contact())['id']}/left", If_Match='"99"')


@by_http
async def too_large(scene: Scene) -> Said:
    return await scene.adapter.post("/contacts", b" " * (300 * 1024))


@by_http
async def idempotency_key_reused(scene: Scene) -> Said:
    body = {"channel": "telegram", "external_id": "1"}
    await scene.adapter.post("/contacts", body, Idempotency_Key="k")
    return await scene.adapter.post("/contacts", body | {"external_id": "2"}, Idempotency_Key="k")


@by_http
async def too_many(scene: Scene) -> Said:
    caller = {"channel": "telegram", "customer": {"id": "caller"}}
    burst = round(limits.CUSTOMER_BURST) + 20
    said = [await scene.adapter.post("/contacts", caller | {"external_id": str(one)}) for one in range(burst)]
    assert [each.status for each in said[:20]] == [201] * 20
    other = await scene.adapter.post("/contacts", {"channel": "telegram", "external_id": "other"})
    assert other.status == 201
    refused = next(each for each in said if each.status != 201)
    assert refused.headers["Retry-After"] == "1"
    return refused


@by_http
async def internal(scene: Scene) -> Said:
    scene.monkeypatch.setattr(scene.service.served.limits, "take", None)
    return await scene.adapter.post("/contacts", {"channel": "telegram", "external_id": "1"})


@by_http
async def unknown_command(scene: Scene) -> Said:
    return await scene.adapter.post("/commands/none.c1", {"status": "done"})


@by_http
async def unsupported(scene: Scene) -> Said:
    async with desk_at_work(scene.service, "anna") as desk:
        contact = await scene.talking(desk)
        return await scene.supervisor.post(f"/contacts/{contact}/commands", {"command": "hold"})


@by_http
async def unseen(scene: Scene) -> Said:
    async with desk_at_work(scene.service, "anna") as desk:
        return await scene.supervisor.post(f"/contacts/{await scene.written(desk)}/complete", {"seen": 0})


@by_http
async def store_away(scene: Scene) -> Said:
    scene.lose_the_store()
    said = await scene.adapter.get("/contacts/1")
    assert said.headers["Retry-After"] == "1"
    return said


@by_http
async def not_replicated(scene: Scene) -> Said:
    scene.lose_the_store(NotReplicated("no replica has it"))
    said = await scene.adapter.get("/contacts/1")
    assert said.headers["Retry-After"] == "1"
    return said


@by_http
async def old_operation(scene: Scene) -> Said:
    scene.monkeypatch.setattr(contacts_service, "_TRIES", 0)
    return await scene.adapter.post("/contacts", {"channel": "telegram", "external_id": "1"})


@pytest.mark.parametrize("code", REFUSALS)
async def test_every_refusal_happens_by_http(server: Server, monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    assert set(REFUSALS) >= set(NOT_BY_HTTP)
    if code in NOT_BY_HTTP:
        assert code not in BY_HTTP
        return
    options = WebOptions(body_limit_s=0.2) if code == "too_slow" else WebOptions()
    async with service_on(server, OPERATION, options) as service:
        with monkeypatch.context() as patched:
            said = await BY_HTTP[code](await scene_on(service, patched))
        assert (said.status, said.code) == (REFUSALS[code].status, code), said.body
        assert said.headers["Content-Type"] == "application/problem+json"
        assert is_problem(said.body, code)
