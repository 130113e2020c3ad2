"""The fixture itself: that it gives what the other tests rely on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import hiredis
import pytest

from tests.helpers.servers import ask

if TYPE_CHECKING:
    from tests.helpers.servers import Server


def test_there_is_a_server_of_each_kind(server: Server) -> None:
    info = ask(server, "INFO", "server")
    assert isinstance(info, bytes)
    assert (b"valkey_version:" in info) == (server.kind == "valkey")


def test_a_command_that_leaves_its_slot_fails(server: Server) -> None:
    with pytest.raises(hiredis.ReplyError, match="CROSSSLOT"):
        ask(server, "MSET", "{one}:key", "1", "{two}:key", "2")
