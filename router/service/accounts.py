"""The accounts of channels as they stand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from router.domain.wire.floor import ChannelNow
from router.domain.wire.moment import moment
from router.engine.acts.reading import AccountNow, GetChannels

if TYPE_CHECKING:
    from router.engine.engine import Answer
    from router.service.served import Served


async def accounts_now(served: Served) -> Answer[list[AccountNow]]:
    """Every account of the operation's channels of which an adapter has said something.

    With what this process has heard of it since it was said to the store last.
    """
    answer = await served.engine.do(GetChannels())
    known = served.current.operation.channels
    accounts = [_heard(served, one) for one in answer.result if one.channel in known]
    return msgspec.structs.replace(answer, result=accounts)


def _heard(served: Served, account: AccountNow) -> AccountNow:
    heard_at = served.own.heard.get((account.channel, account.account))
    if heard_at is None or heard_at < (account.heard_at or 0):
        return account
    return msgspec.structs.replace(account, heard_at=heard_at)


async def channels_now(served: Served) -> list[ChannelNow]:
    """The same as the wire shows them, by channel and account."""
    answer = await accounts_now(served)
    channels, offset_ms = served.current.operation.channels, answer.wall - answer.now

    def known(at_ms: int | None) -> str | None:
        return None if at_ms is None else moment(at_ms + offset_ms)

    return [
        ChannelNow(
            channel=one.channel,
            account=one.account,
            medium=channels[one.channel].medium,
            status=(one.status or "up") if one.held else "down",
            since=known(one.since),
            detail=one.detail,
            capabilities=one.capabilities,
            outbox=one.unsent,
            last_event_at=known(one.heard_at),
        )
        for one in answer.result
    ]
