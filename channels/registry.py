"""The channels that there are: a line each."""

from __future__ import annotations

import importlib
from typing import Final

from channels.kit.failures import Misconfigured
from channels.kit.port import Channel

CHANNELS: Final[dict[str, str]] = {
    "telegram": "channels.telegram",
}
"""By its name, the package that has a `CHANNEL`."""


def channel_of(name: str) -> Channel:
    """A channel by its name; or, with a dot in it, by the package that has its `CHANNEL`. Raises `Misconfigured`."""
    package = CHANNELS.get(name, name)
    if "." not in package:
        raise Misconfigured(f"no channel {name}; there are {', '.join(CHANNELS)}, and packages of your own")
    try:
        found = getattr(importlib.import_module(package), "CHANNEL", None)
    except ModuleNotFoundError as error:
        raise Misconfigured(f"{name}: {error}") from None
    if not isinstance(found, Channel):
        raise Misconfigured(f"{package} has no CHANNEL")
    return found
