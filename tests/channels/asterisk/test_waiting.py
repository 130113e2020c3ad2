"""A caller waits: with music, alone with it, and for as long as it takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.channels.asterisk.lab.configuration import MUSIC_HZ
from tests.channels.asterisk.lab.media import CLOCK

if TYPE_CHECKING:
    from tests.channels.asterisk.stage import Stage

QUIET = {"music": "contact-router", "place_every_s": 0}
"""Nothing but music."""


async def test_a_caller_is_a_contact_and_hears_music(stage: Stage) -> None:
    async with stage.adapter(lines={"611": QUIET}):
        call = await (await stage.lab.caller(stage.asterisk)).call("611", name="Ольга")
        await call.answered()
        await call.hears(MUSIC_HZ)
        queued = await stage.event("contact.queued")
        contact = await stage.contact(queued["contact"])
    assert (contact["state"], contact["queue"], contact["channel"], contact["account"]) == (
        "queued", "private", "phone", "main",
    )  # fmt: skip
    assert contact["customer"]["id"] == "+73912000001"
    assert contact["customer"]["language"] == "ru"
    assert contact["attributes"] == {"dialled": "611", "segment": "private"}
    assert contact["session"] == "live"


async def test_what_is_said_to_one_is_heard_by_no_other(stage: Stage) -> None:
    async with stage.adapter(lines={"611": QUIET, "636": QUIET | {"greeting": "sound:tone-1000"}}):
        olga = await (await stage.lab.caller(stage.asterisk)).call("611")
        await olga.hears(MUSIC_HZ)
        since_ms = CLOCK.monotonic_ms()
        oleg = await (await stage.lab.caller(stage.asterisk, "+73912000002")).call("636")
        await oleg.answered()
        oleg.say(1500)
        await oleg.hears(1000)
        await oleg.hears(MUSIC_HZ)  # the music goes on by itself
        assert olga.media.longest_gap_ms(MUSIC_HZ, since_ms) < 200
        assert not olga.media.has_heard(1000)
        assert not olga.media.has_heard(1500)


async def test_a_queue_may_have_music_of_its_own(stage: Stage) -> None:
    """The other class plays nothing, which is heard as silence where the line's would be heard."""
    queues = {"corporate": {"music": "contact-router"}}
    async with stage.adapter(lines={"611": QUIET | {"music": "none"}, "636": QUIET | {"music": "none"}}, queues=queues):
        private = await (await stage.lab.caller(stage.asterisk)).call("611")
        corporate = await (await stage.lab.caller(stage.asterisk, "+73912000002")).call("636")
        await corporate.hears(MUSIC_HZ)
        assert not private.media.has_heard(MUSIC_HZ)
