"""Logs: JSON lines where they are read by machines, colours where they go to a terminal.

No customer's name, number or text gets into a line. Our own lines name ids, codes and counts. What libraries say is cut
to the words of their authors, without what they filled in; of an exception a line has the type and the places it went
through, and its message only where the message is about machines.
"""

from __future__ import annotations

import atexit
import contextlib
import logging
import os
import queue
import sys
import threading
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, TextIO, cast

import msgspec
import structlog

from router.kit.errors import Fault, ServerRefused, ServerUnfit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from structlog.typing import EventDict, WrappedLogger

Level = Literal["debug", "info", "warning", "error"]

ABOUT_MACHINES: Final = (Fault, ServerRefused, ServerUnfit, OSError)
"""Exceptions whose message says nothing of a customer."""

BACKLOG: Final = 10_000
CLOSED_S: Final = 1.0

_ROOT: Final = Path(__file__).parent.parent.parent


class Unblocked:
    """Writes by a thread of its own, so that who reads too slowly, or not at all, holds up no call.

    Beyond `BACKLOG` lines what is written is dropped; how many lines were is said as soon as there is room.
    """

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._lines: queue.Queue[str | None] = queue.Queue(BACKLOG)
        self._dropped = 0
        self._thread = threading.Thread(target=self._run, name="log", daemon=True)
        self._thread.start()
        atexit.register(self.close)

    def isatty(self) -> bool:
        """Whether it goes to a terminal."""
        return self._out.isatty()

    def write(self, text: str) -> None:
        """Write it soon."""
        try:
            self._lines.put_nowait(text)
        except queue.Full:
            self._dropped += 1

    def flush(self) -> None:
        """Nothing is kept back."""

    def close(self) -> None:
        """Write what is left, if it is read within a second."""
        with contextlib.suppress(queue.Full):
            self._lines.put(None, timeout=CLOSED_S)
            self._thread.join(CLOSED_S)

    def _run(self) -> None:
        with contextlib.suppress(OSError, ValueError):  # nobody reads any more
            while (text := self._lines.get()) is not None:
                self._out.write(text)
                if self._dropped:
                    dropped, self._dropped = self._dropped, 0
                    self._out.write(f"{_json({'event': 'log_lines_dropped', 'lines': dropped})}\n")
                self._out.flush()


def log_to(out: TextIO | Unblocked = sys.stderr, level: Level = "info") -> None:
    """Write this process's logs to `out` from here on, what libraries log included."""
    last: Any = structlog.dev.ConsoleRenderer() if out.isatty() else structlog.processors.JSONRenderer(_json)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _process,
            _exception,
            last,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(cast("TextIO", out)),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(handlers=[_Library()], level=logging.WARNING, force=True)


class _Library(logging.Handler):
    """What a library logs, as a line of ours."""

    def emit(self, record: logging.LogRecord) -> None:
        # The text with its places still open; asyncio fills some in before, but only below the first line.
        said = record.msg.partition("\n")[0] if isinstance(record.msg, str) else type(record.msg).__name__
        error = record.exc_info[1] if record.exc_info else None
        log: Any = structlog.get_logger()
        log.log(record.levelno, "library", logger=record.name, said=said, **({"exc_info": error} if error else {}))


def _process(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    event["pid"] = os.getpid()
    return event


def _exception(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """What an exception says without saying what was in the request."""
    error = event.pop("exc_info", None)
    if error is True:
        error = sys.exc_info()[1]
    if isinstance(error, BaseException):
        event["exception"] = " < ".join(_told(error))
    return event


def _told(error: BaseException | None) -> Iterator[str]:
    """An exception and those that it came from, each with its way from the outermost call."""
    while error is not None:
        kind = type(error).__qualname__
        message = f": {error}" if isinstance(error, ABOUT_MACHINES) else ""
        way = [
            f"{_place(frame.f_code.co_filename)}:{line} {frame.f_code.co_name}"
            for frame, line in traceback.walk_tb(error.__traceback__)
        ]
        yield f"{kind}{message} at {' > '.join(way) or 'no place'}"
        for one in getattr(error, "exceptions", ()):  # of a group
            yield from _told(one)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _place(file: str) -> str:
    path = Path(file)
    return path.relative_to(_ROOT).as_posix() if path.is_relative_to(_ROOT) else path.name


def _json(event: EventDict, **_more: Any) -> str:
    return msgspec.json.encode(event, enc_hook=repr).decode()
