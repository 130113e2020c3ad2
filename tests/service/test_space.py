"""The room on the disk: who is here goes on while it is short, and who comes must come again."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from router.domain.new import NewContact
from router.kit.errors import StoreAway
from router.kit.ids import IdSource
from router.service import space
from router.service.contacts import Contacts
from router.service.space import Space
from tests.helpers.floor import ADAPTER, floor_on
from tests.helpers.turns import turn

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from router.domain.contact import Contact
    from tests.helpers.servers import Server

OPERATION = """
[queues.private]
target_s = 40
[[routes]]
queue = "private"
[agents]
anna = { queues = ["private"], media = ["voice"] }
"""


async def test_new_contacts_wait_until_there_is_room(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(space, "LOOK_EVERY_S", 0.0)
    async with floor_on(server, OPERATION) as floor:
        room = Space(tmp_path)
        contacts = Contacts(floor.engine, floor.current, IdSource(), room)
        looking = asyncio.create_task(room.run())

        async def post(external_id: str) -> Contact | None:
            await turn()
            try:
                new = NewContact(channel="phone", external_id=external_id)
                return (await contacts.post(new, ADAPTER, floor.now)).result
            except StoreAway:
                return None

        here = await post("first")
        assert here is not None
        monkeypatch.setattr(space, "ENOUGH_BYTES", 2**63)
        while await post("first"):
            pass
        await contacts.plan_anew(here.id)
        await floor.sign_in("anna")
        await floor.serve(here)
        assert await post("second") is None
        monkeypatch.setattr(space, "ENOUGH_BYTES", 0)
        while await post("second") is None:
            pass
        looking.cancel()
