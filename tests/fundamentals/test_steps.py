"""What a contact needs relaxes while it waits, at the times that the operation says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from router.domain.requirement import Requirement
from router.engine.acts.contacts import Requeue
from tests.helpers.floor import SUPERVISOR, floor_on

if TYPE_CHECKING:
    from tests.helpers.servers import Server

OPERATION = """
[skills]
corporate = "serves business customers"
english = "speaks English"
[powers]
refund = "RUB"
[queues.corporate]
target_s = 10
needs = { skills.corporate = 3 }
steps = [{ after_s = 30, skills.corporate = 1 }]
late = { wait_s = 100, then = { overflow = "private" } }
[queues.private]
target_s = 40
[[routes]]
when.customer.language = "en"
needs.skills.english = 4
steps = [{ after_s = 60, drop = ["skills.english"] }]
[[routes]]
when.customer.type = "corporate"
queue = "corporate"
[[routes]]
queue = "private"
[groups]
lions = { queues = ["corporate", "private"], media = ["voice"] }
tigers = { queues = ["corporate", "private"], media = ["voice"] }
[agents]
nina = { group = "lions", skills.corporate = 2 }
inna = { group = "tigers", skills.corporate = 9 }
anna = { queues = ["private"], media = ["voice"], powers.refund = 300 }
zakhar = { queues = ["private"], media = ["voice"], skills.english = 6, powers.refund = 5000 }
"""


async def test_who_has_less_is_asked_after_the_step(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("nina")
        contact = await floor.post(customer_type="corporate")
        await floor.advance(29.999)
        assert (await floor.contact(contact)).state == "queued"
        await floor.advance(0.001)
        assert await floor.offered_to(contact) == "nina"


async def test_who_has_enough_is_asked_at_once(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("inna", "nina")
        assert (await floor.post(customer_type="corporate")).agent == "inna"


async def test_a_step_of_the_route_drops_what_the_route_needed(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        contact = await floor.post(language="en")
        await floor.advance(59.999)
        assert (await floor.contact(contact)).state == "queued"
        await floor.advance(0.001)
        assert await floor.offered_to(contact) == "anna"


async def test_every_step_is_in_the_stream(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.post(customer_type="corporate", language="en")
        await floor.advance(61)
        needs = [event.data["requirement"][0] for event in await floor.events("contact.queued", "contact.stepped")]
        assert needs == [{"corporate": 9, "english": 6}, {"corporate": 2, "english": 6}, {"corporate": 2}]
        stages = [event.data["stage"] for event in await floor.events("contact.stepped")]
        assert stages == [1, 2]


async def test_a_step_does_not_change_the_place(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        english = await floor.post(language="en")
        await floor.post()
        await floor.advance(60)
        assert await floor.place(english) == 1


async def test_a_contact_that_comes_back_has_relaxed_as_far_as_it_has_waited(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("inna")
        contact = await floor.post(customer_type="corporate")
        await floor.advance(1)
        await floor.acknowledge(contact)
        await floor.advance(14)
        await floor.sign_in("nina")
        await floor.advance(1)
        missed = await floor.contact(contact)
        assert (missed.state, missed.stage) == ("queued", 0)
        await floor.advance(14)
        assert await floor.offered_to(contact) == "nina"


async def test_a_talk_begins_the_steps_anew(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("nina")
        contact = await floor.post(customer_type="corporate")
        await floor.advance(30)
        await floor.talk(contact)
        again = await floor.do(Requeue(contact=contact.id), SUPERVISOR)
        assert (again.state, again.stage) == ("queued", 0)


async def test_each_queue_counts_its_steps_from_the_entry(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        contact = await floor.post(customer_type="corporate", language="en")
        await floor.advance(100)
        assert (await floor.contact(contact)).queue == "private"
        await floor.advance(59.999)
        assert (await floor.contact(contact)).state == "queued"
        await floor.advance(0.001)
        assert await floor.offered_to(contact) == "anna"


async def test_a_team_may_be_asked_for(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna", "inna", "nina")
        contact = await floor.post(requirement=Requirement(teams=("lions",)))
        assert contact.agent == "nina"
        other = await floor.post(requirement=Requirement(teams=("lions",)))
        assert other.state == "queued", "who is in another team, or in none, will not do"


async def test_agents_may_be_asked_for_by_name(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna", "zakhar")
        named = Requirement(agents=("zakhar", "inna"))
        assert (await floor.post(requirement=named)).agent == "zakhar"
        waiting = await floor.post(requirement=named)
        assert waiting.state == "queued"
        await floor.sign_in("inna")
        assert await floor.offered_to(waiting) == "inna"


async def test_a_name_is_no_licence(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        contact = await floor.post(requirement=Requirement(agents=("anna",), powers={"refund": 301}))
        assert (contact.state, contact.unroutable) == ("queued", "together")


async def test_teams_that_have_no_member_in_common_are_nobody(server: Server) -> None:
    operation = OPERATION.replace(
        'when.customer.type = "corporate"', 'when.customer.type = "corporate"\nneeds.teams = ["lions"]'
    )
    async with floor_on(server, operation) as floor:
        await floor.sign_in("inna", "nina")
        contact = await floor.post(customer_type="corporate", requirement=Requirement(teams=("tigers",)))
        assert (contact.state, contact.unroutable) == ("queued", "together")
