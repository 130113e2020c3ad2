"""The router as its users run it, by its command line, with an operation of one line and many agents."""

from __future__ import annotations

import asyncio
import csv
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


def operation_file(directory: Path, workspace: str, agents: int, wrap_up_s: int = 0, chats: Sequence[str] = ()) -> Path:
    """A file of an operation that has one queue, and so many agents: agent0, agent1, …

    Calls come to it; or conversations where `chats` names channels, of which an agent has room for a hundred.
    """
    medium = "chat" if chats else "voice"
    connect, room = ("", ", cost = 1, most = 100") if chats else (", connect = 20", "")
    limits = f"limits_s = {{ offer = 15{connect}, wrap_up = {wrap_up_s} }}{room}"
    names = "\n".join(f'{name} = {{ medium = "{medium}" }}' for name in chats or ("phone",))
    people = "\n".join(f'agent{number} = {{ name = "Agent {number}", group = "all" }}' for number in range(agents))
    file = directory / "operation.toml"
    file.write_text(
        f"""
workspace = "{workspace}"
timezone = "UTC"
languages = ["en"]
dispositions = ["resolved"]
[media]
{medium} = {{ {limits} }}
[channels]
{names}
[queues.private]
target_s = 40
[[routes]]
queue = "private"
[groups]
all = {{ queues = ["private"], media = ["{medium}"] }}
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


async def tokens(
    place: Mapping[str, Any], inside: Sequence[str] = (), workspace: str | None = None
) -> tuple[str, dict[str, str]]:
    """A token for an adapter, and one for each agent; of this workspace, or the only one there is."""
    where = [*store_options(place), *([] if workspace is None else ["--workspace", workspace])]
    adapter = await command("token", "create", "--role", "adapter", *where, inside=inside)
    rows = await command("token", "create", "--all-agents", *where, inside=inside)
    return adapter, {row["agent"]: row["token"] for row in csv.DictReader(rows.splitlines())}
