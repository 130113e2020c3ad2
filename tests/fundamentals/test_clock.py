"""The workspace has one clock that never runs backwards and never jumps, whatever the wall does; the tests' is given.

The wall of a test's machine can not be changed. But the workspace remembers the wall of its last call, and if that
memory is an hour too early, it looks as if the wall had jumped an hour forward since; too late, as if it was set back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from router.engine.acts.reading import GetContact
from router.engine.acts.workspace import Create, Due
from tests.helpers.floor import Floor, floor_on, process_of, refused
from tests.helpers.kept import record, say

if TYPE_CHECKING:
    from tests.helpers.servers import Server

HOUR_MS = 3_600_000
OPERATION = """
[queues.private]
target_s = 40
[[routes]]
queue = "private"
[agents]
anna = { queues = ["private"], media = ["voice"] }
"""


async def move_wall(floor: Floor, by_ms: int) -> None:
    await change_memory(floor, "wall", -by_ms)


async def change_memory(floor: Floor, field: str, by_ms: int) -> None:
    store, workspace = floor.engine.connection, floor.engine.workspace
    meta = await record(store, workspace, "meta")
    await say(store, workspace, "meta", field, meta.fields[field] + by_ms)


async def test_the_clock_goes_with_the_server_s(server: Server) -> None:
    async with floor_on(server, OPERATION, clock="server") as floor:
        first = await floor.engine.do(Due())
        while (later := await floor.engine.do(Due())).now == first.now:
            pass
        assert later.now - first.now == later.wall - first.wall


async def test_a_jump_forward_lets_nothing_lapse(server: Server) -> None:
    async with floor_on(server, OPERATION, clock="server") as floor:
        await floor.sign_in("anna")
        contact = await floor.post()
        before = await floor.engine.do(Due())
        await move_wall(floor, HOUR_MS)
        after = await floor.engine.do(Due())
        assert before.now <= after.now < before.now + 5_000
        assert after.result[0] == 0
        assert await floor.offered_to(contact) == "anna"
        assert (await floor.agent("anna")).state == "reserved"


async def test_a_jump_that_one_process_has_absorbed_is_absorbed_for_all(server: Server) -> None:
    async with (
        floor_on(server, OPERATION, clock="server") as floor,
        process_of(server, floor.engine.workspace, given_ms=None) as other,
    ):
        before = await other.do(Due())
        await move_wall(floor, HOUR_MS)
        await floor.engine.do(Due())
        assert (await other.do(Due())).now < before.now + 5_000


async def test_a_wall_set_back_stops_nothing_and_turns_nothing_back(server: Server) -> None:
    async with floor_on(server, OPERATION, clock="server") as floor:
        before = await floor.engine.do(Due())
        await move_wall(floor, -HOUR_MS)
        after = await floor.engine.do(Due())
        assert before.now <= after.now < before.now + 5_000
        while (later := await floor.engine.do(Due())).now == after.now:
            pass
        assert after.now < later.now < after.now + 5_000


async def test_what_is_said_in_wall_time_is_meant_so(server: Server) -> None:
    """The clock is an hour before the wall here; an arrival 10 s ago is 10 s ago all the same."""
    async with floor_on(server, OPERATION, clock="server") as floor:
        await change_memory(floor, "now", HOUR_MS)
        clock = await floor.engine.do(Due())
        assert HOUR_MS - 5_000 < clock.now - clock.wall < HOUR_MS + 5_000
        past = await floor.post_answer(arrived_at=clock.wall - 10_000)
        assert past.now - past.result.arrived == past.wall - (clock.wall - 10_000)
        later = await floor.post_answer(not_before=clock.wall + 60_000)
        assert later.result.due is not None
        assert later.result.due - later.now == clock.wall + 60_000 - later.wall


async def test_a_given_clock_is_what_its_caller_says_and_never_goes_back(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        start = floor.now
        floor.jump(60)
        assert (await floor.engine.do(Due())).now == start + 60_000
        floor.jump(-30)
        answer = await floor.engine.do(Due())
        assert (answer.now, answer.wall) == (start + 60_000, start + 60_000)


async def test_a_workspace_has_the_clock_it_was_made_with_and_refuses_the_other(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        async with process_of(server, floor.engine.workspace, given_ms=None) as engine:
            with refused("wrong_clock"):
                await engine.do(Due())
            with refused("wrong_clock"):
                await engine.do(Create(clock="server"))
        with refused("wrong_clock"):
            await floor.do(Create(clock="server"))
    async with (
        floor_on(server, OPERATION, clock="server") as floor,
        process_of(server, floor.engine.workspace, given_ms=floor.now) as engine,
    ):
        with refused("wrong_clock"):
            await engine.do(Due())


async def test_where_there_is_no_workspace_there_is_no_answer(server: Server) -> None:
    async with floor_on(server) as floor:
        with refused("unknown_workspace"):
            await floor.do(GetContact(contact="x"))
        with refused("unknown_workspace"):
            await floor.do(Due())


async def test_what_is_scheduled_by_the_wall_comes_when_the_wall_has_jumped_past_it(server: Server) -> None:
    async with floor_on(server, OPERATION, clock="server") as floor:
        wall = (await floor.engine.do(Due())).wall
        passed, ahead = [await floor.post(not_before=wall + hours * HOUR_MS // 2) for hours in (1, 4)]
        await move_wall(floor, HOUR_MS)
        for contact in (passed, ahead):  # they, too, were told when the wall was an hour earlier
            assert contact.not_before is not None
            store, workspace = floor.engine.connection, floor.engine.workspace
            await say(store, workspace, f"c:{contact.id}", "not_before", contact.not_before - HOUR_MS)
        after = await floor.engine.do(Due())
        assert (await floor.contact(passed)).state == "queued"
        waits = await floor.contact(ahead)
        assert waits.state == "scheduled"
        assert waits.due is not None
        assert HOUR_MS - 5_000 < waits.due - after.now <= HOUR_MS
