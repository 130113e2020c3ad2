"""An agent with chats who should take a call that waits too long is given nothing smaller until the call fits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.helpers.floor import Floor, floor_on
from tests.helpers.threads import Thread, park, send

if TYPE_CHECKING:
    from router.domain.contact import Contact
    from tests.helpers.servers import Server

OPERATION = """
[skills]
corporate = "serves business customers"
[queues.calls]
target_s = 10
[queues.chats]
target_s = 60
[[routes]]
when.channel = "telegram"
queue = "chats"
[[routes]]
queue = "calls"
[media.chat]
limits_s = { wrap_up = 0, reply = 3600 }
[media.voice]
limits_s = { wrap_up = 0 }
[agents]
roman = { queues = ["calls", "chats"], media = ["voice", "chat"] }
vera = { queues = ["calls"], media = ["voice"] }
"""


async def chat(floor: Floor) -> Contact:
    return await floor.post(channel="telegram")


async def busy_with_a_chat_while_a_call_waits(floor: Floor, wait_s: float) -> tuple[Contact, Contact]:
    """Roman chats, a call has waited for so long, and another chat comes. The call and that chat."""
    await floor.sign_in("roman")
    await floor.talk(await chat(floor))
    call = await floor.post()
    await floor.advance(wait_s)
    return call, await chat(floor)


async def test_below_twice_its_target_a_call_holds_nobody(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        _call, small = await busy_with_a_chat_while_a_call_waits(floor, 19.9)
        assert small.agent == "roman"


async def test_at_twice_its_target_a_call_is_held_for(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        call, small = await busy_with_a_chat_while_a_call_waits(floor, 20)
        assert small.state == "queued"
        roman = await floor.agent("roman")
        assert roman.holding is not None
        assert (roman.state, roman.burden.load) == ("busy", 25)
        assert await floor.offered_to(call) is None


async def test_the_call_comes_as_soon_as_it_fits(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("roman")
        one, other = await floor.talk(await chat(floor)), await floor.talk(await chat(floor))
        call = await floor.post()
        await floor.advance(20)
        small = await chat(floor)
        await floor.complete(one)
        assert await floor.offered_to(small) is None, "half free is not enough for the call, and too good for a chat"
        await floor.complete(other)
        assert await floor.offered_to(call) == "roman"
        assert await floor.offered_to(small) is None


async def test_holding_ends_when_another_takes_the_call(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        call, small = await busy_with_a_chat_while_a_call_waits(floor, 20)
        await floor.sign_in("vera")
        assert await floor.offered_to(call) == "vera"
        assert await floor.offered_to(small) == "roman"


async def test_holding_ends_when_the_caller_gives_up(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        call, small = await busy_with_a_chat_while_a_call_waits(floor, 20)
        await floor.leave(call)
        assert await floor.offered_to(small) == "roman"


async def test_he_holds_for_the_next_call_when_the_first_is_gone(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        call, small = await busy_with_a_chat_while_a_call_waits(floor, 0)
        assert small.agent == "roman"
        await floor.talk(small)
        second = await floor.post()
        await floor.advance(20)
        small = await chat(floor)
        await floor.leave(call)
        assert (await floor.agent("roman")).holding is not None
        assert await floor.offered_to(small) is None
        await floor.leave(second)
        assert await floor.offered_to(small) == "roman"


async def test_holding_ends_when_a_chat_overtakes_the_call(server: Server) -> None:
    """The chat's promise is the shorter one here, so its ratio grows faster."""
    operation = OPERATION.replace("target_s = 10", "target_s = 40").replace("target_s = 60", "target_s = 10")
    async with floor_on(server, operation) as floor:
        call, small = await busy_with_a_chat_while_a_call_waits(floor, 80)
        assert small.state == "queued"
        await floor.advance(26.666)  # (80 + 26.6) ÷ 40 = 26.6 ÷ 10
        assert await floor.offered_to(small) is None
        await floor.advance(0.001)
        assert await floor.offered_to(small) == "roman"
        assert await floor.offered_to(call) is None


async def test_so_does_one_that_waited_when_the_holding_began(server: Server) -> None:
    operation = OPERATION.replace("target_s = 10", "target_s = 40").replace("target_s = 60", "target_s = 10")
    async with floor_on(server, operation) as floor:
        await floor.sign_in("roman")
        await floor.talk(await chat(floor))
        await floor.choose("roman", "break")
        await floor.post()
        await floor.advance(80)
        small = await chat(floor)
        await floor.choose("roman", "available")
        assert (await floor.agent("roman")).holding is not None
        await floor.advance(26.666)
        assert await floor.offered_to(small) is None
        await floor.advance(0.001)
        assert await floor.offered_to(small) == "roman"


