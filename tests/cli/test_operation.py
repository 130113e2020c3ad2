"""`check` and `apply`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aiohttp

from tests.helpers.commands import OPERATION, command, router

if TYPE_CHECKING:
    from pathlib import Path


async def test_check_says_how_large_it_is_or_all_that_is_wrong(tmp_path: Path) -> None:
    file = tmp_path / "operation.toml"
    file.write_text(OPERATION)
    good = await command("check", file)
    assert (good.code, good.out) == (0, "shop: 1 queues, 2 agents, 1 pools\n")
    file.write_text(OPERATION.replace("target_s = 40", "target_s = -1\ntaget = 2"))
    bad = await command("check", file)
    assert (bad.code, bad.out) == (1, "")
    assert "target_s" in bad.err
    assert "taget" in bad.err
    assert (await command("check", tmp_path / "none.toml")).code == 2


async def test_apply_shows_asks_and_applies(tmp_path: Path) -> None:
    file, data = tmp_path / "operation.toml", tmp_path / "data"
    file.write_text(OPERATION)
    assert "revision 1 is in force" in (await command("apply", file, "--data", data, typed="y\n")).out
    assert "in force already" in (await command("apply", file, "--data", data)).out
    file.write_text(OPERATION.replace("target_s = 40", "target_s = 20"))
    no = await command("apply", file, "--data", data, typed="n\n")
    assert no.code == 1
    assert "queues.private.target_s: 40 → 20" in no.out
    assert "revision 2" in (await command("apply", file, "--data", data, "--yes")).out


async def test_apply_reaches_a_running_router_and_keeps_what_was_changed_at_run_time(tmp_path: Path) -> None:
    file, data = tmp_path / "other.toml", tmp_path / "data"
    async with router(data) as (_, url):
        token = (await command("token", "create", "--role", "admin", "--data", data)).out.strip()
        async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as session:
            async with session.patch(f"{url}/queues/private", json={"notice": "Slow today"}) as patched:
                assert patched.status == 200
            file.write_text(OPERATION.replace("target_s = 40", "target_s = 20"))
            applied = await command("apply", file, "--data", data, "--yes")
            assert "kept: queues.private.notice" in applied.out
            async with session.get(f"{url}/queues/private") as queue:
                said = await queue.json()
                assert (said["target_s"], said["notice"]) == (20, "Slow today")
            reset = await command("apply", file, "--data", data, "--yes", "--reset")
            assert "ends: queues.private.notice" in reset.out
            async with session.get(f"{url}/queues/private") as queue:
                assert (await queue.json())["notice"] is None


async def test_serve_refuses_what_apply_would_refuse(tmp_path: Path) -> None:
    file = tmp_path / "operation.toml"
    file.write_text(OPERATION.replace("target_s = 40", "target_s = -1"))
    done = await command("serve", "--operation", file, "--data", tmp_path / "data")
    assert done.code == 1
    assert "target_s" in done.err
    assert not (tmp_path / "data").exists()
