"""A contact that comes in is recorded once, whatever is repeated, and routed by what is known of the customer."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from router.domain.customer import Customer
from router.domain.new import Change, NewContact
from router.engine.acts.contacts import Requeue
from router.engine.acts.reading import FindContact
from router.engine.acts.workspace import PutCustomer
from router.engine.engine import Key
from router.kit.errors import Refusal
from router.kit.ids import IdSource
from router.service.contacts import Contacts
from router.service.operations import current_operation
from tests.helpers.floor import ADAPTER, Floor, as_agent, floor_on, process_of, refused

if TYPE_CHECKING:
    from router.domain.contact import Contact
    from router.engine.engine import Answer
    from tests.helpers.servers import Server

OPERATION = """
[queues.private]
target_s = 40
[queues.corporate]
target_s = 10
full = { waiting = 1, then = "reject" }
[[routes]]
when.customer.type = "corporate"
queue = "corporate"
[[routes]]
when.customer.segment = "gold"
priority = 3
[[routes]]
when.customer.language = "en"
queue = "corporate"
[[routes]]
when.attributes.dialled = "636"
queue = "corporate"
[[routes]]
queue = "private"
[agents]
anna = { queues = ["private", "corporate"], media = ["voice", "chat"] }
"""


def call(external_id: str = "1", **fields: Any) -> NewContact:
    return NewContact(channel="phone", external_id=external_id, **fields)


async def post(floor: Floor, new: NewContact, key: Key | None = None) -> Answer[Contact]:
    return await floor.contacts.post(new, ADAPTER, floor.now, key)


# The same external id


async def test_the_same_contact_comes_once(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        first = await post(floor, call(attributes={"dialled": "611", "amount": 5}))
        again = await post(floor, call(attributes={"amount": 5, "dialled": "611"}))
        assert (first.repeated, again.repeated) == (False, True)
        assert again.result == first.result


async def test_it_is_told_as_it_stands_now(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await post(floor, call())
        await floor.sign_in("anna")
        assert (await post(floor, call())).result.state == "offered"


async def test_a_hundred_duplicates_at_once_make_one_contact(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor, AsyncExitStack() as stack:
        processes: list[Contacts] = []
        for _ in range(4):
            engine = await stack.enter_async_context(process_of(server, floor.engine.workspace, given_ms=floor.now))
            current = await current_operation(engine)
            assert current is not None
            processes.append(Contacts(engine, current, IdSource()))
        answers = await asyncio.gather(
            *(processes[number % 4].post(call("9001"), ADAPTER, floor.now) for number in range(100))
        )
        assert len({answer.result.id for answer in answers}) == 1
        assert sum(not answer.repeated for answer in answers) == 1
        assert len(await floor.events("contact.queued")) == 1
        assert (await floor.figures())["offered|private|phone|private"] == 1


async def test_the_same_id_with_another_body_is_a_conflict(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        first = await post(floor, call(attributes={"dialled": "611"}))
        with refused("external_id_conflict") as refusal:
            await post(floor, call(attributes={"dialled": "636"}))
        assert refusal.value.detail == first.result.id


async def test_ids_are_an_account_s_own(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        ids = {
            (await post(floor, NewContact(channel=channel, account=account, external_id="1"))).result.id
            for channel in ("phone", "telegram")
            for account in ("main", "branch")
        }
        assert len(ids) == 4


async def test_a_contact_is_found_by_its_external_id(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        contact = (await post(floor, call("1795343165.0"))).result
        find = FindContact(channel="phone", account="main", external_id="1795343165.0")
        assert await floor.do(find) == contact
        with refused("unknown_contact"):
            await floor.do(FindContact(channel="phone", account="main", external_id="1"))


# The same key


async def test_a_key_gets_its_first_answer_again(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        key = Key("token:post:k1", "body-1")
        first = await post(floor, call("1"), key)
        await floor.sign_in("anna")
        again = await post(floor, call("1"), key)
        assert again.repeated
        assert again.result == first.result, "the answer of then, not the state of now"


async def test_a_key_with_another_body_is_refused(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await post(floor, call("1"), Key("token:post:k1", "body-1"))
        with refused("idempotency_key_reused"):
            await post(floor, call("2"), Key("token:post:k1", "body-2"))
        assert len(await floor.events("contact.queued")) == 1


async def test_a_refusal_is_evaluated_anew(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        key = Key("token:post:k1", "body-2")
        open_one = (await post(floor, call("1", thread="42"))).result
        with refused("thread_open"):
            await post(floor, call("2", thread="42"), key)
        await floor.leave(open_one)
        assert (await post(floor, call("2", thread="42"), key)).result.state == "queued"


async def test_a_rejected_contact_is_a_success_and_stays_one(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        first = await post(floor, call("1", queue="corporate"))
        rejected = await post(floor, call("2", queue="corporate"), Key("token:post:k1", "body-2"))
        assert rejected.result.state == "rejected"
        await floor.leave(first.result)
        again = await post(floor, call("2", queue="corporate"), Key("token:post:k1", "body-2"))
        assert again.result == rejected.result


async def test_a_key_of_intake_is_kept_for_24_hours(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        key, other = Key("token:post:k1", "body-1"), Key("token:post:k1", "body-2")
        await post(floor, call("1"), key)
        floor.jump(24 * 3600 - 0.001)
        with refused("idempotency_key_reused"):
            await post(floor, call("2"), other)
        floor.jump(0.001)
        assert not (await post(floor, call("2"), other)).repeated


async def test_other_keys_are_kept_for_10_minutes(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        contact = await floor.talk((await post(floor, call())).result)
        key = Key("anna:requeue:k1", "body")
        requeue = Requeue(contact=contact.id)
        first = await floor.engine.do(requeue, as_agent("anna"), key)
        floor.jump(599.999)
        again = await floor.engine.do(requeue, as_agent("anna"), key)
        assert (again.repeated, again.result) == (True, first.result)
        floor.jump(0.001)
        with refused("unknown_contact"):
            await floor.engine.do(requeue, as_agent("anna"), key)


# Threads


async def test_a_thread_has_one_open_contact(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        first = await floor.post(channel="telegram", thread="42")
        with refused("thread_open") as refusal:
            await floor.post(channel="telegram", thread="42")
        assert refusal.value.detail == first.id
        assert (await floor.post(channel="telegram", thread="43")).state == "queued"
        assert (await floor.post(channel="telegram", account="branch", thread="42")).state == "queued"
        await floor.leave(first)
        assert (await floor.post(channel="telegram", thread="42")).state == "queued"


async def test_ten_first_messages_at_once_open_one_contact(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        answers = await asyncio.gather(
            *(floor.post(channel="telegram", thread="42", external_id=str(number)) for number in range(10)),
            return_exceptions=True,
        )
        opened = [answer for answer in answers if not isinstance(answer, BaseException)]
        assert len(opened) == 1
        assert {answer.code for answer in answers if isinstance(answer, Refusal)} == {"thread_open"}


# When it arrived, and when it is for


@pytest.mark.parametrize(("claimed_s", "taken_s"), [(-59, -59), (-3600, -3600), (-3601, -3600), (5, 0)])
async def test_an_arrival_lies_within_the_last_hour(server: Server, claimed_s: int, taken_s: int) -> None:
    async with floor_on(server, OPERATION) as floor:
        contact = (await post(floor, call(arrived_at=floor.now + claimed_s * 1000))).result
        taken = floor.now + taken_s * 1000
        assert (contact.arrived, contact.queued_at) == (taken, taken)
        clamped = [event.data for event in await floor.events("contact.clamped")]
        claimed = {"claimed": floor.now + claimed_s * 1000, "arrived": taken}
        assert clamped == ([] if claimed_s == taken_s else [claimed])


async def test_a_contact_may_be_for_later(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        contact = (await post(floor, call(not_before=floor.now + 60_000))).result
        assert (contact.state, contact.queued_at) == ("scheduled", None)
        await floor.advance(59.999)
        assert (await floor.contact(contact)).state == "scheduled"
        await floor.advance(0.001)
        due = await floor.contact(contact)
        assert (due.state, due.arrived, due.queued_at, due.waited) == ("offered", floor.now, floor.now, 0)


async def test_what_is_for_earlier_is_for_now(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        assert (await post(floor, call(not_before=floor.now))).result.state == "queued"


# What is known of the customer


async def know(floor: Floor, record: Customer | None, customer: str = "maria") -> None:
    await floor.do(PutCustomer(customer=customer, record=record and msgspec.msgpack.encode(record)))


async def test_the_directory_says_what_the_adapter_does_not(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await know(floor, Customer(type="corporate", name="Maria", language="en", segment="gold"))
        contact = await floor.post("maria", language="ru")
        assert (contact.queue, contact.customer_type, contact.priority) == ("corporate", "corporate", 0)
        assert contact.body is not None
        assert contact.body.customer == Customer(
            id="maria", type="corporate", name="Maria", language="ru", segment="gold", blocked=False
        )


async def test_the_adapter_s_word_beats_the_directory(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await know(floor, Customer(type="corporate", segment="gold"))
        contact = await floor.post("maria", customer_type="private")
        assert (contact.queue, contact.priority) == ("private", 3)


async def test_whom_nobody_knows_is_private_and_speaks_the_first_language(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        contact = await floor.post()
        assert contact.body is not None
        assert (contact.customer_type, contact.body.customer.language) == ("private", "ru")


async def test_a_record_that_is_taken_out_is_forgotten(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await know(floor, Customer(type="corporate"))
        await know(floor, None)
        assert (await floor.post("maria")).customer_type == "private"


async def test_a_blocked_customer_is_refused_and_recorded(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        await know(floor, Customer(blocked=True))
        contact = await floor.post("maria", thread="42")
        assert (contact.state, contact.outcome, contact.ended_by) == ("rejected", "blocked", "system")
        assert (await floor.figures())["rejected|private|phone|private|blocked"] == 1
        assert await floor.contact(contact) == contact
        await know(floor, None)
        assert (await floor.post("maria", thread="42")).state == "offered"


# What the request asks for, and what there is not


async def test_an_explicit_queue_beats_the_policy_and_needs_and_priorities_add(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await know(floor, Customer(segment="gold"))
        contact = await floor.post("maria", queue="corporate", priority=1)
        assert (contact.queue, contact.priority) == ("corporate", 3)
        assert (await floor.post("maria", priority=5)).priority == 5


async def test_there_is_nothing_but_what_the_operation_has(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        for code, fields in (
            ("unknown_channel", {"channel": "fax"}),
            ("unknown_queue", {"queue": "nowhere"}),
            ("malformed", {"medium": "smoke"}),
        ):
            with refused(code):
                await floor.post(external_id="1", **fields)
        assert await floor.events("contact.queued", "contact.rejected") == []
        assert (await floor.post(external_id="1")).state == "queued", "a refusal has stored nothing"


async def test_new_facts_about_who_waits_route_him_anew_with_his_arrival(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        contact = await floor.post()
        await floor.advance(20)
        change = Change(customer=Customer(type="corporate"), tags=("vip",))
        moved = (await floor.contacts.patch(contact.id, change, ADAPTER)).result
        assert (moved.queue, moved.arrived, moved.queued_at) == ("corporate", contact.arrived, floor.now)
        assert moved.body is not None
        assert moved.body.tags == ("vip",)
        (event,) = await floor.events("contact.patched")
        assert (event.data["rerouted"], event.data["from_queue"]) == (True, "private")
        assert (await floor.figures())["flowed_out|private|phone|corporate|rerouted"] == 1


async def test_facts_that_change_nothing_in_the_routing_keep_the_offer(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        contact = await floor.post()
        change = Change(metadata={"crm": "A-17"})
        kept = (await floor.contacts.patch(contact.id, change, ADAPTER)).result
        assert (kept.state, kept.offer) == ("offered", 1)
        assert kept.body is not None
        assert kept.body.metadata == '{"crm":"A-17"}'


async def test_what_adapters_send_is_kept_letter_by_letter(server: Server) -> None:
    """Lua would make a map of an empty list and lose the digits of a great number."""
    async with floor_on(server, OPERATION) as floor:
        odd: dict[str, Any] = {"list": [], "map": {}, "number": 9007199254740993, "text": "ключ\u0000", "nothing": None}
        contact = await floor.contact(await floor.post(attributes=odd))
        assert contact.body is not None
        assert msgspec.json.decode(contact.body.attributes) == odd
