"""What customers are told by themselves: their queue's words, in their language, never the same twice in a row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from router.domain.customer import Customer
from router.engine.acts.contacts import Cancel
from router.engine.acts.workspace import PutCustomer
from tests.helpers.floor import SUPERVISOR, floor_on
from tests.helpers.threads import Thread, greet, park, send, told

if TYPE_CHECKING:
    from tests.helpers.servers import Server

DAY_S = 86_400
OPERATION = """
hours.day = { mon-sun = ["10:30-20:00"] }
[queues.messages]
target_s = 60
late = { wait_s = 600, then = "expire" }
[queues.messages.says.ru]
received = "Вы {place}-й. {wait}"
wait = "Ждать {from}–{to} мин."
full = "Не успели."
ended = "До свидания."
[queues.messages.says.en]
received = "You are number {place}."
[queues.small]
target_s = 60
full = { waiting = 1, then = "reject" }
says.ru = { full = "Мест нет." }
[queues.daily]
target_s = 60
hours = "day"
closed.then = "wait"
full = { waiting = 1, then = "reject" }
says.ru = { closed = "Мы закрыты.", full = "Мест нет." }
[queues.strict]
target_s = 60
hours = "day"
says.ru = { closed = "Мы закрыты." }
[queues.onward]
target_s = 60
late = { wait_s = 5, then = { overflow = "strict" } }
[[routes]]
when.account = "small"
queue = "small"
[[routes]]
when.account = "daily"
queue = "daily"
[[routes]]
when.account = "strict"
queue = "strict"
[[routes]]
when.account = "onward"
queue = "onward"
[[routes]]
queue = "messages"
[media.chat]
most = 9
limits_s = { parked = 3600 }
[agents]
anna = { queues = ["messages", "small", "daily", "strict", "onward"], media = ["chat"] }
"""


async def test_he_hears_his_place_and_how_long_it_takes(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        first, second = await Thread(floor, name="1").write(), await Thread(floor, name="2").write()
        await greet(floor, first)
        await greet(floor, second, 2, 5)
        assert await told(floor, first) == ["Вы 1-й."]
        assert await told(floor, second) == ["Вы 2-й. Ждать 2–5 мин."]


async def test_in_his_language_else_in_the_operations_first(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        english = await Thread(floor, name="1", language="en").write()
        await greet(floor, english, 2, 5)
        await send(floor, await floor.accept(english))
        await floor.complete(english)
        assert await told(floor, english) == ["You are number 1.", "До свидания."]


async def test_what_is_said_by_itself_answers_nothing(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        contact = await Thread(floor).write()
        await greet(floor, contact)
        found = await floor.contact(contact)
        assert (found.asked_at, found.state) == (contact.arrived, "queued")


async def test_never_the_same_twice_in_a_row(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        thread = Thread(floor)
        contact = await thread.write()
        await greet(floor, contact)
        await greet(floor, contact)
        await floor.leave(contact)
        again = await thread.write()
        await greet(floor, again)
        assert (len(await told(floor, contact)), await told(floor, again)) == (1, [])
        elsewhere = await Thread(floor, name="43").write()
        await greet(floor, elsewhere)
        assert len(await told(floor, elsewhere)) == 1


async def test_the_same_once_more_after_somebody_wrote_or_a_day_has_passed(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        thread = Thread(floor)
        contact = await floor.accept(await thread.write())
        await send(floor, contact)
        await floor.complete(contact)
        assert await told(floor, contact) == ["До свидания."]
        again = await floor.accept(await thread.write())
        await floor.complete(again)
        assert await told(floor, again) == [], "nobody has written since"
        third = await floor.accept(await thread.write())
        await thread.answer("by hand", author="agent")
        await floor.complete(third)
        assert await told(floor, third) == ["До свидания."]
        await floor.advance(DAY_S, router_lives=False)
        await floor.sign_in("anna")
        fourth = await floor.accept(await thread.write())
        await floor.complete(fourth)
        assert await told(floor, fourth) == ["До свидания."]


async def test_out_of_hours(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        waits, refused = await Thread(floor, account="daily").write(), await Thread(floor, account="strict").write()
        assert (waits.state, refused.state) == ("scheduled", "rejected")
        for contact in (waits, refused):
            await greet(floor, contact)
            assert await told(floor, contact) == ["Мы закрыты."]


async def test_there_is_no_room(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await Thread(floor, name="1", account="small").write()
        contact = await Thread(floor, name="2", account="small").write()
        await greet(floor, contact)
        assert await told(floor, contact) == ["Мест нет."]


async def test_there_is_no_room_when_his_time_comes(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        first = await Thread(floor, name="1", account="daily").write()
        second = await Thread(floor, name="2", account="daily").write()
        await greet(floor, second)
        await floor.advance(235)
        assert [(await floor.contact(one)).state for one in (first, second)] == ["queued", "rejected"]
        assert await told(floor, second) == ["Мы закрыты.", "Мест нет."]


async def test_the_wait_was_too_long(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        contact = await Thread(floor).write()
        await floor.advance(600)
        assert (await floor.contact(contact)).state == "expired"
        assert await told(floor, contact) == ["Не успели."]


async def test_it_flows_on_to_a_queue_that_is_closed(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        contact = await Thread(floor, account="onward").write()
        await floor.advance(5)
        assert (await floor.contact(contact)).state == "rejected"
        assert await told(floor, contact) == ["Мы закрыты."]


async def test_it_is_over(server: Server) -> None:
    """Told to who is there still: not to one who has left, nor where an operator has cancelled it."""
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        contacts = [await floor.accept(await Thread(floor, name=name).write()) for name in "1234"]
        completed, left, cancelled, parked = contacts
        await floor.complete(completed)
        await floor.leave(left)
        await floor.do(Cancel(contact=cancelled.id), SUPERVISOR)
        await send(floor, parked)
        await park(floor, parked)
        await floor.advance(3600, router_lives=False)
        assert [await told(floor, one) for one in contacts] == [["До свидания."], [], [], ["До свидания."]]


async def test_nothing_is_said_that_the_channel_does_not_take_any_more(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        contact = await Thread(floor).write(reply_until=floor.now + 100_000)
        await floor.advance(600)
        assert (await floor.contact(contact)).state == "expired"
        assert await told(floor, contact) == []


async def test_a_blocked_customer_is_told_nothing(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.do(PutCustomer(customer="bad", record=msgspec.msgpack.encode(Customer(blocked=True))))
        contact = await Thread(floor, "bad").write()
        await greet(floor, contact)
        assert await told(floor, contact) == []
