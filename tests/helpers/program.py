"""The router as its users run it, by its command line, with an operation of one line and many agents."""

from __future__ import annotations

import asyncio
import csv
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


def operation_file(directory: Path, workspace: str, agents: int, wrap_up_s: int = 0) -> Path:
    """A file of an operation that has one queue of calls, and so many agents: agent0, agent1, …"""
    people = "\n".join(f'agent{number} = {{ name = "Agent {number}", group = "all" }}' for number in range(agents))
    file = directory / "operation.toml"
    file.write_text(
        f"""
workspace = "{workspace}"
timezone = "UTC"
languages = ["en"]
dispositions = ["resolved"]
[media]
voice = {{ limits_s = {{ offer = 15, connect = 20, wrap_up = {wrap_up_s} }} }}
[channels]
phone = {{ medium = "voice" }}
[queues.private]
target_s = 40
[[routes]]
queue = "private"
[groups]
all = {{ queues = ["private"], media = ["voice"] }}
[agents]
{people}
"""
    )
    return file


async def command(*arguments: str, inside: Sequence[str] = ()) -> str:
    """What a command prints; `inside` begins it where it runs on another host."""
    process = await asyncio.create_subprocess_exec(
        *inside, sys.executable, "-m", "router", *arguments, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate()
    assert process.returncode == 0, arguments
    return output.decode().strip()


def store_options(place: Mapping[str, Any]) -> list[str]:
    """The options of a store's place, which `attached` takes as `data` or `url`."""
    return ["--redis", place["url"]] if "url" in place else ["--data", str(place["data"])]


async def tokens(place: Mapping[str, Any], inside: Sequence[str] = ()) -> tuple[str, dict[str, str]]:
    """A token for an adapter, and one for each agent."""
    adapter = await command("token", "create", "--role", "adapter", *store_options(place), inside=inside)
    rows = await command("token", "create", "--all-agents", *store_options(place), inside=inside)
    return adapter, {row["agent"]: row["token"] for row in csv.DictReader(rows.splitlines())}
