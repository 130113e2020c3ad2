"""Several Asterisks in one process, each an account of the channel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.channels.asterisk.lab.configuration import MUSIC_HZ
from tests.channels.asterisk.test_devices import told
from tests.channels.asterisk.test_waiting import QUIET
from tests.helpers.desk import desk_at_work

if TYPE_CHECKING:
    from tests.channels.asterisk.lab.lab import Lab
    from tests.channels.asterisk.stage import Stage


async def test_each_call_is_served_where_it_came_in(stage: Stage, lab: Lab) -> None:
    branch = await lab.asterisk()
    servers = {"main": stage.server(), "branch": stage.server(branch)}
    async with (
        stage.adapter(lines={"611": QUIET}, servers=servers) as adapter,
        desk_at_work(stage.service, "anna") as desk,
    ):
        while adapter.report()["branch"].status != "up":
            await stage.event("channel.status")
        phone = await lab.phone(branch, "1001")
        await told(stage, "anna", "idle")  # though it is not at the other one
        theirs = await (await lab.caller(branch)).call("611")
        await theirs.hears(MUSIC_HZ)
        offer = (await desk.frame("offer"))["offer"]
        assert offer["contact"]["account"] == "branch"
        await desk.ask("accept", offer=offer["id"])
        ours = await phone.picks_up()
        ours.say(880)
        await theirs.hears(880)
        assert {account: report.calls for account, report in adapter.report().items()} == {"main": 0, "branch": 1}


async def test_one_that_is_away_does_not_stop_the_others(stage: Stage, lab: Lab) -> None:
    away = await lab.asterisk()
    await away.stop()
    servers = {"away": stage.server(away), "main": stage.server()}
    async with stage.adapter(lines={"611": QUIET}, servers=servers) as adapter:
        theirs = await (await lab.caller(stage.asterisk)).call("611")
        await theirs.hears(MUSIC_HZ)
        assert {account: report.status for account, report in adapter.report().items()} == {
            "away": "degraded", "main": "up",
        }  # fmt: skip
