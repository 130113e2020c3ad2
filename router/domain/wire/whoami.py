"""The answer to who is calling."""

from __future__ import annotations

import msgspec

from router.domain.states import Role
from router.domain.wire.moment import Moment


class Me(msgspec.Struct, frozen=True, kw_only=True):
    """Whose token this is. An adapter without a channel speaks for every one.

    `now` is the workspace's time; `pace` of its seconds pass in one, which is 1 but in a demo.
    """

    role: Role
    workspace: str
    channel: str | None
    account: str | None
    agent: str | None
    now: Moment
    pace: float
