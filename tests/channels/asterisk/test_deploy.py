"""What a PBX owner adds to his Asterisk: each line of `deploy/asterisk/` does what its page says."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import aiohttp
import pytest

from tests.channels.asterisk.lab.app import app_of
from tests.channels.asterisk.lab.configuration import DEPLOY, DEPLOYED, MUSIC_HZ, PASSWORD

if TYPE_CHECKING:
    from tests.channels.asterisk.lab.asterisk import Asterisk
    from tests.channels.asterisk.lab.call import Call
    from tests.channels.asterisk.lab.lab import Lab


async def played(asterisk: Asterisk, call: Call, sound: str, language: str = "ru") -> None:
    """Something was heard by the caller, and it was this sound in this language."""
    await call.media.hears_other_than(MUSIC_HZ)
    assert re.search(rf"Playing '{sound}\.\w+' \(language '{language}'\)", asterisk.log())


async def test_nothing_but_the_passwords_and_the_address_is_left_to_the_owner(asterisk: Asterisk) -> None:
    assert {path.stem for path in DEPLOY.glob("*.conf")} == set(DEPLOYED)
    assert asterisk.problems() == []


async def test_each_line_is_explained() -> None:
    page = (DEPLOY / "README.md").read_text()
    for path in DEPLOY.glob("*.conf"):
        assert f"`{path.name}`" in page
    for line in (DEPLOY / "extensions.conf").read_text().splitlines():
        for section in re.findall(r"^\[(.*)\]", line):
            assert section in page, section


async def test_no_password_of_ours_opens_an_asterisk(asterisk: Asterisk) -> None:
    assert not [path for path in DEPLOY.glob("*.conf") if re.search(r"^ *password *=", path.read_text(), re.MULTILINE)]
    for password, status in (("", 401), ("contact-router", 401), (PASSWORD, 200)):
        login = {"Authorization": aiohttp.encode_basic_auth(asterisk.user, password)}
        async with (
            aiohttp.ClientSession(asterisk.url, headers=login) as http,
            http.get("/ari/asterisk/info") as answer,
        ):
            assert answer.status == status


@pytest.mark.parametrize(("line", "segment"), [("611", "private"), ("636", "corporate")])
async def test_a_line_comes_into_the_app_with_what_the_dialplan_knows(
    lab: Lab, asterisk: Asterisk, line: str, segment: str
) -> None:
    customer = await lab.caller(asterisk)
    async with app_of(asterisk) as app:
        await customer.call(line, caller="+73912345678")
        said = await app.event("StasisStart")
        assert said["args"] == [f"segment={segment}"]
        assert said["channel"]["dialplan"]["exten"] == line
        assert said["channel"]["language"] == "ru"
        assert said["channel"]["caller"]["number"] == "+73912345678"


async def test_nobody_at_the_app_and_611_says_so(lab: Lab, asterisk: Asterisk) -> None:
    theirs = await (await lab.caller(asterisk)).call("611")
    await theirs.answered()
    await played(asterisk, theirs, "something-terribly-wrong")


async def test_nobody_at_the_app_and_636_is_answered_by_the_pbx_own_queue(lab: Lab, asterisk: Asterisk) -> None:
    anna = await lab.phone(asterisk, "1001")
    theirs = await (await lab.caller(asterisk)).call("636")
    ours = await anna.rung()
    await theirs.hears(MUSIC_HZ)
    ours.ring()
    await ours.answer()
    theirs.say(440)
    await ours.hears(440)


async def test_nobody_at_the_app_and_no_telephone_either(lab: Lab, asterisk: Asterisk) -> None:
    theirs = await (await lab.caller(asterisk)).call("636")
    await theirs.hears(MUSIC_HZ)  # who queues waits for a telephone to come
    anna = await lab.phone(asterisk, "1001")
    await anna.picks_up()


async def left(lab: Lab, asterisk: Asterisk, status: str, line: str = "611", *, answered: bool = True) -> Call:
    """A call that the app gave back to the dialplan with this word."""
    customer = await lab.caller(asterisk)
    async with app_of(asterisk) as app:
        theirs = await customer.call(line)
        channel = await app.entered()
        if answered:
            await app.ask("POST", f"/channels/{channel}/answer")
            await theirs.answered()
        await app.ask("POST", f"/channels/{channel}/variable", variable="CONTACT_ROUTER_STATUS", value=status)
        await app.ask("POST", f"/channels/{channel}/continue")
        await app.event("StasisEnd")
    return theirs


@pytest.mark.parametrize("status", ["answered", "cancelled", "a_word_of_the_future"])
async def test_what_needs_no_more_ends(lab: Lab, asterisk: Asterisk, status: str) -> None:
    assert await (await left(lab, asterisk, status)).ended() == "they hung up"


@pytest.mark.parametrize(
    ("status", "line", "sound"),
    [
        ("expired", "611", "tt-allbusy"),
        ("rejected", "611", "tt-allbusy"),
        ("lost", "611", "something-terribly-wrong"),
        ("left_by_digit", "611", "one-moment-please"),
    ],
)
async def test_who_leaves_unserved_is_told(lab: Lab, asterisk: Asterisk, status: str, line: str, sound: str) -> None:
    await played(asterisk, await left(lab, asterisk, status, line), sound)


async def test_who_is_rejected_at_once_pays_for_nothing(lab: Lab, asterisk: Asterisk) -> None:
    theirs = await left(lab, asterisk, "rejected", answered=False)
    await played(asterisk, theirs, "tt-allbusy")
    assert await theirs.ended(within_s=15) == "refused"
    assert 200 not in theirs.statuses
    assert theirs.statuses[-1] == 486


@pytest.mark.parametrize("status", ["lost", "left_by_digit"])
async def test_who_is_lost_or_leaves_goes_to_the_pbx_own_queue(lab: Lab, asterisk: Asterisk, status: str) -> None:
    anna = await lab.phone(asterisk, "1001")
    theirs = await left(lab, asterisk, status, "636")
    ours = await anna.picks_up(within_s=10)
    theirs.say(440)
    await ours.hears(440)


@pytest.mark.parametrize(
    ("code", "arguments"),
    [
        ("*11", ["do=sign-in"]),
        ("*11*4711", ["do=sign-in", "code=4711"]),
        ("*12", ["do=sign-out"]),
        ("*12*4711", ["do=sign-out", "code=4711"]),
    ],
)
async def test_codes_come_into_the_app_from_the_telephone(
    lab: Lab, asterisk: Asterisk, code: str, arguments: list[str]
) -> None:
    anna = await lab.phone(asterisk, "1001")
    async with app_of(asterisk) as app:
        theirs = await anna.call(code)
        said = await app.event("StasisStart")
        assert said["args"] == arguments
        assert said["channel"]["name"].startswith("PJSIP/1001-")
        await app.ask("POST", f"/channels/{said['channel']['id']}/continue")
        assert await theirs.ended() == "refused"


async def test_a_code_without_an_app_is_regretted(lab: Lab, asterisk: Asterisk) -> None:
    anna = await lab.phone(asterisk, "1001")
    await played(asterisk, await anna.call("*11"), "sorry", "en")


async def test_customers_cannot_sign_in(lab: Lab, asterisk: Asterisk) -> None:
    theirs = await (await lab.caller(asterisk)).call("*11")
    assert await theirs.ended() == "refused"
    assert theirs.statuses[-1] == 404


async def test_the_hold_key_and_waiting_sound_the_same(lab: Lab, asterisk: Asterisk) -> None:
    theirs = await (await lab.caller(asterisk)).call("601")
    await theirs.hears(MUSIC_HZ)
    assert "contact-router" in await asterisk.cli("pjsip show endpoint 1001")


async def test_the_state_of_a_telephone_is_told(lab: Lab, asterisk: Asterisk) -> None:
    anna = await lab.phone(asterisk, "1001")
    async with app_of(asterisk) as app:

        async def becomes(state: str) -> None:
            while (await app.event("DeviceStateChanged"))["device_state"]["state"] != state:
                pass

        await app.ask("POST", "/applications/contact-router/subscription", eventSource="deviceState:PJSIP/1001")
        call = await (await lab.caller(asterisk)).call("1001")
        ours = await anna.rung()
        ours.ring()
        await becomes("RINGING")
        await ours.answer()
        await becomes("INUSE")
        await call.hang_up()
        await becomes("NOT_INUSE")
        await anna.unregister()
        await becomes("UNAVAILABLE")
