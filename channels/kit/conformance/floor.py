"""The router that a check runs against."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Floor:
    """A running router with an operation that has the channel, for chats, and one agent who serves all of them.

    `url` ends in the workspace's name. The queue asks for ratings; the agent needs no wrap-up and has room for hundred.
    """

    url: str
    adapter_token: str
    agent: str
    agent_token: str
    supervisor_token: str
