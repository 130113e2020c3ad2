"""An adapter that lists the sessions it still has closes those that it has no more, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from router.service.sessions import reconcile
from tests.helpers.floor import ADAPTER, Floor, floor_on, refused

if TYPE_CHECKING:
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


async def call(floor: Floor, external_id: str, account: str = "main") -> Contact:
    return await floor.post(channel="pbx", external_id=external_id, account=account)


async def last_seq(floor: Floor) -> int:
    """The sequence number of the last answer that the adapter has seen."""
    return (await floor.events())[-1].seq


async def test_what_the_adapter_no_longer_has_is_over(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        talking = await floor.talk(await call(floor, "1"))
        waiting, still = await call(floor, "2"), await call(floor, "3")
        done = await reconcile(floor.engine, "pbx", "main", await last_seq(floor), ("3",), ADAPTER)
        assert set(done.closed) == {talking.id, waiting.id}
        assert done.unknown == ()
        ended = await floor.contact(talking)
        assert (ended.state, ended.ended_by, ended.session) == ("closed", "customer", "gone")
        assert (await floor.contact(waiting)).state == "abandoned"
        assert (await floor.contact(still)).state in {"queued", "offered"}


async def test_what_the_channel_itself_has_lost_is_lost(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        talking = await floor.talk(await call(floor, "1"))
        waiting, still = await call(floor, "2"), await call(floor, "3")
        done = await reconcile(floor.engine, "pbx", "main", await last_seq(floor), ("3",), ADAPTER, lost=True)
        assert set(done.closed) == {talking.id, waiting.id}
        for contact in (talking, waiting):
            ended = await floor.contact(contact)
            assert (ended.state, ended.outcome, ended.ended_by) == ("closed", "lost", "system")
        assert (await floor.contact(still)).state in {"queued", "offered"}


async def test_what_the_router_does_not_know_is_told(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        over = await call(floor, "1")
        await floor.leave(over)
        open_one = await call(floor, "2")
        done = await reconcile(floor.engine, "pbx", "main", await last_seq(floor), ("1", "2", "3"), ADAPTER)
        assert (done.closed, done.unknown) == ((), ("1", "3"))
        assert (await floor.contact(open_one)).state == "queued"


async def test_what_was_born_after_the_list_was_begun_is_left_alone(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        old = await call(floor, "1")
        as_of = await last_seq(floor)
        new = await call(floor, "2")
        done = await reconcile(floor.engine, "pbx", "main", as_of, (), ADAPTER)
        assert done.closed == (old.id,)
        assert (await floor.contact(new)).state == "queued"


async def test_only_the_sessions_of_that_account_are_looked_at(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        branch = await call(floor, "1", account="branch")
        without_session = await floor.post(channel="phone", external_id="1")
        done = await reconcile(floor.engine, "pbx", "main", await last_seq(floor), (), ADAPTER)
        assert done.closed == ()
        for contact in (branch, without_session):
            assert (await floor.contact(contact)).state == "queued"


async def test_a_list_that_would_end_nearly_everything_needs_force(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        calls = [await call(floor, str(number)) for number in range(41)]
        as_of = await last_seq(floor)
        with refused("needs_force") as refusal:
            await reconcile(floor.engine, "pbx", "main", as_of, (), ADAPTER)
        assert refusal.value.detail == "41 of 41 live contacts would be closed"
        with refused("needs_force"):
            await reconcile(floor.engine, "pbx", "main", as_of, tuple(str(number) for number in range(20)), ADAPTER)
        assert {(await floor.contact(contact)).state for contact in calls} == {"queued"}
        done = await reconcile(floor.engine, "pbx", "main", as_of, (), ADAPTER, force=True)
        assert set(done.closed) == {contact.id for contact in calls}


async def test_twenty_may_go_at_once_and_so_may_half(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        for number in range(20):
            await call(floor, str(number))
        done = await reconcile(floor.engine, "pbx", "main", await last_seq(floor), (), ADAPTER)
        assert len(done.closed) == 20, "a small house may lose all of its calls"
        for number in range(100, 150):
            await call(floor, str(number))
        half = tuple(str(number) for number in range(100, 125))
        done = await reconcile(floor.engine, "pbx", "main", await last_seq(floor), half, ADAPTER)
        assert len(done.closed) == 25


async def test_repeating_it_changes_nothing(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        gone = await call(floor, "1")
        as_of = await last_seq(floor)
        await reconcile(floor.engine, "pbx", "main", as_of, (), ADAPTER)
        version = (await floor.contact(gone)).version
        again = await reconcile(floor.engine, "pbx", "main", as_of, (), ADAPTER)
        assert again.closed == ()
        assert (await floor.contact(gone)).version == version


async def test_a_ghost_whose_end_was_never_told_keeps_no_agent_busy(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        await floor.talk(await call(floor, "1"))
        await floor.advance(3600)
        assert (await floor.agent("anna")).state == "busy"
        await reconcile(floor.engine, "pbx", "main", await last_seq(floor), (), ADAPTER)
        assert (await floor.agent("anna")).state == "wrap_up"
