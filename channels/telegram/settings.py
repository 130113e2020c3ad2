"""What a Telegram channel can be told."""

from __future__ import annotations

from typing import Final, Literal

from channels.kit.port import Settings

PLATFORM: Final = "https://api.telegram.org"


class TelegramSettings(Settings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Beside what every channel can be told."""

    api_url: str = PLATFORM
    """Where the Bot API is; a server of one's own, or the sandbox, is elsewhere."""
    updates: Literal["polls", "webhook"] = "polls"
    """How updates come. A webhook needs the secret `webhook_secret`, and `public_url` as Telegram reaches it."""
