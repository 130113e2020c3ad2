"""A router on which every refusal can be provoked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from router.domain.refusals import REFUSALS
from router.kit.errors import Fault, StoreAway

if TYPE_CHECKING:
    import pytest

    from tests.helpers.desk import Desk
    from tests.helpers.service import Caller, Service

OPERATION = """
dispositions = ["resolved"]
[queues.private]
target_s = 40
[[routes]]
queue = "private"
[agents]
anna = { queues = ["private"], media = ["chat"] }
boris = { queues = ["private"], media = ["voice"] }
"""


@dataclass
class Scene:
    """A router with an adapter of the phone and the chats, and a supervisor."""

    service: Service
    adapter: Caller
    supervisor: Caller
    monkeypatch: pytest.MonkeyPatch

    async def contact(self, external_id: str = "1", **fields: Any) -> Any:
        """A contact that arrives."""
        said = await self.adapter.post("/contacts", {"channel": "telegram", "external_id": external_id, **fields})
        assert said.status == 201, said.body
        return said.body

    async def offered(self, desk: Desk) -> Any:
        """A contact that is offered to anna, and its offer."""
        await self.contact("offered")
        frame = await desk.frame("offer")
        return frame["offer"]

    async def accepted(self, desk: Desk, *, posted: bool = False) -> str:
        """A contact that anna has; one that was `posted` before, or another."""
        offer = (await desk.frame("offer"))["offer"] if posted else await self.offered(desk)
        answer = await desk.ask("accept", offer=offer["id"])
        assert answer["status"] == 200, answer
        return answer["body"]["id"]

    async def talking(self, desk: Desk) -> str:
        """A contact that anna has answered."""
        contact = await self.accepted(desk)
        assert (await desk.ask("reply", contact=contact))["status"] == 200
        return contact

    async def written(self, desk: Desk) -> str:
        """A conversation that anna has, in which its customer has written."""
        await self.adapter.post("/channels/telegram/messages", {"thread": "42", "external_id": "1", "text": "Алло"})
        return await self.accepted(desk, posted=True)

    async def over(self) -> str:
        """A conversation in which the channel takes no message any more."""
        message = {"thread": "42", "external_id": "1", "text": "Алло", "reply_until": "2026-01-01T00:00:00Z"}
        return (await self.adapter.post("/channels/telegram/messages", message)).body["contact"]["id"]

    def lose_the_store(self, fault: Fault | None = None) -> None:
        """From now on nothing is answered by it."""

        async def away(*_: object) -> None:
            raise fault or StoreAway("it is away")

        self.monkeypatch.setattr(self.service.served.engine.connection, "call", away)


async def scene_on(service: Service, monkeypatch: pytest.MonkeyPatch) -> Scene:
    return Scene(service, await service.caller("adapter"), await service.caller("supervisor"), monkeypatch)


def is_problem(body: Any, code: str) -> bool:
    """The body is the refusal as the table has it."""
    kind = REFUSALS[code]
    expected = {"type": f"/problems/{code}", "title": kind.meaning, "status": kind.status, "code": code}
    return body == expected | {"detail": body.get("detail")}
