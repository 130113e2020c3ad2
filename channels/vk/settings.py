"""What the adapter can be told, and what it is."""

from __future__ import annotations

from typing import Final, Literal

from channels.kit.port import Capability, Manifest, Settings


class VkSettings(Settings, frozen=True, kw_only=True):
    """The settings of a community."""

    transport: Literal["long_poll", "callback", "both"] = "long_poll"
    """How events come: by polls, by posts of the Callback API (then the secret `secret` is needed), or both at once."""
    confirmation: str = ""
    """What the Callback API wants to read to confirm our address; empty where the token may ask VK for it."""
    api_url: str = "https://api.vk.ru"


CAPABILITIES: Final[frozenset[Capability]] = frozenset({
    "albums", "attachments", "buttons", "echoes", "edits", "hears_typing", "leaves", "locations", "polls", "read",
    "typing", "voice_notes", "webhook",
})  # fmt: skip
MANIFEST: Final = Manifest(
    name="vk",
    title="VK",
    settings=VkSettings,
    secrets=("token",),
    optional_secrets=("secret",),
    capabilities=CAPABILITIES,
    text_max=4096,
    caption_max=4096,
    account_per_s=18.0,  # VK takes 20 calls of any method
    thread_per_s=2.0,
    dedupes=True,
)
