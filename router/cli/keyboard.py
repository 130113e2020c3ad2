"""What is typed at the terminal."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import threading


def typed() -> asyncio.Queue[str | None]:
    """The lines, as they are typed, without their ends; None when there will be no more."""
    loop, lines = asyncio.get_running_loop(), asyncio.Queue[str | None]()

    def read() -> None:
        with contextlib.suppress(RuntimeError):  # the loop is over
            for line in sys.stdin:
                loop.call_soon_threadsafe(lines.put_nowait, line.strip())
            loop.call_soon_threadsafe(lines.put_nowait, None)

    # A thread that the end of the process does not wait for: nothing ends a read of a terminal.
    threading.Thread(target=read, daemon=True).start()
    return lines
