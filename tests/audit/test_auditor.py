"""The checker over a live workspace: from any event on, beside routers, and as a command."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from router.domain.audit.audit import PATIENCE_MS
from router.engine.acts.contacts import ConnectFailed, Reprioritise
from router.engine.keys import key
from router.service.audit import Auditor
from tests.helpers.floor import SUPERVISOR, floor_on, refused
from tests.helpers.histories import OPERATION, lived
from tests.helpers.turns import turn

if TYPE_CHECKING:
    import pytest

    from tests.helpers.floor import Floor
    from tests.helpers.servers import Server


async def audited(floor: Floor, after: int | None = None) -> Auditor:
    """The checker when it has read all."""
    auditor = await Auditor.open(floor.engine, after)
    _ = [breach async for breach in auditor.read()]
    return auditor


async def test_it_may_begin_anywhere_and_says_nothing_false(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await lived(floor)
        last = (await floor.events())[-1].seq
        for after in range(last + 1):
            auditor = await audited(floor, after)
            assert not auditor.found.breaches
            assert (auditor.first, auditor.seq) == (after + 1, last)
            assert auditor.found.checked["figures"] == 1, "the figures are always compared"


async def test_what_began_before_is_judged_by_what_came_after(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        contact = await floor.post()
        await floor.talk(contact)
        seq = (await floor.events())[-1].seq
        await floor.complete(contact)
        await floor.advance(10)
        await floor.serve(await floor.post())
        auditor = await audited(floor, seq)
        assert auditor.found.checked["order"] > 0, "by the rules that were in force where it began"
        assert auditor.found.checked["capacity"] == 0, "nobody said whether she is a program"
        assert not auditor.found.breaches


async def test_the_first_events_may_be_gone(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await lived(floor)
        name = key(floor.engine.workspace, "events")
        await floor.engine.connection.call("XTRIM", name, "MINID", "=", "12")
        auditor = await audited(floor)
        assert auditor.first == 12
        assert not auditor.found.breaches
        assert auditor.found.checked["figures"] == 0, "nobody noted what they were before"
        for after in (3, auditor.seq + 1):
            with refused("events_trimmed"):
                await Auditor.open(floor.engine, after)


async def test_an_event_that_was_taken_out_leaves_a_gap(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await lived(floor)
        event = (await floor.events("channel.status"))[0]
        await floor.engine.connection.call("XDEL", key(floor.engine.workspace, "events"), f"{event.seq}-{event.at_ms}")
        auditor = await audited(floor)
        assert [breach.promise for breach in auditor.found.breaches] == ["stream"]


async def test_it_follows_what_happens(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await lived(floor)
        auditor = await audited(floor)
        following = asyncio.create_task(anext(auditor.follow()))
        await floor.sign_in("boris")
        contact = await floor.post()
        offer, last = (await floor.events("offer.made"))[-1], (await floor.events())[-1]
        while auditor.seq < last.seq:
            await turn()
        assert not following.done()
        # Somebody else writes into the stream: what is offered is offered again.
        name, entry = key(floor.engine.workspace, "events"), f"{offer.seq}-{offer.at_ms}"
        ((_, packed),) = await floor.engine.connection.call("XRANGE", name, entry, entry)
        await floor.engine.connection.call("XADD", name, f"{last.seq + 1}-{last.at_ms}", *packed)
        breach = await following
        assert breach.promise in {"versions", "one_agent"}
        assert contact.id in breach.what


async def test_idleness_at_the_end_is_seen_though_nothing_more_happens(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        await floor.post()
        offer = (await floor.events("offer.made"))[0]
        await floor.engine.connection.call("XDEL", key(floor.engine.workspace, "events"), f"{offer.seq}-{offer.at_ms}")
        floor.jump(PATIENCE_MS / 1000 + 1)
        broken = {breach.promise for breach in (await audited(floor)).found.breaches}
        assert broken == {"stream", "idle", "figures", "states"}


BUSY = """
order = "fifo"
[media.voice]
cost = 80
limits_s = { rest = 300 }
[media.chat]
cost = 40
[queues.private]
target_s = 40
[[routes]]
queue = "private"
[agents]
anna = { queues = ["private"], media = ["voice", "chat"] }
"""


async def test_who_is_busy_elsewhere_may_be_offered_what_fits_before_what_comes_first(server: Server) -> None:
    async with floor_on(server, BUSY) as floor:
        await floor.sign_in("anna")
        chat = await floor.accept(await floor.post(channel="telegram"))
        call = await floor.post()
        await floor.do(ConnectFailed(contact=chat.id, reason="busy"))
        await floor.advance(2)
        later = await floor.post(channel="telegram")
        assert [one.state for one in (await floor.contact(call), later)] == ["queued", "offered"]
        assert not (await audited(floor)).found.breaches


async def test_keys_are_compared_in_a_moment_without_events(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    async with floor_on(server, OPERATION) as floor:
        await lived(floor)
        contact = await floor.post()
        auditor = await audited(floor)
        restless = iter(range(5))

        async def disturbed(*args: object) -> object:
            priority = next(restless, None)
            if priority is not None:
                await floor.do(Reprioritise(contact=contact.id, priority=priority % 7 - 3), SUPERVISOR)
            return await take(*args)  # type: ignore[arg-type]

        from router.service import audit as service

        take = service.take_snapshot
        monkeypatch.setattr(service, "take_snapshot", disturbed)
        assert await auditor.check_keys() == [], "it tries until nothing happens"
        restless = iter(range(10_000))
        monkeypatch.setattr(service, "STILL_WITHIN_S", 0.5)
        with refused("not_still"):
            await auditor.check_keys()
