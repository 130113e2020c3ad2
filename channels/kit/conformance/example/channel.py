"""What the example is."""

from __future__ import annotations

from typing import Final

from channels.kit.conformance.example.adapter import ExampleAdapter, ExampleSettings
from channels.kit.conformance.example.sandbox import ExampleSandbox
from channels.kit.port import Capability, Channel, Manifest

CAPABILITIES: Final[frozenset[Capability]] = frozenset(
    {
        "edits", "deletes", "typing", "hears_typing", "read", "buttons", "attachments", "albums", "leaves", "echoes",
        "thread_limits", "polls", "webhook",
    }
)  # fmt: skip

MANIFEST: Final = Manifest(
    name="example",
    title="Example",
    settings=ExampleSettings,
    secrets=("key",),
    optional_secrets=("webhook_secret",),
    capabilities=CAPABILITIES,
    text_max=500,
    caption_max=200,
    account_per_s=50,
    thread_per_s=10,
    dedupes=False,
)

CHANNEL: Final = Channel(MANIFEST, ExampleAdapter, ExampleSandbox)
