"""A backup, taken by the README's commands while contacts come and the server rewrites its files; and restored."""

from __future__ import annotations

import asyncio
import getpass
import re
from typing import TYPE_CHECKING

import pytest

from router.engine.fitness import info_of
from tests.chaos.clients import Clients
from tests.chaos.history import History
from tests.chaos.served import WORKSPACE, served
from tests.helpers.composed import DEPLOY
from tests.helpers.program import command

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from router.engine.link import Caller

AGENTS = 5
RATE = 50
ENOUGH = 200
"""Contacts before the backup."""
DATA, BACKUP = "/var/lib/contact-router/data", "/backup/today"


def commands(about: str, places: Mapping[str, Path | str]) -> str:
    """The commands of the README's block that begins with these words, with other places."""
    found = re.search(rf"^```sh\n# {about}.*?\n(.*?)^```", (DEPLOY / "README.md").read_text(), re.MULTILINE | re.DOTALL)
    assert found is not None, about
    text = found[1]
    for there, here in places.items():
        assert there in text, there
        text = text.replace(there, str(here))
    return text


async def shell(text: str) -> None:
    """Do it, every command of it well."""
    process = await asyncio.create_subprocess_exec("sh", "-euc", text)
    assert await process.wait() == 0


async def rewritten(store: Caller) -> None:
    """The server writes its files anew, once."""
    await store.call("BGREWRITEAOF")
    while (await info_of(store, "persistence"))["aof_rewrite_in_progress"] == "1":
        pass


@pytest.mark.timeout(120)
async def test_a_backup_holds_all_that_was_acknowledged_before_it(tmp_path: Path) -> None:
    first, second, backup = tmp_path / "first", tmp_path / "second", tmp_path / "backup"
    script = {"contact-router-backup": DEPLOY / "backup.sh", DATA: first / "data", BACKUP: backup}
    async with served(first, agents=AGENTS, processes=2) as serving:
        clients = Clients(serving.url)
        async with serving.desks(clients) as phone, serving.store() as store:
            for number in range(ENOUGH):
                await clients.post(phone, number)
            before = set(clients.acked)
            async with clients.arriving(phone, RATE, ENOUGH):
                backing = asyncio.create_task(shell(commands("Back up", script)))
                while not backing.done():
                    await rewritten(store)
                await backing
    await shell(
        commands("Restore", {DATA: second / "data", BACKUP: backup, "contact-router:": f"{getpass.getuser()}:"})
    )

    async with served(second, agents=AGENTS, processes=2) as serving:
        clients = Clients(serving.url)
        async with serving.desks(clients) as phone, serving.store() as store:
            await clients.post(phone, -1)
            history = History(store, WORKSPACE)
            await history.read()
            assert before <= history.known
            await history.until_ended(len(history.known))
            await history.judged()
    assert "BROKEN" not in await command("audit", "--keys", "--data", str(second / "data"))


@pytest.mark.timeout(60)
async def test_where_nothing_can_be_copied_there_is_no_backup(tmp_path: Path) -> None:
    (tmp_path / "store" / "appendonlydir").mkdir(parents=True)
    process = await asyncio.create_subprocess_exec(
        DEPLOY / "backup.sh", tmp_path / "store", tmp_path / "backup", stderr=asyncio.subprocess.PIPE
    )
    _output, said = await process.communicate()
    assert process.returncode == 1
    assert "no backup was made" in said.decode()
    assert not (tmp_path / "backup" / "appendonlydir").exists()
