"""Recordings are kept for as long as their names say. What has another name is nobody's business here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NoReturn

import structlog

from channels.asterisk.ari import AriError, Gone
from channels.asterisk.wire import StoredRecording, given

if TYPE_CHECKING:
    from channels.asterisk.server import Server

DAY_S: Final = 24 * 3600
AGAIN_S: Final = 60
"""So soon it is tried again where Asterisk was away."""

_log: Any = structlog.get_logger()


async def keep_no_longer(server: Server) -> NoReturn:
    """Delete what was kept long enough, at first and each day, while the account is ours."""
    while True:
        await server.wire.held.wait()
        try:
            await delete_old(server)
        except AriError as error:
            _log.info("recordings_not_deleted", account=server.account, why=str(error))
            await server.time.sleep(AGAIN_S)
        else:
            await server.time.sleep(DAY_S)


async def delete_old(server: Server) -> None:
    """Delete what was kept up to yesterday. Raises `AriError`."""
    today = given(server.time.wall_ms()).date().isoformat()
    for stored in await server.ari.get("recordings/stored", list[StoredRecording]):
        name = server.names.read_recording(stored.name)
        if name is None or name.last_day >= today:
            continue
        try:
            await server.ari.do("DELETE", "recordings/stored/" + stored.name)
        except Gone:
            continue  # somebody else was quicker
        _log.info("recording_deleted", contact=name.contact)
