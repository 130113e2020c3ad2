"""A contact has solved what its customer came for if he has no other within seven days of its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from router.domain.customer import Customer
from router.domain.new import Change
from router.engine.acts.contacts import HandOver, Left
from router.engine.acts.workspace import PutCustomer
from tests.helpers.consistency import check
from tests.helpers.floor import ADAPTER, SUPERVISOR, as_agent, floor_on
from tests.helpers.threads import Thread, park, send

if TYPE_CHECKING:
    from router.domain.contact import Contact
    from tests.helpers.floor import Floor
    from tests.helpers.servers import Server

DAY_S = 86_400
WEEK_S = 7 * DAY_S
OPERATION = """
[queues.private]
target_s = 40
[queues.corporate]
target_s = 40
[[routes]]
queue = "private"
[media]
voice.limits_s = { wrap_up = 0 }
chat.limits_s = { wrap_up = 0 }
[agents]
anna = { queues = ["private", "corporate"], media = ["voice", "chat"] }
boris = { queues = ["corporate"], media = ["voice", "chat"] }
"""
LINE = "|private|phone|private"


async def served(floor: Floor, customer: str | None = "ivan") -> Contact:
    """A contact of the customer that Anna has answered and completed."""
    await floor.sign_in("anna")
    return await floor.serve(await floor.post(customer))


async def pass_by(floor: Floor, seconds: float) -> None:
    """Time passes, and nobody is signed in any more."""
    await floor.advance(seconds, router_lives=False)


async def known(floor: Floor) -> list[tuple[str, str | None, bool]]:
    """What is known of contacts: what came of it, the contact, and whether it was a first one."""
    found = await floor.events("contact.returned", "contact.solved")
    return [(event.type.removeprefix("contact."), event.contact, event.data["first"]) for event in found]


async def counted(floor: Floor) -> dict[str, int]:
    """The figures of it."""
    figures = await floor.figures()
    return {name: number for name, number in figures.items() if name.startswith(("solved_first", "returned"))}


async def test_after_seven_days_without_another_it_was_solved(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        contact = await served(floor)
        await pass_by(floor, WEEK_S - 0.001)
        assert await counted(floor) == {}
        await pass_by(floor, 0.001)
        assert await known(floor) == [("solved", contact.id, True)]
        assert await counted(floor) == {f"solved_first{LINE}": 1}
        (event,) = await floor.events("contact.solved")
        assert (event.queue, event.channel, event.account, event.customer_type) == (
            "private",
            "phone",
            "main",
            "private",
        )
        assert (event.version, event.agent) == (None, None), "it is no change of the contact, and nobody's business"
        assert (await floor.contact(contact)).version == contact.version
        assert not [name for name in await floor.keys() if name.startswith("watched:")]


async def test_who_comes_again_within_seven_days_was_not_helped(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        contact = await served(floor)
        await pass_by(floor, WEEK_S - 0.001)
        await floor.post("ivan", channel="telegram")
        assert await known(floor) == [("returned", contact.id, True)]
        assert await counted(floor) == {f"returned{LINE}": 1}, "of the queue and the channel of then"
        await pass_by(floor, 2 * WEEK_S)
        assert await counted(floor) == {f"returned{LINE}": 1}


async def test_who_comes_when_they_are_over_comes_with_something_new(server: Server) -> None:
    """Also where nobody has run what was due."""
    async with floor_on(server, OPERATION) as floor:
        first = await served(floor)
        floor.jump(WEEK_S)
        second = await served(floor)
        await floor.run_due()
        assert await known(floor) == [("solved", first.id, True)]
        await pass_by(floor, WEEK_S)
        assert await known(floor) == [("solved", first.id, True), ("solved", second.id, True)]
        await check(floor.engine.connection, floor.engine.workspace)


async def test_a_contact_with_which_he_comes_back_is_no_first_one(server: Server) -> None:
    """The stream tells what came of each; the figures count each matter once, by its first contact."""
    async with floor_on(server, OPERATION) as floor:
        contacts = [await served(floor) for _ in range(3)]
        assert await known(floor) == [("returned", contacts[0].id, True), ("returned", contacts[1].id, False)]
        await pass_by(floor, WEEK_S)
        assert (await known(floor))[2:] == [("solved", contacts[2].id, False)]
        assert await counted(floor) == {f"returned{LINE}": 1}
        again = await served(floor)
        await pass_by(floor, WEEK_S)
        assert (await known(floor))[3:] == [("solved", again.id, True)]


async def test_one_who_gave_up_waiting_and_came_again_has_come_back_both_times(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        contact = await served(floor)
        await floor.choose("anna", "break")
        await floor.leave(await floor.post("ivan"))
        await floor.choose("anna", "available")
        await served(floor)
        await pass_by(floor, WEEK_S)
        assert [what for what, *_ in await known(floor)] == ["returned", "solved"]
        assert (await known(floor))[0][1] == contact.id
        assert await counted(floor) == {f"returned{LINE}": 1}


@pytest.mark.parametrize("end", ["abandoned", "lost", "not connected"])
async def test_only_what_was_answered_and_closed_can_have_solved_anything(server: Server, end: str) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        contact = await floor.post("ivan", channel="pbx")
        if end == "abandoned":
            await floor.leave(contact)
        elif end == "lost":
            await floor.talk(contact)
            await floor.do(Left(contact=contact.id, lost=True), ADAPTER)
        else:
            await floor.accept(contact)
            await floor.complete(contact)
        await served(floor)
        await pass_by(floor, WEEK_S)
        assert await counted(floor) == {f"solved_first{LINE}": 1}, "that of the second, with which he did not come back"


async def test_nothing_is_known_of_those_whom_nobody_knows(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await served(floor, None)
        await served(floor, None)
        await served(floor, "maria")
        await served(floor, "ivan")
        await pass_by(floor, WEEK_S)
        assert await counted(floor) == {f"solved_first{LINE}": 2}


async def test_whose_it_is_may_become_known_while_he_waits(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        contact = await served(floor)
        await floor.choose("anna", "break")
        unknown = await floor.post()
        assert await known(floor) == []
        await floor.contacts.patch(unknown.id, Change(customer=Customer(id="ivan")), ADAPTER)
        assert await known(floor) == [("returned", contact.id, True)]
        await check(floor.engine.connection, floor.engine.workspace)


async def test_what_goes_on_as_the_same_contact_is_not_another(server: Server) -> None:
    """A parking, a transfer, a colleague who takes over: he still has the contact with which he came."""
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        thread = Thread(floor, "ivan")
        chat = await floor.accept(await thread.write())
        await send(floor, chat)
        await park(floor, chat)
        await thread.write()
        await floor.accept(chat)
        await send(floor, chat)
        await floor.complete(chat)
        call = await floor.talk(await floor.post("maria"))
        await floor.contacts.transfer(call.id, as_agent("anna"), queue="corporate")
        await floor.choose("anna", "break")
        await floor.sign_in("boris")
        await floor.talk(call)
        await floor.do(HandOver(contact=call.id, agent="anna"), ADAPTER)
        await floor.complete(call)
        await pass_by(floor, WEEK_S)
        solved = {"solved_first|private|telegram|private": 1, "solved_first|corporate|phone|private": 1}
        assert await counted(floor) == solved, "by the queue in which it ended"


async def test_of_two_that_were_open_at_once_the_last_to_end_is_watched(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna", "boris")
        one = await floor.talk(await floor.post("ivan"))
        other = await floor.talk(await floor.post("ivan", queue="corporate"))
        await floor.complete(one)
        await floor.advance(60)
        await floor.complete(other)
        await check(floor.engine.connection, floor.engine.workspace)
        await pass_by(floor, WEEK_S)
        assert await known(floor) == [("solved", other.id, True)]


async def test_an_erased_customer_has_never_been_here(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await served(floor)
        await floor.contacts.erase("ivan", SUPERVISOR)
        assert not [name for name in await floor.keys() if "ivan" in name]
        second = await served(floor)
        await pass_by(floor, WEEK_S)
        assert await known(floor) == [("solved", second.id, True)]


async def test_the_directory_may_forget_him_meanwhile(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        contact = await served(floor)
        await floor.do(PutCustomer(customer="ivan", record=None))
        await floor.post("ivan")
        assert await known(floor) == [("returned", contact.id, True)]


async def test_a_contact_that_turns_out_to_be_anothers_is_not_watched(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        contact = await served(floor)
        await floor.contacts.patch(contact.id, Change(customer=Customer(id="maria")), ADAPTER)
        await check(floor.engine.connection, floor.engine.workspace)
        for customer in ("ivan", "maria"):
            await floor.post(customer)
        await pass_by(floor, WEEK_S)
        assert await known(floor) == []


async def test_the_same_request_again_is_not_another_contact(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        await floor.serve(await floor.post("ivan", external_id="x"))
        assert (await floor.post_answer("ivan", external_id="x")).repeated
        await pass_by(floor, WEEK_S)
        assert await counted(floor) == {f"solved_first{LINE}": 1}
