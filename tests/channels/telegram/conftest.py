"""An adapter does not see on which server the router stands: one of them is enough here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.helpers.servers import Server


@pytest.fixture(scope="session")
def server(_servers: Callable[[str], Server]) -> Server:
    """A server of this worker alone."""
    return _servers("valkey")
