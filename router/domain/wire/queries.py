"""Query parameters. They come as text and are read as the type that stands here; unknown ones are refused."""

from __future__ import annotations

from typing import Annotated

import msgspec

from router.domain.states import ContactState
from router.domain.wire.moment import GivenMoment
from router.domain.wire.requests import Id, Name


class Query(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every query has in common."""


class ListContacts(Query, frozen=True):
    """Which contacts; what is left out is any. `after` is the `next` of the page before."""

    state: ContactState | None = None
    queue: Name | None = None
    customer: Id | None = None
    since: GivenMoment | None = None
    """Arrived then or later."""
    rating: Annotated[int, msgspec.Meta(ge=1, le=5)] | None = None
    after: Annotated[str, msgspec.Meta(max_length=800)] | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=200)] = 50


class ListMessages(Query, frozen=True):
    """From where a page begins: behind the message with the number `after`."""

    after: Annotated[int, msgspec.Meta(ge=0, le=10**9)] = 0
    limit: Annotated[int, msgspec.Meta(ge=1, le=200)] = 100


class ListCommands(Query, frozen=True):
    """From where a page begins: behind the command with the number `after`."""

    after: Annotated[int, msgspec.Meta(ge=0, le=10**9)] = 0
    limit: Annotated[int, msgspec.Meta(ge=1, le=200)] = 200


class ListEarlier(Query, frozen=True):
    """`after` is the `next` of the page before."""

    after: Annotated[int, msgspec.Meta(ge=0, le=10**15)] | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 20


class Live(Query, frozen=True):
    """From where a socket goes on: the number of the last event seen. Without it, from the present state."""

    after: Annotated[int, msgspec.Meta(ge=0)] | None = None


class Work(Live, frozen=True):
    """From where a poll goes on, and how long it waits for something to happen."""

    wait_s: Annotated[float, msgspec.Meta(ge=0, le=60)] = 0


class ListEvents(Query, frozen=True):
    """From where a page begins: behind the number `after`, or with the first event that is kept."""

    after: Annotated[int, msgspec.Meta(ge=0, le=10**15)] | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 100


class ChannelLive(Live, frozen=True):
    """Which account; with `standby`, wait for its lease while another one holds it.

    The same `holder`, a word of its own, takes the lease back from an older socket of its.
    """

    account: Name = "main"
    standby: bool = False
    holder: Annotated[str, msgspec.Meta(pattern="^[A-Za-z0-9_-]{8,64}$")] | None = None
    lease_s: Annotated[int, msgspec.Meta(ge=3, le=15)] | None = None
    """Without an answered ping for so long it is gone; 15 where it is not said."""


class ChannelWork(Work, frozen=True):
    """Which account."""

    account: Name = "main"
