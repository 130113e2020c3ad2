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
