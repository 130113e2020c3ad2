"""An adapter that loses the second half of what it sends, for those who are to notice."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from channels.kit.conformance.example.adapter import ExampleAdapter
from channels.kit.conformance.example.channel import CHANNEL as EXAMPLE

if TYPE_CHECKING:
    from channels.kit.port import Outgoing, Sent


class Forgetful(ExampleAdapter):
    """It says that all is sent."""

    async def send(self, out: Outgoing) -> Sent:
        """Half of it."""
        text = out.text or ""
        return await super().send(dataclasses.replace(out, text=text[: len(text) // 2 + 1]))


CHANNEL = dataclasses.replace(EXAMPLE, create=Forgetful)
