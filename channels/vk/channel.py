"""What the registry knows of VK."""

from __future__ import annotations

from channels.kit.port import Channel
from channels.vk.adapter import create
from channels.vk.sandbox import VkSandbox
from channels.vk.settings import MANIFEST

CHANNEL = Channel(manifest=MANIFEST, create=create, sandbox=VkSandbox)
