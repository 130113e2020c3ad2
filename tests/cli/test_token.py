"""`token`: made, listed, revoked, with and without a router on the same data."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import aiohttp
import pytest

from router.domain.token import PREFIX
from tests.helpers.commands import OPERATION, command, router

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
async def data(tmp_path: Path) -> Path:
    """A data directory with the workspace `shop`."""
    file = tmp_path / "operation.toml"
    file.write_text(OPERATION)
    done = await command("apply", file, "--yes", "--data", tmp_path / "data")
    assert done.code == 0, done.err
    return tmp_path / "data"


async def status(url: str, token: str) -> int:
    headers = {"Authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession() as session, session.get(f"{url}/me", headers=headers) as response:
        return response.status


async def test_a_token_is_printed_alone_and_lets_in_until_it_is_revoked(data: Path) -> None:
    async with router(data) as (_, url):
        made = await command(
            "token", "create", "--role", "agent", "--agent", "anna", "--expires", "12h", "--data", data
        )
        assert (made.code, made.err) == (0, "")
        token = made.out.strip()
        assert made.out == f"{token}\n"
        assert token.startswith(PREFIX)
        assert await status(url, token) == 200
        listed = await command("token", "list", "--data", data)
        line = listed.out.splitlines()[1]
        assert "agent" in line
        assert "anna" in line
        assert token not in listed.out
        revoked = await command("token", "revoke", line.split()[0], "--data", data)
        assert revoked.code == 0
        # A token is believed for half a second, and the command above took longer than nothing.
        while await status(url, token) == 200:
            pass
        assert await status(url, token) == 401


async def test_every_agent_gets_one(data: Path) -> None:
    out = data.parent / "tokens.csv"
    printed = await command("token", "create", "--all-agents", "--data", data)
    written = await command("token", "create", "--all-agents", "--out", out, "--data", data)
    assert (written.code, written.out) == (0, "")
    assert out.stat().st_mode & 0o777 == 0o600
    for text in (printed.out, out.read_text()):
        rows = list(csv.DictReader(io.StringIO(text)))
        assert [(row["agent"], row["name"]) for row in rows] == [("anna", "Anna"), ("boris", "Boris, the second")]
        assert len({row["token"] for row in rows}) == 2


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        ((), 2, "--role"),
        (("--role", "agent"), 2, "--agent"),
        (("--role", "admin", "--agent", "anna"), 2, "--agent"),
        (("--role", "observer", "--channel", "phone"), 2, "--channel"),
        (("--role", "adapter", "--account", "main"), 2, "--channel"),
        (("--role", "admin", "--expires", "soon"), 2, "12h"),
        (("--role", "admin", "--out", "x.csv"), 2, "--all-agents"),
        (("--all-agents", "--role", "admin"), 2, "--all-agents"),
        (("--role", "agent", "--agent", "nobody"), 1, "nobody"),
        (("--role", "adapter", "--channel", "fax"), 1, "there are phone"),
        (("--role", "admin", "--workspace", "shpo"), 1, "there are shop"),
    ],
)
async def test_a_token_that_makes_no_sense_is_refused(data: Path, words: tuple[str, ...], code: int, says: str) -> None:
    done = await command("token", "create", *words, "--data", data)
    assert (done.code, done.out) == (code, "")
    assert says in done.err


async def test_a_directory_that_is_no_routers_stays_untouched(tmp_path: Path) -> None:
    done = await command("token", "create", "--role", "admin", "--data", tmp_path / "dada")
    assert done.code == 1
    assert "dada" in done.err
    assert not (tmp_path / "dada").exists()
    both = await command("token", "list", "--data", tmp_path, "--redis", "redis://localhost")
    assert both.code == 2


async def test_of_several_workspaces_one_must_be_named(data: Path) -> None:
    other = data.parent / "other.toml"
    other.write_text(OPERATION.replace('"shop"', '"branch"'))
    assert (await command("apply", other, "--yes", "--data", data)).code == 0
    done = await command("token", "create", "--role", "admin", "--data", data)
    assert done.code == 1
    assert "there are branch, shop" in done.err
    assert (await command("token", "create", "--role", "admin", "--workspace", "shop", "--data", data)).code == 0
