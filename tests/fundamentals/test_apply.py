"""Another operation is put in force on a running floor, and no contact is lost by it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from router.domain.new import NewContact
from router.domain.requirement import Requirement
from router.engine.acts.contacts import Requeue
from router.engine.engine import SYSTEM
from router.kit.errors import Refusal
from router.kit.ids import IdSource
from router.service.contacts import Contacts
from router.service.operations import apply_operation, current_operation
from tests.helpers.floor import ADAPTER, SUPERVISOR, Floor, floor_on, operation_of, process_of, refused

if TYPE_CHECKING:
    from router.engine.engine import Engine
    from tests.helpers.servers import Server

OPERATION = """
order = "delay_ratio"
[skills]
english = "speaks English"
[queues]
private = { target_s = 40 }
corporate = { target_s = 10 }
[[routes]]
when.attributes.dialled = "636"
queue = "corporate"
[[routes]]
queue = "private"
[media.voice]
cost = 100
limits_s = { wrap_up = 0 }
[media.chat]
cost = 25
limits_s = { wrap_up = 0, reply = 600 }
[agents]
anna = { queues = ["private", "corporate"], media = ["voice", "chat"] }
boris = { queues = ["private", "corporate"], media = ["voice", "chat"], skills.english = 5 }
"""
ANNA = 'anna = { queues = ["private", "corporate"], media = ["voice", "chat"] }\n'
BORIS = 'boris = { queues = ["private", "corporate"], media = ["voice", "chat"], skills.english = 5 }\n'
CORPORATE = "corporate = { target_s = 10 }\n"


# Agents


async def test_who_is_new_gets_what_waits(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        contact = await floor.post()
        await floor.apply(OPERATION + 'vera = { queues = ["private"], media = ["voice"] }')
        await floor.sign_in("vera")
        assert await floor.offered_to(contact) == "vera"


async def test_who_is_removed_ends_his_talk_and_is_gone_with_it(server: Server) -> None:
    """He wraps nothing up any more."""
    operation = OPERATION.replace("limits_s = { wrap_up = 0 }", "limits_s = { wrap_up = 10 }")
    async with floor_on(server, operation) as floor:
        await floor.sign_in("anna")
        contact = await floor.talk(await floor.post())
        await floor.apply(operation.replace(ANNA, ""))
        assert (await floor.contact(contact)).agent == "anna"
        with refused("unknown_agent"):
            await floor.connect("anna", "another desk")
        assert (await floor.post()).state == "queued"
        closed = await floor.complete(contact, "resolved")
        assert (closed.state, closed.disposition) == ("closed", "resolved")
        with refused("unknown_agent"):
            await floor.agent("anna")
        assert [event.type for event in await floor.events("agent.removed")] == ["agent.removed"]


async def test_who_is_removed_loses_his_offer_and_what_he_has_not_answered(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna", "boris")
        accepted = await floor.accept(await floor.post(requirement=Requirement(agents=("anna",))))
        await floor.apply(OPERATION.replace(ANNA, ""))
        assert (await floor.contact(accepted)).state == "queued"
        offered = await floor.post()
        assert offered.agent == "boris"
        await floor.apply(OPERATION.replace(BORIS, ""))
        assert (await floor.contact(offered)).state == "queued"
        with refused("unknown_agent"):
            await floor.agent("boris")
        await floor.sign_in("anna")
        assert {await floor.offered_to(accepted), await floor.offered_to(offered)} == {"anna", None}


async def test_who_comes_back_begins_anew(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        await floor.apply(OPERATION.replace(ANNA, ""))
        await floor.apply(OPERATION)
        anna = await floor.agent("anna")
        assert (anna.presence, anna.state, anna.burden.connections) == ("offline", "offline", 0)
        await floor.sign_in("anna")
        assert (await floor.post()).agent == "anna"


async def test_who_is_taken_back_during_his_last_talk_stays(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        contact = await floor.talk(await floor.post())
        await floor.apply(OPERATION.replace(ANNA, ""))
        await floor.apply(OPERATION)
        await floor.connect("anna")
        await floor.complete(contact)
        assert (await floor.post()).agent == "anna"


async def test_new_skills_count_at_once_and_lost_ones_too(server: Server) -> None:
    english = Requirement(skills={"english": 3})
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna", "boris")
        offered = await floor.post(requirement=english)
        assert offered.agent == "boris"
        swapped = OPERATION.replace(ANNA, ANNA.replace("}", ", skills.english = 4 }"))
        await floor.apply(swapped.replace(BORIS, BORIS.replace(", skills.english = 5", "")))
        assert await floor.offered_to(offered) == "anna"
        reasons = [event.data["reason"] for event in await floor.events("offer.withdrawn")]
        assert reasons
        (anna,) = [event for event in (await floor.events("agent.profile"))[2:] if event.agent == "anna"]
        assert anna.data["skills"] == {"english": 4}


async def test_an_offer_that_he_may_no_longer_have_is_taken_back(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna", "boris")
        contact = await floor.post()
        assert contact.agent == "anna"
        await floor.apply(OPERATION.replace(ANNA, ANNA.replace('"private", ', "")))
        assert await floor.offered_to(contact) == "boris"
        assert [event.data["reason"] for event in await floor.events("offer.withdrawn")] == ["not_capable"]


async def test_a_talk_goes_on_though_the_agent_may_no_longer_have_such(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("boris")
        contact = await floor.talk(await floor.post(requirement=Requirement(skills={"english": 3})))
        await floor.apply(OPERATION.replace(", skills.english = 5", ""))
        assert (await floor.contact(contact)).agent == "boris"
        assert (await floor.complete(contact)).state == "closed"


# Queues


async def test_who_waits_in_a_queue_that_is_gone_is_routed_anew_with_his_arrival(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        contact = await floor.post(attributes={"dialled": "636"})
        assert contact.queue == "corporate"
        await floor.advance(5)
        later = await floor.post()
        without = OPERATION.replace(CORPORATE, "").replace('queue = "corporate"', 'queue = "private"')
        await floor.apply(without.replace(', "corporate"]', "]"))
        moved = await floor.contact(contact)
        assert (moved.queue, moved.arrived, moved.state) == ("private", contact.arrived, "queued")
        assert (await floor.place(contact), await floor.place(later)) == (1, 2)


async def test_a_queue_asked_for_that_is_gone_gives_way_to_the_policy(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        offered = await floor.post(queue="corporate")
        scheduled = await floor.post(queue="corporate", not_before=floor.now + 60_000)
        without = OPERATION.replace(CORPORATE, "").replace('queue = "corporate"', 'queue = "private"')
        await floor.apply(without.replace(', "corporate"]', "]"))
        assert ((await floor.contact(offered)).queue, await floor.offered_to(offered)) == ("private", "anna")
        await floor.advance(60)
        due = await floor.contact(scheduled)
        assert (due.queue, due.state) == ("private", "queued")


async def test_a_changed_target_changes_the_order_of_those_who_wait(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        private = await floor.post()
        await floor.advance(10)
        corporate = await floor.post(queue="corporate")
        important = await floor.post(queue="corporate", priority=2)
        await floor.advance(10)
        await floor.apply(OPERATION.replace("corporate = { target_s = 10 }", "corporate = { target_s = 100 }"))
        assert (await floor.contact(important)).rank == important.arrived - 2 * 50_000
        await floor.sign_in("anna")
        order = [contact.id for contact in (important, private, corporate)]
        for contact in order:
            assert await floor.offered_to(contact) == "anna"
            await floor.serve(contact)


async def test_a_shorter_target_that_has_passed_is_missed_at_once(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.post()
        await floor.advance(20)
        await floor.apply(OPERATION.replace("target_s = 40", "target_s = 15"))
        assert len(await floor.events("contact.target_missed")) == 1
        await floor.apply(OPERATION)
        await floor.advance(60)
        assert len(await floor.events("contact.target_missed")) == 1, "once is enough"


async def test_what_was_answered_is_judged_by_the_target_of_then(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        contact = await floor.post()
        await floor.advance(2)
        await floor.talk(contact)
        await floor.apply(OPERATION.replace("target_s = 40", "target_s = 1"))
        assert (await floor.figures())["answered|private|phone|private|true"] == 1


async def test_a_new_rule_for_who_is_late_applies_to_those_who_wait(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        contact, later = await floor.post(), await floor.post(queue="corporate")
        await floor.advance(30)
        late = 'private = { target_s = 40, late = { wait_s = 20, then = { overflow = "corporate" } } }'
        await floor.apply(OPERATION.replace("private = { target_s = 40 }", late))
        moved = await floor.contact(contact)
        assert (moved.queue, moved.arrived) == ("corporate", contact.arrived)
        assert (await floor.contact(later)).queue == "corporate"


async def test_a_door_that_is_narrower_turns_nobody_out(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        contacts = [await floor.post() for _ in range(3)]
        full = 'private = { target_s = 40, full = { waiting = 1, then = "reject" } }'
        await floor.apply(OPERATION.replace("private = { target_s = 40 }", full))
        assert {(await floor.contact(contact)).state for contact in contacts} == {"queued"}
        assert (await floor.post()).state == "rejected"


async def test_hours_hold_from_the_next_contact_on(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        waiting = await floor.post()
        hours = '[hours]\noffice = { mon = ["09:00-10:00"] }\n'
        closed = OPERATION.replace("private = { target_s = 40 }", 'private = { target_s = 40, hours = "office" }')
        await floor.apply(closed.replace("[queues]", hours + "[queues]"))
        assert (await floor.post()).state == "rejected"
        assert (await floor.contact(waiting)).state == "queued"
        await floor.apply(
            closed.replace("[queues]", hours.replace("mon", "sun").replace("10:00", "11:00") + "[queues]")
        )
        assert (await floor.post()).state == "queued"


# Media, reserve, order


async def test_a_raised_cost_drops_nothing_and_gives_nothing_new_until_it_fits(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        chats = [await floor.talk(await floor.post(channel="telegram")) for _ in range(3)]
        await floor.apply(OPERATION.replace("cost = 25", "cost = 50"))
        assert (await floor.agent("anna")).burden.load == 150
        waiting = await floor.post(channel="telegram")
        for chat in chats[:2]:
            assert (await floor.contact(waiting)).state == "queued"
            await floor.complete(chat)
        assert await floor.offered_to(waiting) == "anna"


async def test_a_lower_cost_makes_room_at_once(server: Server) -> None:
    async with floor_on(server, OPERATION.replace("cost = 25", "cost = 100")) as floor:
        await floor.sign_in("anna")
        await floor.talk(await floor.post(channel="telegram"))
        waiting = await floor.post(channel="telegram")
        assert waiting.state == "queued"
        await floor.apply(OPERATION)
        assert await floor.offered_to(waiting) == "anna"


async def test_another_mode_ranks_the_agents_anew(server: Server) -> None:
    async with floor_on(server, OPERATION.replace(", skills.english = 5", "")) as floor:
        await floor.sign_in("anna", "boris")
        for name in ("anna", "boris"):
            await floor.serve(await floor.post(requirement=Requirement(agents=(name,))))
        robin = OPERATION.replace(", skills.english = 5", "").replace("cost = 100", 'cost = 100\nmode = "round_robin"')
        await floor.choose("anna", "break")
        await floor.advance(1)
        await floor.choose("anna", "available")
        await floor.apply(robin)
        assert (await floor.post()).agent == "anna", "boris was offered something after her, though idle for longer"


async def test_a_reserve_that_goes_lets_go_and_one_that_comes_takes_hold(server: Server) -> None:
    reserve = 'corporate = { target_s = 10, reserve = { skill = "english", agents = 1 } }\n'
    crew = "".join(BORIS.replace("boris", name) for name in ("vera", "gleb"))
    protected = OPERATION.replace(CORPORATE, reserve) + crew
    async with floor_on(server, protected) as floor:
        await floor.sign_in("boris", "vera", "gleb")
        contacts = [await floor.post() for _ in range(3)]
        assert contacts[2].state == "queued"
        await floor.apply(OPERATION + crew)
        assert await floor.offered_to(contacts[2]) is not None
        await floor.serve(contacts[2])
        await floor.apply(protected)
        assert (await floor.post()).state == "queued"


async def test_another_order_applies_to_those_who_wait(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        private = await floor.post()
        await floor.advance(10)
        corporate = await floor.post(queue="corporate")
        await floor.advance(10)
        await floor.apply(OPERATION.replace("delay_ratio", "fifo"))
        await floor.sign_in("anna")
        assert await floor.offered_to(private) == "anna"
        assert await floor.offered_to(corporate) is None


async def test_what_was_assigned_under_the_old_operation_follows_the_new_one_when_it_comes_back(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        contact = await floor.talk(await floor.post())
        await floor.apply(OPERATION.replace("target_s = 40", "target_s = 400"))
        await floor.do(Requeue(contact=contact.id), SUPERVISOR)
        await floor.run_due()
        found = await floor.contact(contact)
        assert found.revision == floor.current.revision
        assert found.lane != contact.lane


# How it is put in force


async def another_floor(engine: Engine) -> Floor:
    """The same workspace as another process sees it."""
    floor, current = Floor(engine), await current_operation(engine)
    assert current is not None
    floor.current, floor.contacts = current, Contacts(engine, current, IdSource())
    return floor


async def test_the_same_operation_again_is_nothing(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        events = await floor.events()
        assert (await apply_operation(floor.engine, operation_of(OPERATION), SYSTEM)).revision == 1
        assert await floor.events() == events


async def test_of_two_who_apply_at_once_one_is_told_to_look_again(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        others = [OPERATION.replace("target_s = 40", f"target_s = {target}") for target in (41, 42)]
        told = await asyncio.gather(
            *(apply_operation(floor.engine, operation_of(other), SYSTEM) for other in others), return_exceptions=True
        )
        assert [answer.revision for answer in told if not isinstance(answer, BaseException)] == [2]
        assert [answer.code for answer in told if isinstance(answer, Refusal)] == ["stale"]
        await floor.run_due()
        current = await current_operation(floor.engine)
        assert current is not None
        assert (current.revision, current.operation.queues["private"].target_ms in {41_000, 42_000}) == (2, True)


async def test_who_dies_after_applying_leaves_it_to_the_others(server: Server) -> None:
    names = [f"agent-{number:02}" for number in range(45)]
    crew = "".join(f'{name} = {{ queues = ["private"], media = ["voice"] }}\n' for name in names)
    async with floor_on(server, OPERATION) as floor:
        contacts = [await floor.post(priority=1) for _ in range(30)]
        await floor.apply(OPERATION.replace("target_s = 40", "target_s = 80") + crew, applier_dies=True)
        with refused("unknown_agent"):
            await floor.agent(names[-1])
        async with process_of(server, floor.engine.workspace, given_ms=floor.now) as engine:
            await (await another_floor(engine)).run_due()
        await floor.sign_in(*names)
        for contact in contacts:
            found = await floor.contact(contact)
            assert (found.state, found.revision, found.rank) == ("offered", 2, contact.arrived - 40_000)


async def test_a_process_that_has_not_heard_of_it_looks_again_before_it_takes_a_contact_in(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        old = floor.contacts
        await floor.apply(OPERATION.replace("target_s = 40", "target_s = 80"))
        answer = await old.post(NewContact(channel="phone", external_id="x", priority=1), ADAPTER, floor.now)
        assert (answer.result.revision, answer.result.rank) == (2, answer.result.arrived - 40_000)
        moved = await old.transfer(answer.result.id, SUPERVISOR, queue="corporate")
        assert moved.result.queue == "corporate"


@pytest.mark.parametrize("count", [1, 130])
async def test_however_many_wait_they_all_follow(server: Server, count: int) -> None:
    async with floor_on(server, OPERATION) as floor:
        contacts = [await floor.post(priority=1) for _ in range(count)]
        await floor.apply(OPERATION.replace("target_s = 40", "target_s = 80"))
        ranks = {(await floor.contact(contact)).rank for contact in contacts}
        assert ranks == {contacts[0].arrived - 40_000}
