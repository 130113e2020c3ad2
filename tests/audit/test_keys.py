"""Figures and keys that are not what the events say are named, and what is left behind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from router.engine.keys import key
from router.engine.snapshot import AT_ONCE, take_snapshot
from router.service.audit import Auditor
from tests.helpers.floor import floor_on
from tests.helpers.histories import OPERATION, lived

if TYPE_CHECKING:
    import asyncio

    from router.engine.link import Argument
    from tests.helpers.floor import Floor
    from tests.helpers.servers import Server


async def test_figures_that_no_event_gives_are_named(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await lived(floor)
        name = key(floor.engine.workspace, "figures")
        await floor.engine.connection.call("HINCRBY", name, next(iter(await floor.figures())), 1)
        assert await found_by(floor) == {"figures"}


async def test_an_index_that_is_not_true_is_named(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await lived(floor)
        contact = await floor.post()
        name = key(floor.engine.workspace, "waiting", queue="private")
        await floor.engine.connection.call("ZREM", name, contact.id)
        assert await found_by(floor) == {"indexes"}


async def test_keys_are_read_some_at_a_time(server: Server) -> None:
    """Of a million keys at once the last reply would come too late, and whoever serves meanwhile would wait for all."""

    class Counting:
        """The server, and how many calls it has to answer at once."""

        under_way = most = 0

        def call(self, *command: Argument) -> asyncio.Future[Any]:
            self.under_way += 1
            self.most = max(self.most, self.under_way)
            reply = floor.engine.connection.call(*command)
            reply.add_done_callback(self.done)
            return reply

        def done(self, _reply: asyncio.Future[Any]) -> None:
            self.under_way -= 1

    async with floor_on(server, OPERATION) as floor:
        for number in range(AT_ONCE // 4):
            await floor.post(external_id=f"n{number}")
        counting = Counting()
        snapshot = await take_snapshot(counting, floor.engine.workspace)
        assert len(snapshot.contacts()) == AT_ONCE // 4
        assert len(snapshot.content) * 2 > AT_ONCE
        assert counting.most <= AT_ONCE


async def test_a_record_that_is_not_what_its_events_say_is_named(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        names = await lived(floor)
        name = key(floor.engine.workspace, "contact", contact=names["first"])
        fields = await floor.engine.connection.call("HGETALL", name)
        version = next(field for field, value in zip(fields[::2], fields[1::2], strict=True) if value == b"6")
        await floor.engine.connection.call("HSET", name, version, "9")
        assert await found_by(floor) == {"indexes"}


async def test_a_record_that_is_broken_is_named(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        names = await lived(floor)
        name = key(floor.engine.workspace, "contact", contact=names["first"])
        await floor.engine.connection.call("DEL", name)
        await floor.engine.connection.call("HSET", name, "zz", "nonsense")
        assert "indexes" in await found_by(floor)


async def test_a_lost_contact_is_named(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        contact = await floor.post()
        await floor.engine.connection.call("DEL", key(floor.engine.workspace, "contact", contact=contact.id))
        assert "contacts" in await found_by(floor)


async def test_what_is_left_of_a_contact_that_is_gone_is_named(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await lived(floor)
        external = key(floor.engine.workspace, "external", channel="phone", account="main", external_id="old")
        await floor.engine.connection.call("SET", external, "gone|fingerprint")
        assert "retention" in await found_by(floor)


async def found_by(floor: Floor) -> set[str]:
    """The promises that the whole check says are broken."""
    auditor = await Auditor.open(floor.engine)
    _ = [breach async for breach in auditor.read()]
    await auditor.check_keys()
    return {breach.promise for breach in auditor.found.breaches}
