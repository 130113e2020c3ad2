"""What the platform's refusals mean: which are final and why, which come to be repeated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import structlog

from channels.kit.failures import Ambiguous, NotSent, Rejected, RetryAfter
from router.kit.errors import RouterError

if TYPE_CHECKING:
    from channels.kit.failures import SendError

_log: Any = structlog.get_logger()


class PlatformRefusal(RouterError):
    """The platform answered that it did not do it."""

    def __init__(self, status: int, description: str, retry_after: int | None = None) -> None:
        super().__init__(f"{status} {description}")
        self.status = status
        self.description = description
        self.retry_after = retry_after


FINAL: Final = (
    ("bot was blocked", "blocked"),
    ("USER_IS_BLOCKED", "blocked"),
    ("user is deactivated", "gone"),
    ("chat not found", "gone"),
    ("PEER_ID_INVALID", "gone"),
    ("upgraded to a supergroup", "gone"),
    ("chat was deleted", "gone"),
    ("bot was kicked", "gone"),
    ("can't initiate conversation", "not_allowed"),
    ("business connection not found", "not_allowed"),
    ("BUSINESS_CONNECTION", "not_allowed"),
    ("CONNECTION_ID_INVALID", "not_allowed"),
    ("BUSINESS_PEER_USAGE_MISSING", "window_closed"),
    ("BUSINESS_PEER_INVALID", "not_allowed"),
    ("BOT_ACCESS_FORBIDDEN", "not_allowed"),
    ("VOICE_MESSAGES_FORBIDDEN", "not_allowed"),
    ("PRIVACY", "not_allowed"),
    ("is too long", "too_long"),
    ("MESSAGE_TOO_LONG", "too_long"),
    ("too big", "too_large"),
    ("Too Large", "too_large"),
    ("wrong file identifier", "bad_attachment"),
    ("file must be non-empty", "bad_attachment"),
    ("PHOTO_", "bad_attachment"),
    ("IMAGE_PROCESS_FAILED", "bad_attachment"),
    ("VIDEO_", "bad_attachment"),
    ("AUDIO_", "bad_attachment"),
    ("MEDIA_", "bad_attachment"),
    ("FILE_", "bad_attachment"),
)
"""Words of a description, and the code that the agent sees. The first that fits counts; what fits none is `refused`."""


def send_error(refusal: PlatformRefusal) -> SendError:
    """What a refused send means.

    The platform does not recognise a repeated message. So what may have been taken, a 5xx among it, is ambiguous; only
    503 says that nobody looked at it. A token that is no longer good is somebody's to mend: the message waits.
    """
    status, description = refusal.status, refusal.description
    if status == 429:
        # It does not say whether the chat was too fast or the bot. If the bot was, each chat is told so itself.
        return RetryAfter(refusal.retry_after or 1)
    if status in {401, 404, 503}:
        return NotSent(str(status))
    if status >= 500:
        return Ambiguous(str(status))
    code = next((code for words, code in FINAL if words in description), "refused")
    if code == "refused":
        _log.warning("platform_refused", said=description)
    return Rejected(code)
