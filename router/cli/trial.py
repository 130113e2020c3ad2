"""A router for an hour: in a directory of its own, with one channel and one agent, to try an adapter on."""

from __future__ import annotations

import tempfile
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from channels.kit.conformance.floor import Floor
from router.app import serving
from router.domain.operation_file import load_operation
from router.domain.token import Token
from router.web.listening import bind, listening

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

AGENT: Final = "anna"
PEOPLE: Final = 100


def trial_operation(workspace: str, channel: str) -> dict[str, Any]:
    """Chats of one channel wait in one queue, and one agent has room for them all."""
    return {
        "workspace": workspace,
        "timezone": "UTC",
        "languages": ["ru", "en"],
        "dispositions": ["resolved"],
        "media": {"chat": {"cost": 1, "most": PEOPLE, "limits_s": {"offer": 20, "wrap_up": 0}}},
        "channels": {channel: {"medium": "chat"}},
        "queues": {"messages": {"target_s": 60, "ask_rating": True}},
        "routes": [{"queue": "messages"}],
        "agents": {AGENT: {"queues": ["messages"], "media": ["chat"]}},
    }


@asynccontextmanager
async def trial(channel: str, *, url: str | None = None, workspace: str = "trial") -> AsyncGenerator[Floor]:
    """Such a router: on the server at `url`, else on one of its own, which leaves nothing behind."""
    operation = load_operation(trial_operation(workspace, channel), "trial").operation
    with tempfile.TemporaryDirectory(prefix="contact-router-") as directory:
        place: dict[str, Any] = {"data": Path(directory)} if url is None else {"url": url}
        async with serving(operation, **place) as served:
            with bind("127.0.0.1", 0) as listener:
                async with listening(served, listener):
                    now = served.wall_ms()
                    create = served.tokens.create
                    yield Floor(
                        url=f"http://127.0.0.1:{listener.getsockname()[1]}/v1/{workspace}",
                        adapter_token=await create(Token(role="adapter", created_at=now, channel=channel)),
                        agent=AGENT,
                        agent_token=await create(Token(role="agent", created_at=now, agent=AGENT)),
                        supervisor_token=await create(Token(role="supervisor", created_at=now)),
                    )
