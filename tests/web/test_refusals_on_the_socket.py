"""What the words of the agent's socket may be refused with happens there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from router.domain.refusals import REFUSALS
from router.engine.limits import LIMITS
from router.kit.errors import NotReplicated
from router.web.openapi import refusals_of
from router.web.table import DO
from tests.helpers.desk import Desk, desk_at_work
from tests.helpers.scene import OPERATION, Scene, is_problem, scene_on
from tests.helpers.service import service_on

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.helpers.servers import Server

NOT_ON_THE_SOCKET = {
    "unauthorized": "a socket without a token is not opened; where the token is revoked, it is closed with 4401",
    "wrong_role": "what the socket does, every agent may",
    "unknown_workspace": "a socket is in its workspace",
    "too_slow": "frames have no time",
    "unknown_agent": "on his own socket an agent is himself; see `transfer` for others",
}
"""Code → why no frame is answered so."""


ON_THE_SOCKET: dict[str, Callable[[Scene, Desk], Awaitable[Any]]] = {}


def on_the_socket(provoke: Callable[[Scene, Desk], Awaitable[Any]]) -> None:
    ON_THE_SOCKET[provoke.__name__.removesuffix("_")] = provoke


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
    return await desk.ask("transfer", contact=await scene.accepted(desk), queue="none")


@on_the_socket
async def not_capable_(scene: Scene, desk: Desk) -> Any:
    return await desk.ask("transfer", contact=await scene.accepted(desk), agent="boris")


@on_the_socket
async def wrong_state_(scene: Scene, desk: Desk) -> Any:
    contact = await scene.accepted(desk)
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
    return await desk.ask("reply", contact=await scene.accepted(desk), version=99)


@on_the_socket
async def idempotency_key_reused_(scene: Scene, desk: Desk) -> Any:
    contact = await scene.accepted(desk)
    await desk.ask("complete", contact=contact, key="k")
    return await desk.ask("complete", contact=contact, key="k", disposition="resolved")


@on_the_socket
async def too_large_(_scene: Scene, desk: Desk) -> Any:
    await desk.socket.send_str(" " * (300 * 1024))
    return await desk.answer(None)


@on_the_socket
async def too_late_(scene: Scene, desk: Desk) -> Any:
    await scene.over()
    return await desk.ask("send", contact=await scene.accepted(desk, posted=True), text="Здравствуйте!")


@on_the_socket
async def unsupported_(scene: Scene, desk: Desk) -> Any:
    return await desk.ask("command", contact=await scene.talking(desk), command="hold")


@on_the_socket
async def too_many_(scene: Scene, desk: Desk) -> Any:
    contact = await scene.talking(desk)
    await scene.adapter.put("/channels/telegram", {"capabilities": ["mute"]})
    for _ in range(LIMITS["open_commands"]):
        assert (await desk.ask("command", contact=contact, command="mute"))["status"] == 201
    return await desk.ask("command", contact=contact, command="mute")


@on_the_socket
async def unseen_(scene: Scene, desk: Desk) -> Any:
    return await desk.ask("complete", contact=await scene.written(desk), seen=0)


@on_the_socket
async def store_away_(scene: Scene, desk: Desk) -> Any:
    scene.lose_the_store()
    return await desk.ask("accept", offer="1")


@on_the_socket
async def not_replicated_(scene: Scene, desk: Desk) -> Any:
    scene.lose_the_store(NotReplicated("no replica has it"))
    return await desk.ask("accept", offer="1")


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
