"""`audit` as an operator runs it."""

from __future__ import annotations

import re
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import aiohttp

from router.engine.connection import Connection
from router.engine.embedded import EmbeddedServer
from router.engine.keys import key
from tests.helpers.commands import command, router, running

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path


@asynccontextmanager
async def with_contact(data: Path) -> AsyncGenerator[str]:
    """A served workspace that has a waiting contact; gives its id."""
    async with router(data) as (_, url):
        token = (await command("token", "create", "--role", "adapter", "--data", data)).out.strip()
        async with (
            aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as session,
            session.post(f"{url}/contacts", json={"channel": "phone", "external_id": "1"}) as posted,
        ):
            yield (await posted.json())["id"]


async def broken(data: Path, *call: str) -> None:
    """Do harm to the store."""
    server = await EmbeddedServer.start(data)
    connection = await Connection.open(server)
    await connection.call(*call)
    await connection.close()
    await server.stop()


async def test_it_says_that_every_promise_is_kept_beside_the_router(tmp_path: Path) -> None:
    data = tmp_path / "data"
    async with with_contact(data):
        done = await command("audit", "--keys", "--data", data)
    assert done.code == 0, done.err
    assert "BROKEN" not in done.out
    assert "not looked at" not in done.out
    assert "events, 1 to " in done.out


async def test_a_broken_promise_is_a_line_and_an_exit_code(tmp_path: Path) -> None:
    data = tmp_path / "data"
    async with with_contact(data) as contact:
        pass
    await broken(data, "ZREM", key("shop", "waiting", queue="private"), contact)
    whole = await command("audit", "--data", data)
    assert whole.code == 0, "the events are whole"
    assert re.search(r"^\d{1,3} events, 1 to \d,\d{3},", whole.out, re.MULTILINE), "the server was started anew"
    done = await command("audit", "--keys", "--data", data)
    assert done.code == 1
    assert "indexes: waiting:private is missing" in done.out
    assert "1 BROKEN" in done.out


async def test_it_follows_until_it_is_told_to_end(tmp_path: Path) -> None:
    data = tmp_path / "data"
    async with with_contact(data), running("audit", "--follow", "--data", data) as following:
        await following.said("following", err=True)
        assert await following.end() == 0
        assert any("events, 1 to " in line for line in following.out)


async def test_what_is_not_kept_is_refused(tmp_path: Path) -> None:
    data = tmp_path / "data"
    async with with_contact(data):
        done = await command("audit", "--after", "999999", "--data", data)
    assert done.code == 1
    assert "events_trimmed: there are the events 1 to" in done.err
    assert (await command("audit", "--data", tmp_path / "none")).code == 1
