"""The channels that there are: a line each."""

from __future__ import annotations

import importlib
from typing import Final

from channels.kit.failures import Misconfigured
from channels.kit.port import Channel, SelfRun

CHANNELS: Final[dict[str, str]] = {
    "phone": "channels.asterisk",
    "telegram": "channels.telegram",
    "vk": "channels.vk",
}
"""By its name, the package that has a `CHANNEL`."""


def channel_of(name: str) -> Channel | SelfRun:
    """A channel by its name; or, with a dot in it, by the package that has its `CHANNEL`. Raises `Misconfigured`."""
    package = CHANNELS.get(name, name)
    if "." not in package:
        raise Misconfigured(f"no channel {name}; there are {', '.join(CHANNELS)}, and packages of your own")
    try:
        found = getattr(importlib.import_module(package), "CHANNEL", None)
    except ModuleNotFoundError as error:
        raise Misconfigured(f"{name}: {error}") from None
    if not isinstance(found, Channel | SelfRun):
        raise Misconfigured(f"{package} has no CHANNEL")
    return found


def conversations_of(name: str) -> Channel:
    """As `channel_of`, of those that have a sandbox to be tried on. Raises `Misconfigured`."""
    channel = channel_of(name)
    if not isinstance(channel, Channel):
        raise Misconfigured(f"{name} has no sandbox; its README says how to try it on the platform itself")
    return channel
