"""Answers about the floor as a whole: what a wall shows and no desk needs."""

from __future__ import annotations

from typing import Literal

import msgspec

from router.domain.wire.moment import Moment


class ChannelNow(msgspec.Struct, frozen=True, kw_only=True):
    """An account as it stands: `down` where nobody has it, `degraded` where its adapter says that something is wrong.

    What the adapter said last, `detail` and `capabilities`, stays while it is down. `outbox` counts its messages that
    are not sent yet; `last_event_at` is when it last brought something.
    """

    channel: str
    account: str
    medium: str
    status: Literal["up", "degraded", "down"]
    since: Moment | None
    """Since when it is so; null where nobody has ever had it."""
    detail: str | None
    capabilities: tuple[str, ...]
    outbox: int
    last_event_at: Moment | None


class Channels(msgspec.Struct, frozen=True, kw_only=True):
    """Every account of which an adapter has said something."""

    items: list[ChannelNow]
    next: str | None
