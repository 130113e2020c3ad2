"""What the channel is called, and must be told."""

from __future__ import annotations

from typing import Final

from channels.asterisk.running import running
from channels.asterisk.settings import PHONE, AsteriskSettings
from channels.kit.port import Description, SelfRun

CHANNEL: Final = SelfRun(
    Description(name=PHONE, title="Asterisk", settings=AsteriskSettings, secrets=("password",)),
    running,
)
