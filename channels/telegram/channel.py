"""Telegram as a channel of the kit."""

from __future__ import annotations

from typing import Final

from channels.kit.port import Channel, Manifest
from channels.telegram.adapter import Telegram
from channels.telegram.sandbox import TelegramSandbox
from channels.telegram.settings import TelegramSettings
from channels.telegram.wire import CAPTION_UNITS_MAX, TEXT_UNITS_MAX

CHANNEL: Final = Channel(
    manifest=Manifest(
        name="telegram",
        title="Telegram",
        settings=TelegramSettings,
        secrets=("token",),
        optional_secrets=("webhook_secret",),
        capabilities=frozenset(
            {
                "edits", "deletes", "typing", "buttons", "attachments", "voice_notes", "locations", "albums", "echoes",
                "webhook", "polls",
            }
        ),
        text_max=TEXT_UNITS_MAX,
        caption_max=CAPTION_UNITS_MAX,
        account_per_s=30,
        thread_per_s=1,
        dedupes=False,
    ),
    create=Telegram,
    sandbox=TelegramSandbox,
)  # fmt: skip
