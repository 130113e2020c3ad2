"""How a channel is: whether the platform answers, and the router."""

from __future__ import annotations

import asyncio
from typing import Any, Literal

import msgspec
import structlog

Side = Literal["platform", "router"]

_log: Any = structlog.get_logger()


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What `/healthz` says. `detail` is the first thing that is wrong."""

    status: Literal["up", "degraded"]
    detail: str | None
    holds_account: bool
    """This process has the account's lease; another one may."""
    updates_waiting: int
    messages_waiting: int
    dead_letters: int


class Health:
    """What was seen last of both sides. `changed` is set whenever something has changed."""

    def __init__(self) -> None:
        self.retries = 0
        """How often something was sent to the platform, or the router was asked, once more: what was repeated."""
        self.changed = asyncio.Event()
        self._wrong: dict[Side, str] = {"platform": "starting"}

    @property
    def detail(self) -> str | None:
        """The first thing that is wrong, or None."""
        return next((f"{side}: {why}" for side, why in self._wrong.items()), None)

    def of(self, side: Side) -> str | None:
        """What is wrong with it, or None."""
        return self._wrong.get(side)

    def up(self, side: Side) -> None:
        """It has answered."""
        if self._wrong.pop(side, None) is not None:
            _log.info("channel_up", side=side)
            self.changed.set()

    def away(self, side: Side, why: str) -> None:
        """It did not answer, or wants nothing of us."""
        if self._wrong.get(side) != why:
            self._wrong[side] = why
            _log.warning("channel_degraded", side=side, why=why)
            self.changed.set()
