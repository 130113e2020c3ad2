"""Signing in and out at a phone: the dialplan sends the call here with `do=sign-in` or `do=sign-out`.

Who it is says the `code`, if the dialplan gives one; else whose phone it is. He hears what came of it, and goes back to
the dialplan.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any, Final

import structlog

from channels.asterisk.announcing import AWAY_AFTER_S
from channels.asterisk.ari import AriError
from channels.asterisk.settings import PHONE
from channels.kit.router import Refused
from router.domain.wire import requests
from router.domain.wire.answers import Agent

if TYPE_CHECKING:
    from channels.asterisk.entry import Entry
    from channels.asterisk.server import Server
    from channels.asterisk.wire import Channel

SAID: Final = {"sign-in": "agent-loginok", "sign-out": "agent-loggedoff"}
"""What is to be done → what he hears when it is."""
NOT_KNOWN: Final = "vm-incorrect"
AWAY: Final = "pls-try-call-later"
HEARD_S: Final = 10.0
"""So long it may take to say it."""

_log: Any = structlog.get_logger()


async def sign(server: Server, channel: Channel, entry: Entry) -> None:
    """Do what the call wants, and say what came of it."""
    with contextlib.suppress(AriError, TimeoutError):  # he has hung up, or Asterisk is away
        answering = asyncio.create_task(server.ari.do("POST", f"channels/{channel.id}/answer"))
        sound = await _sign(server, channel, entry)
        await answering
        async with asyncio.timeout(HEARD_S):
            await server.playing.play(channel.id, ["sound:" + sound], channel.language)
        await server.ari.do("POST", f"channels/{channel.id}/continue")


async def _sign(server: Server, channel: Channel, entry: Entry) -> str:
    """Which sound he is to hear."""
    do = entry.arguments["do"]
    path = f"/channels/{PHONE}/{do}"
    try:
        body = requests.SignIn(account=server.account, device=channel.device, code=entry.arguments.get("code"))
        async with asyncio.timeout(AWAY_AFTER_S):
            agent = await server.router.call("POST", path, body, Agent)
    except Refused as refused:
        _log.info("sign_refused", do=do, code=refused.code)
        return NOT_KNOWN
    except TimeoutError:
        return AWAY
    _log.info("signed", do=do, agent=agent.id)
    return SAID[do]
