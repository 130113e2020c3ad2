"""Presence is what the agent chooses; nobody but he changes it. State is what the router makes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from router.engine.acts.agents import Disconnect, Ready, SetDevice, SetPresence
from router.engine.acts.contacts import ConnectFailed
from tests.helpers.floor import ADAPTER, SUPERVISOR, as_agent, floor_on, refused

if TYPE_CHECKING:
    from router.domain.states import Presence
    from tests.helpers.servers import Server

OPERATION = """
[queues.private]
target_s = 40
[[routes]]
queue = "private"
[agents]
anna = { queues = ["private"], media = ["voice", "chat"] }
boris = { queues = ["private"], media = ["voice", "chat"] }
"""


@pytest.mark.parametrize("presence", ["available", "break", "offline"])
async def test_connecting_never_changes_what_he_chose(server: Server, presence: Presence) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        await floor.choose("anna", presence, reason="lunch")
        await floor.do(Disconnect(agent="anna", connection="desk"))
        await floor.advance(60)
        anna = await floor.connect("anna", "telephone")
        assert (anna.presence, anna.reason) == (presence, "lunch")


async def test_who_never_chose_is_offline_however_connected(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        anna = await floor.connect("anna")
        assert (anna.presence, anna.state) == ("offline", "offline")
        assert (await floor.post()).state == "queued"


async def test_who_chose_without_being_connected_gets_nothing_until_he_is(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.choose("anna", "available")
        contact = await floor.post()
        assert contact.state == "queued"
        await floor.connect("anna")
        assert await floor.offered_to(contact) == "anna"


async def test_a_break_ends_offers_and_its_end_shows_all_that_waits(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        await floor.choose("anna", "break", reason="lunch")
        anna = await floor.agent("anna")
        assert (anna.state, anna.reason) == ("break", "lunch")
        contact = await floor.post()
        assert contact.state == "queued"
        await floor.choose("anna", "available")
        assert await floor.offered_to(contact) == "anna"


async def test_a_break_during_an_offer_takes_it_back_once(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        contact = await floor.post()
        for _ in range(3):
            await floor.choose("anna", "break")
        await floor.advance(60)
        assert (await floor.contact(contact)).state == "queued"
        withdrawn = [event.data["reason"] for event in await floor.events("offer.withdrawn")]
        assert withdrawn == ["agent_away"]
        assert len(await floor.events("offer.made")) == 1
        assert (await floor.agent("anna")).misses is None, "that is no miss"


async def test_the_offer_goes_to_the_next_in_the_same_moment(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna", "boris")
        contact = await floor.post()
        await floor.choose("anna", "break")
        assert await floor.offered_to(contact) == "boris"


async def test_a_break_in_a_talk_lets_the_talk_end(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        contact = await floor.talk(await floor.post())
        anna = await floor.choose("anna", "break")
        assert (anna.presence, anna.state) == ("break", "draining")
        assert (await floor.contact(contact)).state == "assigned"
        await floor.complete(contact)
        await floor.do(Ready(agent="anna"))
        assert (await floor.agent("anna")).state == "break"


async def test_a_break_after_the_contact_is_shown_and_comes_with_the_end_of_his_work(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        contact = await floor.talk(await floor.post())
        anna = await floor.choose("anna", "break", reason="lunch", after_contact=True)
        assert (anna.presence, anna.next, anna.next_reason, anna.state) == ("available", "break", "lunch", "draining")
        assert (await floor.post(channel="telegram")).state == "queued"
        await floor.complete(contact)
        assert (await floor.agent("anna")).next == "break", "the wrap-up belongs to the contact"
        await floor.advance(15)
        anna = await floor.agent("anna")
        assert (anna.presence, anna.reason, anna.next, anna.state) == ("break", "lunch", None, "break")
        chosen = [(event.data["presence"], event.data["next"]) for event in await floor.events("agent.presence")]
        assert chosen == [("available", None), ("available", "break"), ("break", None)]


async def test_a_break_after_the_contact_keeps_the_offer(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        contact = await floor.post()
        await floor.choose("anna", "break", after_contact=True)
        assert await floor.offered_to(contact) == "anna"
        await floor.serve(contact)
        assert (await floor.agent("anna")).presence == "break"


async def test_a_break_after_the_contact_of_who_has_none_is_a_break_now(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        assert (await floor.choose("anna", "break", after_contact=True)).presence == "break"


async def test_the_last_word_counts(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        contact = await floor.talk(await floor.post())
        await floor.choose("anna", "break", after_contact=True)
        anna = await floor.choose("anna", "available")
        assert (anna.presence, anna.next) == ("available", None)
        await floor.choose("anna", "offline", after_contact=True)
        await floor.complete(contact)
        await floor.do(Ready(agent="anna"))
        assert (await floor.agent("anna")).presence == "offline"


async def test_a_change_chosen_for_later_begins_his_idle_time_when_it_comes(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        contact = await floor.accept(await floor.post())
        await floor.choose("anna", "break")
        await floor.choose("anna", "available", after_contact=True)
        await floor.sign_in("boris")
        await floor.advance(10)
        await floor.do(ConnectFailed(contact=contact.id, reason="channel"), ADAPTER)
        anna = await floor.agent("anna")
        assert (anna.presence, anna.idle_since) == ("available", floor.now)


async def test_a_supervisor_may_send_him_off(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna", "boris")
        contact = await floor.post()
        await floor.do(SetPresence(agent="anna", presence="offline"), SUPERVISOR)
        assert (await floor.agent("anna")).state == "offline"
        assert await floor.offered_to(contact) == "boris"
        assert (await floor.events("agent.presence"))[-1].role == "supervisor"


async def test_choosing_the_same_again_is_no_event(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        before = await floor.agent("anna")
        answer = await floor.engine.do(SetPresence(agent="anna", presence="available"), as_agent("anna"))
        assert answer.repeated
        assert answer.result == before


async def test_his_state_follows_what_he_does(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        states = [(await floor.agent("anna")).state]
        await floor.sign_in("anna")
        states.append((await floor.agent("anna")).state)
        contact = await floor.post()
        states.append((await floor.agent("anna")).state)
        await floor.talk(contact)
        states.append((await floor.agent("anna")).state)
        await floor.complete(contact)
        states.append((await floor.agent("anna")).state)
        assert states == ["offline", "idle", "reserved", "busy", "wrap_up"]


async def test_nobody_is_there_who_is_not_in_the_operation(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        with refused("unknown_agent"):
            await floor.connect("stranger")
        with refused("unknown_agent"):
            await floor.choose("stranger", "available")


# Phones


@pytest.mark.parametrize("state", ["in_use", "ringing", "unreachable"])
async def test_a_phone_that_is_not_idle_gets_no_calls_but_chats_do_not_mind(server: Server, state: Any) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        await floor.do(SetDevice(agent="anna", address="PJSIP/1001", state=state), ADAPTER)
        call = await floor.post()
        assert call.state == "queued"
        chat = await floor.post(channel="telegram")
        assert chat.agent == "anna"
        await floor.leave(chat)
        await floor.do(SetDevice(agent="anna", address="PJSIP/1001", state="idle"), ADAPTER)
        assert await floor.offered_to(call) == "anna"


async def test_a_phone_is_chosen_with_the_presence_and_unknown_until_it_is_seen(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.connect("anna")
        await floor.do(SetDevice(agent="anna", address="PJSIP/1001", state="unreachable"), ADAPTER)
        await floor.do(SetPresence(agent="anna", presence="available", device="PJSIP/1002"), as_agent("anna"))
        anna = await floor.agent("anna")
        assert (anna.device, anna.device_state) == ("PJSIP/1002", None)
        assert (await floor.post()).agent == "anna"


async def test_another_phone_than_the_chosen_one_says_nothing(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        await floor.do(SetPresence(agent="anna", presence="available", device="PJSIP/1001"), as_agent("anna"))
        await floor.do(SetDevice(agent="anna", address="PJSIP/1002", state="in_use"), ADAPTER)
        anna = await floor.agent("anna")
        assert (anna.device, anna.device_state) == ("PJSIP/1001", None)
        assert (await floor.post()).agent == "anna"


async def test_a_change_of_the_phone_is_told_once(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        in_use = SetDevice(agent="anna", address="PJSIP/1001", state="in_use")
        idle = SetDevice(agent="anna", address="PJSIP/1001", state="idle")
        for seen in (in_use, in_use, idle, idle):
            await floor.do(seen, ADAPTER)
        assert [event.data["state"] for event in await floor.events("agent.device")] == ["in_use", "idle"]
