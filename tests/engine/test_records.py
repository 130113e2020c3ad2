"""What two releases that share a workspace do with each other's records, and what is kept of a contact."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from router.engine.acts.contacts import Reprioritise
from router.engine.keys import key
from router.engine.records import CONTACT
from router.engine.snapshot import Record
from tests.helpers.floor import floor_on
from tests.helpers.histories import OPERATION

if TYPE_CHECKING:
    from tests.helpers.floor import Floor
    from tests.helpers.servers import Server


def contact_at(floor: Floor, contact: str) -> str:
    """Its key."""
    return key(floor.engine.workspace, "contact", contact=contact)


async def kept(floor: Floor, contact: str) -> bytes:
    """What the engine keeps of it."""
    return await floor.engine.connection.call("GET", contact_at(floor, contact))


async def test_what_a_younger_release_keeps_in_a_record_stays(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        contact = await floor.post()
        record = Record.unpack(contact.id, await kept(floor, contact.id), CONTACT)
        record.groups["of_a_younger_release"] = {"one": 1}
        beyond: list[Any] = ["a field", 5, None]
        packed = msgspec.msgpack.encode([*msgspec.msgpack.decode(record.pack(CONTACT)), *beyond])
        await floor.engine.connection.call("SET", contact_at(floor, contact.id), packed)

        changed = await floor.do(Reprioritise(contact=contact.id, version=None, priority=contact.priority + 1))
        assert (changed.priority, changed.body) == (contact.priority + 1, contact.body)
        values = msgspec.msgpack.decode(await kept(floor, contact.id))
        assert values[0]["of_a_younger_release"] == {"one": 1}
        assert values[-len(beyond) :] == beyond


async def test_a_record_of_an_older_release_lacks_what_came_since(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        contact = await floor.post()
        *values, last = msgspec.msgpack.decode(await kept(floor, contact.id))
        assert last is None
        await floor.engine.connection.call("SET", contact_at(floor, contact.id), msgspec.msgpack.encode(values))

        assert await floor.contact(contact) == contact
        changed = await floor.do(Reprioritise(contact=contact.id, version=None, priority=contact.priority + 1))
        assert changed == await floor.contact(contact)
        again = Record.unpack(contact.id, await kept(floor, contact.id), CONTACT)
        assert again.fields["priority"] == contact.priority + 1
