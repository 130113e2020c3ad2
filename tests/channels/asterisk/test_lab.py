"""The lab itself: what its telephones say is what real Asterisk understands, and the other way round."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from tests.channels.asterisk.lab.app import app_of
from tests.channels.asterisk.lab.asterisk import LIMIT_S
from tests.channels.asterisk.lab.configuration import MUSIC_HZ
from tests.channels.asterisk.lab.media import CLOCK

if TYPE_CHECKING:
    from tests.channels.asterisk.lab.asterisk import Asterisk
    from tests.channels.asterisk.lab.call import Call
    from tests.channels.asterisk.lab.lab import Lab


async def talking(lab: Lab, asterisk: Asterisk) -> tuple[Call, Call]:
    """A customer and the agent's telephone 1001, who hear each other through Asterisk's own Dial."""
    anna, customer = await lab.phone(asterisk), await lab.caller(asterisk)
    theirs = await customer.call("1001")
    ours = await anna.picks_up()
    theirs.say(1000)
    ours.say(1000)
    await ours.hears(1000)
    await theirs.hears(1000)
    theirs.be_silent()
    ours.be_silent()
    return theirs, ours


async def test_two_telephones_hear_each_other(lab: Lab, asterisk: Asterisk) -> None:
    anna, customer = await lab.phone(asterisk), await lab.caller(asterisk)
    delays_ms = list[int]()
    for _ in range(3):  # the best of them tells of Asterisk, the others of what else this machine did
        theirs = await customer.call("1001", name="Ольга", caller="+73912345678")
        ours = await anna.rung()
        ours.ring()
        await theirs.rings()
        assert (ours.caller_name, ours.caller_number) == ("Ольга", "+73912345678")
        theirs.say(440)
        ours.say(880)
        begun_ms = CLOCK.monotonic_ms()
        await ours.answer()
        heard_ms = [await ours.hears(440), await theirs.hears(880)]
        delays_ms.append(max(heard_ms) - begun_ms)
        await theirs.hang_up()
        assert await ours.ended() == "they hung up"
    assert min(delays_ms) < 200
    assert asterisk.problems() == []


async def test_who_says_nothing_is_not_heard(lab: Lab, asterisk: Asterisk) -> None:
    theirs, ours = await talking(lab, asterisk)
    theirs.say(440)
    await ours.hears(440)
    with pytest.raises(AssertionError, match="550 Hz was not heard"):
        await ours.hears(550, within_s=0.3)
    with pytest.raises(TimeoutError):
        await ours.hears_silence(within_s=0.5)
    theirs.be_silent()
    await ours.hears_silence()
    assert ours.media.has_heard(440)
    assert not theirs.media.has_heard(440)
    await ours.hang_up()
    assert await theirs.ended() == "they hung up"


async def test_a_gap_is_seen(lab: Lab, asterisk: Asterisk) -> None:
    theirs, ours = await talking(lab, asterisk)
    theirs.say(440)
    begun_ms = await ours.hears(440)
    assert ours.media.longest_gap_ms(440, begun_ms) < 150
    theirs.be_silent()
    await ours.hears_silence(400)
    theirs.say(440)
    await ours.hears(440)
    assert 350 < ours.media.longest_gap_ms(440, begun_ms) < 900


async def test_digits_arrive_both_ways(lab: Lab, asterisk: Asterisk) -> None:
    theirs, ours = await talking(lab, asterisk)
    theirs.press("1590*#")
    await ours.pressed("1590*#")
    ours.press("2255")
    await theirs.pressed("2255")


async def test_the_hold_key_gives_the_other_side_music(lab: Lab, asterisk: Asterisk) -> None:
    theirs, ours = await talking(lab, asterisk)
    await ours.hold()
    await theirs.hears(MUSIC_HZ)
    await ours.resume()
    ours.say(880)
    await theirs.hears(880)
    assert asterisk.problems() == []


@pytest.mark.parametrize(("status", "heard"), [(486, 486), (603, 403), (480, 480), (404, 404)])
async def test_a_telephone_refuses(lab: Lab, asterisk: Asterisk, status: int, heard: int) -> None:
    anna, customer = await lab.phone(asterisk), await lab.caller(asterisk)
    theirs = await customer.call("1001")
    (await anna.rung()).refuse(status)
    assert await theirs.ended() == "refused"
    assert theirs.statuses[-1] == heard


async def test_a_caller_gives_up(lab: Lab, asterisk: Asterisk) -> None:
    anna, customer = await lab.phone(asterisk), await lab.caller(asterisk)
    theirs = await customer.call("1001")
    ours = await anna.rung()
    ours.ring()
    await theirs.rings()
    await theirs.hang_up()
    assert theirs.over == "cancelled"
    assert await ours.ended() == "cancelled"


async def test_an_unplugged_telephone_says_nothing(lab: Lab, asterisk: Asterisk) -> None:
    anna, customer = await lab.phone(asterisk), await lab.caller(asterisk)
    anna.plugged = False
    theirs = await customer.call("1001")
    with pytest.raises(AssertionError, match="ringing did not come"):
        await theirs.rings(within_s=0.7)
    assert anna.is_quiet()
    anna.plugged = True  # Asterisk asks again and again
    (await anna.rung()).ring()
    await theirs.rings()


async def test_an_unregistered_telephone_is_not_there(lab: Lab, asterisk: Asterisk) -> None:
    anna = await lab.phone(asterisk)
    async with asyncio.timeout(LIMIT_S):  # it says so a moment after it has answered the phone
        while "Unavailable" in await asterisk.cli("pjsip show endpoint 1001"):
            pass
        await anna.unregister()
        while "Unavailable" not in await asterisk.cli("pjsip show endpoint 1001"):
            pass


async def test_a_wrong_password_is_refused(lab: Lab, asterisk: Asterisk) -> None:
    anna = await lab.caller(asterisk, "1001")
    anna.password = "a wrong one"
    with pytest.raises(AssertionError, match="401"):
        await anna.register()


async def test_transfers_by_the_telephones_own_keys_come_to_the_app(lab: Lab, asterisk: Asterisk) -> None:
    anna, boris = await lab.phone(asterisk), await lab.phone(asterisk, "1002")
    async with app_of(asterisk) as app:
        await app.ask(
            "POST", "/channels", endpoint=anna.device, app="contact-router", channelId="leg", timeout="5",
            body={"variables": {"PJSIP_TRANSFER_HANDLING()": "ari-only"}},
        )  # fmt: skip
        first = await anna.picks_up()
        assert await app.entered() == "leg"
        assert await first.refer("636") == 202
        said = await app.event("ChannelTransfer")
        assert said["refer_to"]["requested_destination"]["destination"] == "636"
        assert said["referred_by"]["source_channel"]["id"] == "leg"
        await app.ask("POST", "/channels/leg/transfer_progress", states="channel_answered")
        assert await first.transferred() == 200
        assert (await app.event("ChannelTransfer"))["state"] == "channel_answered"  # it hears itself

        second = await anna.call("1002")
        third = await boris.picks_up()
        third.say(440)
        await second.hears(440)
        assert await first.refer_to_call(second) == 202
        said = await app.event("ChannelTransfer")
        assert said["refer_to"]["destination_channel"]["protocol_id"] == second.id
        assert said["refer_to"]["connected_channel"]["protocol_id"] == third.id


async def test_an_outside_number_is_rung_over_the_trunk(lab: Lab, asterisk: Asterisk) -> None:
    world = await lab.outside(asterisk)
    async with app_of(asterisk) as app:
        await app.ask("POST", "/channels", endpoint="PJSIP/+73919998877@provider", app="contact-router")
        call = await world.picks_up()
        assert call.dialled == "+73919998877"
        await app.event("StasisStart")


async def test_two_stand_side_by_side(lab: Lab, asterisk: Asterisk) -> None:
    second = await lab.asterisk()
    one = await talking(lab, asterisk)
    two = await talking(lab, second)
    one[0].say(440)
    two[0].say(880)
    await one[1].hears(440)
    await two[1].hears(880)
    assert not one[1].media.has_heard(880)
    assert not two[1].media.has_heard(440)


async def test_a_restart_ends_the_calls_and_keeps_the_telephones(lab: Lab, asterisk: Asterisk) -> None:
    theirs, ours = await talking(lab, asterisk)
    before = asterisk.pid
    await asterisk.restart()
    assert await theirs.ended() == "they hung up"
    assert await ours.ended() == "they hung up"
    assert asterisk.pid != before
    again = await theirs.phone.call("1001")
    await ours.phone.picks_up()
    await again.answered()


async def test_a_kill_says_nothing_to_anyone(lab: Lab, asterisk: Asterisk) -> None:
    theirs, ours = await talking(lab, asterisk)
    theirs.say(440)
    await ours.hears(440)
    await asterisk.kill()
    await ours.hears_silence()
    assert not theirs.over
    assert not ours.over
    await asterisk.start()
    await ours.phone.register()  # what came in the last second before the kill is not known any more
    again = await theirs.phone.call("1001")
    await ours.phone.picks_up()
    await again.answered()