async def test_a_more_urgent_chat_is_not_held_back(server: Server) -> None:
    async with floor_on(server, OPERATION.replace("target_s = 10", "target_s = 10\ntier = 1")) as floor:
        _call, small = await busy_with_a_chat_while_a_call_waits(floor, 20)
        assert small.agent == "roman", "its queue is of a tier before the call's"


async def test_a_contact_that_comes_later_may_overtake_at_once(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        _call, small = await busy_with_a_chat_while_a_call_waits(floor, 20)
        assert small.state == "queued"
        urgent = await floor.post(channel="telegram", priority=10)
        assert urgent.agent == "roman", "five minutes' head start in a promise of one"
        assert await floor.offered_to(small) is None


RESERVED = OPERATION.replace(
    "target_s = 60", 'target_s = 60\nreserve = { skill = "corporate", agents = 1, medium = "voice", yields_s = 600 }'
).replace('media = ["voice", "chat"] }', 'media = ["voice", "chat"], skills.corporate = 5 }') + "".join(
    f'{name} = {{ queues = ["chats"], media = ["voice"], skills.corporate = 5 }}\n' for name in ("inna", "kirill")
)


async def test_holding_ends_when_a_reserve_puts_the_call_out_of_reach(server: Server) -> None:
    """Roman carries what the chats' queue reserves; from three signed-in carriers on it keeps him from calls."""
    async with floor_on(server, RESERVED) as floor:
        await floor.sign_in("inna")
        await floor.choose("inna", "break")
        _call, small = await busy_with_a_chat_while_a_call_waits(floor, 20)
        assert small.state == "queued"
        await floor.connect("kirill")
        await floor.choose("kirill", "break")
        assert await floor.offered_to(small) == "roman"


async def test_holding_ends_when_the_last_free_agent_of_a_reserve_is_taken(server: Server) -> None:
    async with floor_on(server, RESERVED) as floor:
        await floor.sign_in("inna", "kirill")
        call, small = await busy_with_a_chat_while_a_call_waits(floor, 20)
        assert (await floor.agent("roman")).holding is not None, "two are free, and one is reserved"
        await floor.post(queue="chats")
        assert await floor.offered_to(small) == "roman"
        assert await floor.offered_to(call) is None


async def test_holding_begins_when_a_reserve_lets_go(server: Server) -> None:
    async with floor_on(server, RESERVED) as floor:
        for name in ("inna", "kirill"):
            await floor.sign_in(name)
            await floor.choose(name, "break")
        _call, small = await busy_with_a_chat_while_a_call_waits(floor, 20)
        assert small.agent == "roman", "the call is not for him"
        await floor.talk(small)
        await floor.choose("kirill", "offline")
        assert (await chat(floor)).state == "queued"


async def test_of_equals_the_smaller_id_comes_before_the_call_he_holds_for(server: Server) -> None:
    """Both came in the same millisecond: the chat, which fits, is the first of them."""
    operation = OPERATION.replace("wrap_up = 0, reply", "offer = 30, wrap_up = 0, reply")
    operation = f'order = "fifo"\n{operation}sonya = {{ queues = ["chats"], media = ["chat"] }}\n'
    async with floor_on(server, operation) as floor:
        await floor.sign_in("sonya")
        first = await chat(floor)
        await floor.acknowledge(first)
        await floor.sign_in("roman")
        await floor.talk(await chat(floor))
        await floor.post()
        await floor.advance(20)
        await chat(floor)
        assert (await floor.agent("roman")).holding is not None
        await floor.decline(first)
        assert await floor.offered_to(first) == "roman"


async def test_a_contact_that_waits_for_somebody_else_tempts_nobody(server: Server) -> None:
    """It came before the call, and only sonya is asked for it yet."""
    operation = OPERATION.replace("wrap_up = 0, reply", "offer = 30, wrap_up = 0, reply")
    operation = f'order = "fifo"\n{operation}sonya = {{ queues = ["chats"], media = ["chat"] }}\n'
    async with floor_on(server, operation) as floor:
        await floor.sign_in("sonya")
        thread = Thread(floor)
        parked = await floor.accept(await thread.write())
        await send(floor, parked)
        await park(floor, parked)
        await floor.acknowledge(await chat(floor))
        await floor.sign_in("roman")
        await floor.talk(await chat(floor))
        await floor.advance(1)
        await floor.post()
        await floor.advance(20)
        await floor.leave(await chat(floor))
        assert (await floor.agent("roman")).holding is not None
        back = await thread.write()
        assert (back.id, back.state) == (parked.id, "queued")
        assert (await floor.agent("roman")).holding is not None
