"""VK: a community's messages."""

from __future__ import annotations

from channels.vk.channel import CHANNEL

__all__ = ["CHANNEL"]
