"""The adapters that `serve` keeps beside the router: a process each, with a token that ends with them."""

from __future__ import annotations

import os
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from channels.kit.configuration import read_secrets, read_settings
from channels.registry import channel_of
from router.cli.processes import Command
from router.domain.token import Token
from router.kit.clock import SystemClock
from router.kit.errors import Refusal
from router.service.operations import current_operation
from router.service.tokens import Tokens

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence
    from pathlib import Path

    from router.engine.engine import Engine
    from router.kit.log import Level

SETTINGS: Final = "CONTACT_ROUTER_SETTINGS"
"""The environment variable that names the file of the channels' settings."""


def check_channels(names: Sequence[str], settings: Path | None) -> None:
    """Refuse what no adapter could start with. Raises `Misconfigured`."""
    for name in names:
        manifest = channel_of(name).manifest
        read_settings(manifest, settings, os.environ)
        read_secrets(manifest, os.environ)


@asynccontextmanager
async def adapters(
    engine: Engine, names: Sequence[str], settings: Path | None, url: str, log: Level
) -> AsyncGenerator[list[Command]]:
    """What makes their processes; they reach the router at `url`. Refuses `unknown_channel`."""
    current, tokens = await current_operation(engine), Tokens(engine, SystemClock())
    made: list[str] = []
    try:
        commands: list[Command] = []
        for name in names:
            channel = channel_of(name).manifest.name
            if current is None or channel not in current.operation.channels:
                raise Refusal("unknown_channel", f"{channel}; the operation has no such channel")
            token = Token(role="adapter", created_at=await tokens.wall_ms(), channel=channel)
            secret = await tokens.create(token)
            made.append((await tokens.who(secret)).id)
            given = ["--settings", str(settings)] if settings else []
            words = [sys.executable, "-m", "router", "channel", name, "--child", "--log", log, *given]
            # A token among the words would stand in the list of processes.
            known = {"CONTACT_ROUTER_URL": f"{url}/v1/{engine.workspace}", "CONTACT_ROUTER_TOKEN": secret}
            commands.append(Command(words, {**os.environ, **known}))
        yield commands
    finally:
        for token_id in made:
            await tokens.revoke(token_id)
