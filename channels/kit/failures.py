"""How things fail between an adapter, its platform and the kit.

RouterError
├── Misconfigured    the adapter cannot run so
└── SendError        the platform did not take a message
    ├── RetryAfter   not sent, and not before so many seconds
    ├── NotSent      surely not sent; soon again
    ├── Rejected     never to be sent, with a code
    └── Ambiguous    sent, perhaps
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

import aiohttp

from router.kit.errors import RouterError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator


class Misconfigured(RouterError):
    """Settings or secrets with which the adapter cannot run; the message is for people and has no secret in it."""


class SendError(RouterError):
    """The platform did not take a message."""


class RetryAfter(SendError):
    """Not sent; not before so many seconds have passed. `account` where that is so for the whole account."""

    def __init__(self, seconds: float, *, account: bool = False) -> None:
        super().__init__(f"again in {seconds} s")
        self.seconds = seconds
        self.account = account


class NotSent(SendError):
    """Surely not sent: no connection was made, or the platform said so. It is repeated soon.

    Its message says why, for people, in health and in the log: no secret and nothing of a customer is in it.
    """


class Rejected(SendError):
    """Never to be sent, for a reason that the agent sees."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Ambiguous(SendError):
    """The request went out and no answer came back."""


REJECTIONS: Final = (
    "blocked", "gone", "not_allowed", "window_closed", "too_long", "bad_attachment", "unsupported", "refused",
    "outcome_unknown", "too_large", "unfetchable",
)  # fmt: skip
"""The codes of `Rejected`, and those that the kit adds: a message failed so."""


@asynccontextmanager
async def sending() -> AsyncGenerator[None]:
    """Around one request that sends: what the HTTP client raises becomes `NotSent` or `Ambiguous`.

    Only who has not got a connection has surely sent nothing.
    """
    try:
        yield
    except aiohttp.ClientConnectorError as error:
        raise NotSent(type(error).__name__) from None
    except (aiohttp.ClientError, TimeoutError) as error:
        raise Ambiguous(type(error).__name__) from None
