"""Every refusal of the table happens: by HTTP, and on the agent's socket where one of its words may be refused so."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from router.domain.refusals import REFUSALS
from router.kit.errors import NotReplicated
from router.service import contacts as contacts_service
from router.service import limits
from router.web.openapi import refusals_of
from router.web.options import WebOptions
from router.web.table import DO
from tests.helpers.adapter import upgrade
from tests.helpers.desk import Desk, desk_at_work
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

NOT_ON_THE_SOCKET = {
    "unauthorized": "a socket without a token is not opened; where the token is revoked, it is closed with 4401",
    "wrong_role": "what the socket does, every agent may",
    "unknown_workspace": "a socket is in its workspace",
    "too_slow": "frames have no time",
    "unknown_agent": "on his own socket an agent is himself; see `transfer` for others",
}
"""Code → why no frame is answered so."""


BY_HTTP: dict[str, Callable[[Scene], Awaitable[Said]]] = {}
ON_THE_SOCKET: dict[str, Callable[[Scene, Desk], Awaitable[Any]]] = {}


def by_http(provoke: Callable[[Scene], Awaitable[Said]]) -> None:
    BY_HTTP[provoke.__name__] = provoke


def on_the_socket(provoke: Callable[[Scene, Desk], Awaitable[Any]]) -> None:
    ON_THE_SOCKET[provoke.__name__.removesuffix("_")] = provoke


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
    return await scene.supervisor.post(f"/contacts/{await over(scene)}/messages", {"text": "Здравствуйте!"})


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
async def not_built(scene: Scene) -> Said:
    return await scene.adapter.post("/commands/1")


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


@on_the_socket
async def malformed_(_scene: Scene, desk: Desk) -> Any:
    return await desk.ask("complete", contact="1", surprise=True)


@on_the_socket
async def unknown_contact_(scene: Scene, desk: Desk) -> Any:
    return await desk.ask("requeue", contact=(await scene.contact(queue="private", medium="voice"))["id"])


@on_the_socket
async def unknown_offer_(_scene: Scene, desk: Desk) -> Any:
    return await desk.ask("accept", offer="none")


@on_the_socket
async def unknown_queue_(scene: Scene, desk: Desk) -> Any:
    return await desk.ask("transfer", contact=await accepted(scene, desk), queue="none")


@on_the_socket
async def not_capable_(scene: Scene, desk: Desk) -> Any:
    return await desk.ask("transfer", contact=await accepted(scene, desk), agent="boris")


@on_the_socket
async def wrong_state_(scene: Scene, desk: Desk) -> Any:
    contact = await accepted(scene, desk)
    await scene.supervisor.post(f"/contacts/{contact}/cancel")
    return await desk.ask("requeue", contact=contact)


@on_the_socket
async def offer_gone_(scene: Scene, desk: Desk) -> Any:
    offer = await scene.offered(desk)
    await scene.adapter.post(f"/contacts/{offer['contact']['id']}/left")
    return await desk.ask("accept", offer=offer["id"])


@on_the_socket
async def taken_(scene: Scene, desk: Desk) -> Any:
    offer = await scene.offered(desk)
    async with desk_at_work(scene.service, "boris") as other:
        return await other.ask("accept", offer=offer["id"])


@on_the_socket
async def stale_(scene: Scene, desk: Desk) -> Any:
    return await desk.ask("reply", contact=await accepted(scene, desk), version=99)


@on_the_socket
async def idempotency_key_reused_(scene: Scene, desk: Desk) -> Any:
    contact = await accepted(scene, desk)
    await desk.ask("complete", contact=contact, key="k")
    return await desk.ask("complete", contact=contact, key="k", disposition="resolved")


@on_the_socket
async def too_large_(_scene: Scene, desk: Desk) -> Any:
    await desk.socket.send_str(" " * (300 * 1024))
    return await desk.answer(None)


@on_the_socket
async def too_late_(scene: Scene, desk: Desk) -> Any:
    await over(scene)
    return await desk.ask("send", contact=await accepted(scene, desk, posted=True), text="Здравствуйте!")


@on_the_socket
async def store_away_(scene: Scene, desk: Desk) -> Any:
    scene.lose_the_store()
    return await desk.ask("accept", offer="1")


@on_the_socket
async def not_replicated_(scene: Scene, desk: Desk) -> Any:
    scene.lose_the_store(NotReplicated("no replica has it"))
    return await desk.ask("accept", offer="1")


async def over(scene: Scene) -> Any:
    """A conversation in which the channel takes no message any more."""
    message = {"thread": "42", "external_id": "1", "text": "Алло", "reply_until": "2026-01-01T00:00:00Z"}
    return (await scene.adapter.post("/channels/telegram/messages", message)).body["contact"]["id"]


async def accepted(scene: Scene, desk: Desk, *, posted: bool = False) -> str:
    """A contact that anna has; one that was `posted` before, or another."""
    offer = (await desk.frame("offer"))["offer"] if posted else await scene.offered(desk)
    answer = await desk.ask("accept", offer=offer["id"])
    assert answer["status"] == 200, answer
    return answer["body"]["id"]


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


SAID_ON_THE_SOCKET = sorted({code for operation in DO.values() for code in refusals_of(operation)})


@pytest.mark.parametrize("code", SAID_ON_THE_SOCKET)
async def test_every_refusal_happens_on_the_socket(server: Server, monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    assert set(SAID_ON_THE_SOCKET) >= set(NOT_ON_THE_SOCKET)
    if code in NOT_ON_THE_SOCKET:
        assert code not in ON_THE_SOCKET
        return
    async with service_on(server, OPERATION) as service, desk_at_work(service, "anna") as desk:
        with monkeypatch.context() as patched:
            answer = await ON_THE_SOCKET[code](await scene_on(service, patched), desk)
        assert answer["status"] == REFUSALS[code].status, answer
        assert is_problem(answer["body"], code), answer
        assert (await desk.ask("ready"))["status"] == 200
