"""An account's status, as its channel tells it to the router."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import structlog

from channels.kit.either import either
from channels.kit.router import Refused
from router.domain.wire import requests
from router.domain.wire.answers import Channel

if TYPE_CHECKING:
    from collections.abc import Collection

    from channels.kit.health import Health
    from channels.kit.port import Time
    from channels.kit.router import RouterClient
    from channels.kit.wire import Wire

TOLD_EVERY_S: Final = 10.0
"""How soon the router hears that something had to be repeated."""

_log: Any = structlog.get_logger()


async def tell_status(
    router: RouterClient,
    wire: Wire,
    health: Health,
    time: Time,
    channel: str,
    account: str,
    capabilities: Collection[str],
) -> None:
    """Tell whether the platform answers, whenever that changes, and as long as the account is ours; until cancelled.

    How often something had to be repeated is told with it, and now and then by itself.
    """
    path, told = f"/channels/{channel}", None
    while True:
        await wire.held.wait()
        health.changed.clear()
        detail = health.of("platform")
        body = requests.PutChannel(
            account=account,
            status="degraded" if detail else "up",
            detail=detail,
            capabilities=tuple(sorted(capabilities)),
            retries=health.retries,
        )
        if body != told:
            try:
                await router.call("PUT", path, body, Channel)
            except Refused as refused:
                _log.error("status_refused", code=refused.code)
            told = body
        if not await either(either(health.changed.wait(), time.sleep(TOLD_EVERY_S)), wire.lost.wait()):
            told = None
