"""Dead letters: what nobody could read, or the router will never take, kept for people to look at."""

from __future__ import annotations

import asyncio
import base64
import os
from typing import TYPE_CHECKING, Any, Final

import msgspec
import structlog

from router.domain.wire.moment import moment

if TYPE_CHECKING:
    from pathlib import Path

    from router.kit.clock import Clock

BYTES_MAX: Final = 10_000_000
"""Of one file; there are at most two, the older one with `.1` behind its name."""

_log: Any = structlog.get_logger()


class DeadLetters:
    """A file of JSON lines: `at`, `why`, and the update, as `text` or, where that is no UTF-8, as `base64`.

    It holds what customers wrote, so only its owner may read it, and nothing of it goes to the log.
    """

    def __init__(self, file: Path, clock: Clock) -> None:
        self.count = 0
        """How many this process has written."""
        self._file = file
        self._clock = clock
        self._writing = asyncio.Lock()

    async def add(self, update: bytes, why: str) -> None:
        """Return when it is on disk. Raises OSError."""
        try:
            said = {"text": update.decode()}
        except UnicodeDecodeError:
            said = {"base64": base64.b64encode(update).decode()}
        line = msgspec.json.encode({"at": moment(self._clock.wall_ms()), "why": why, **said}) + b"\n"
        async with self._writing:
            await asyncio.to_thread(_append, self._file, line)
        self.count += 1
        _log.error("dead_letter", why=why, bytes=len(update), letters=self.count)


def _append(file: Path, line: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    if file.exists() and file.stat().st_size + len(line) > BYTES_MAX:
        file.replace(file.with_name(file.name + ".1"))
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "wb") as out:
        out.write(line)
        out.flush()
        os.fsync(out.fileno())
