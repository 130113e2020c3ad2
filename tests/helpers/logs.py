"""Catching what the process logs."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

import structlog

from router.kit.log import log_to

if TYPE_CHECKING:
    import io
    from collections.abc import Generator

AnyOut = TypeVar("AnyOut", bound="io.StringIO")


@contextmanager
def logged_to(out: AnyOut) -> Generator[AnyOut]:
    """All logs of this process, from the lowest level on, while the context lasts."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    log_to(out, "debug")
    try:
        yield out
    finally:
        structlog.reset_defaults()
        root.handlers[:] = handlers
        root.setLevel(level)
