"""Logs: machines get JSON, people get colours, and neither gets a customer's words, whoever writes the line."""

from __future__ import annotations

import io
import json
import logging
import threading
from typing import TYPE_CHECKING, Any

import pytest
import structlog

from router.kit.errors import Refusal, ServerRefused
from router.kit.log import BACKLOG, Unblocked
from tests.helpers.logs import logged_to

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

SECRET = "+79131234567"
FILLED_IN = f"broke\nfuture: {SECRET}"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def out() -> Generator[io.StringIO]:
    with logged_to(io.StringIO()) as out:
        yield out


def lines(out: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.getvalue().splitlines()]


def raise_deep(error: Exception) -> None:
    try:
        raise KeyError(SECRET)
    except KeyError as cause:
        raise error from cause


def test_a_line_is_json_with_its_time_level_and_process(out: io.StringIO) -> None:
    structlog.get_logger().info("store_connected", address="unix:///run")
    (line,) = lines(out)
    assert {"event", "level", "timestamp", "pid", "address"} == line.keys()


def test_a_terminal_gets_no_json() -> None:
    with logged_to(Terminal()) as out:
        structlog.get_logger().info("store_connected", address="unix:///run")
    assert "\x1b[" in out.getvalue()


@pytest.mark.parametrize(
    "write",
    [
        lambda: structlog.get_logger().exception("broke"),
        lambda: logging.getLogger("library").exception("broke"),  # noqa: LOG004 - called in a handler
        lambda: logging.getLogger("library").warning("broke on %s", SECRET),
        lambda: logging.getLogger("asyncio").error(FILLED_IN),
        lambda: logging.getLogger("library").warning(ValueError(SECRET)),
    ],
    ids=["ours", "theirs", "filled_in", "asyncio", "an_error"],
)
def test_no_line_repeats_what_broke_it(out: io.StringIO, write: Callable[[], None]) -> None:
    try:
        raise_deep(ExceptionGroup(SECRET, [ValueError(SECRET), Refusal("unknown_customer", SECRET)]))
    except ExceptionGroup:
        write()
    (line,) = lines(out)
    assert "broke" in json.dumps(line) or "ValueError" in json.dumps(line)
    assert SECRET not in out.getvalue()


def test_an_exception_says_what_it_was_and_where(out: io.StringIO) -> None:
    try:
        raise_deep(ServerRefused("ERR no such function"))
    except ServerRefused as error:
        structlog.get_logger().error("broke", exc_info=error)
    told = lines(out)[0]["exception"]
    assert told.startswith("ServerRefused: ERR no such function at tests/kit/test_log.py:")
    assert " raise_deep" in told
    assert "KeyError at " in told


def test_a_logger_that_was_there_before_follows(out: io.StringIO) -> None:
    """Modules get their loggers before the command line says where they write."""
    from router.engine import connection

    connection._log.warning("store_away")  # pyright: ignore[reportPrivateUsage]
    assert lines(out)[0]["event"] == "store_away"


class Stuck(io.StringIO):
    """Nobody reads it, until somebody does."""

    def __init__(self) -> None:
        super().__init__()
        self.is_read = threading.Event()

    def write(self, text: str) -> int:
        self.is_read.wait()
        return super().write(text)


def test_a_log_that_nobody_reads_holds_up_nobody() -> None:
    out = Stuck()
    log = Unblocked(out)
    for number in range(BACKLOG + 10):
        log.write(f"{number}\n")
    out.is_read.set()
    log.close()
    written = out.getvalue().splitlines()
    (dropped,) = [json.loads(line) for line in written if line.startswith("{")]
    kept = [int(line) for line in written if not line.startswith("{")]
    assert dropped["event"] == "log_lines_dropped"
    assert kept == list(range(len(kept))), "the oldest are kept, in order"
    assert len(kept) + dropped["lines"] == BACKLOG + 10
