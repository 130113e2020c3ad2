"""What an adapter looks at when it starts, and what it says where something is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import structlog

from channels.asterisk.ari import Ari
from channels.asterisk.settings import ServerSettings
from channels.asterisk.start import OLDEST, check_modules
from channels.kit.failures import Misconfigured
from tests.channels.asterisk.lab.unpack import OLDEST as OLDEST_OF_THE_LAB

if TYPE_CHECKING:
    from tests.channels.asterisk.lab.lab import Lab
    from tests.channels.asterisk.stage import Stage


async def test_a_wrong_password_is_said(stage: Stage) -> None:
    servers = {"main": {**stage.server(), "user": "nobody"}}
    with pytest.raises(Misconfigured, match="server main does not know the user or the password"):
        async with stage.adapter(stands_by=True, servers=servers) as adapter:
            await adapter.ended()


async def test_a_missing_module_is_named(lab: Lab) -> None:
    asterisk = await lab.asterisk()
    await asterisk.cli("module unload chan_bridge_media.so")
    ari = Ari(ServerSettings(url=asterisk.url), asterisk.password)
    with pytest.raises(Misconfigured, match=r"server main .* load = chan_bridge_media.so$"):
        await check_modules(ari, "main")
    await ari.close()


async def test_a_folder_for_recordings_that_is_missing_is_said_where_a_queue_records(stage: Stage) -> None:
    (stage.asterisk.home / "spool" / "recording").rmdir()
    queues = {"private": {"record": {"keep_days": 30}}}
    with pytest.raises(Misconfigured, match=r"server main has no folder recording/ in its spool directory"):
        async with stage.adapter(stands_by=True, queues=queues) as adapter:
            await adapter.ended()


async def test_what_recording_needs_is_named(lab: Lab) -> None:
    asterisk = await lab.asterisk()
    await asterisk.cli("module unload format_wav.so")
    ari = Ari(ServerSettings(url=asterisk.url), asterisk.password)
    await check_modules(ari, "main")
    with pytest.raises(Misconfigured, match=r"load = format_wav.so$"):
        await check_modules(ari, "main", records=True)
    await ari.close()


async def test_missing_sounds_are_one_warning_and_no_announcements(stage: Stage, lab: Lab) -> None:
    silent = await lab.asterisk(languages=("en",))
    with structlog.testing.capture_logs() as logs:
        async with stage.adapter(servers={"main": stage.server(silent)}) as adapter:
            assert set(adapter.servers[0].languages) == {"en"}
            assert adapter.servers[0].language("ru") is None
    warnings = [line for line in logs if line["event"] == "asterisk_sounds_missing"]
    assert [line["language"] for line in warnings] == ["ru"]


def test_the_oldest_version_is_the_one_that_the_lab_wants() -> None:
    assert OLDEST == OLDEST_OF_THE_LAB


async def test_an_asterisk_that_is_not_there_yet_is_waited_for(stage: Stage) -> None:
    await stage.asterisk.stop()
    async with stage.adapter(stands_by=True) as adapter:
        assert adapter.report()["main"].status == "degraded"
        await stage.asterisk.start()
        while (await stage.event("channel.status"))["data"]["status"] != "up":
            pass
        assert adapter.report()["main"].status == "up"
