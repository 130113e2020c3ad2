"""Which business connection leads to which account.

Whenever an owner connects the bot anew the connection has another id, but he is the same. So a thread names the owner,
and a conversation goes on over whichever connection he has now.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec
import structlog

from channels.telegram.refusals import PlatformRefusal
from channels.telegram.wire import BusinessConnection, Update

if TYPE_CHECKING:
    from channels.telegram.api import Api

METADATA: Final = "business_connection"
"""Under this name a contact remembers the connection that it came by, for a process that has not met its owner yet."""

_log: Any = structlog.get_logger()


class Connections:
    """The owners of connections, and the connection of each owner."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._owners: dict[str, str] = {}
        self._current: dict[str, str] = {}

    async def learn(self, raw: bytes) -> None:
        """Look at an update before it is read: who owns its connection is asked once. Raises as `Api.ask` does."""
        try:
            update = msgspec.json.decode(raw, type=Update)
        except msgspec.MsgspecError:
            return  # whoever reads it says so
        if update.business_connection is not None:
            self._note(update.business_connection)
        name = connection_of(update)
        if name is None or name in self._owners:
            return
        try:
            self._note(await self._api.ask("getBusinessConnection", BusinessConnection, business_connection_id=name))
        except PlatformRefusal:
            # It has ended since. What was written is told all the same, in a thread that is named after it.
            self._owners[name] = name

    def owner(self, connection: str) -> str:
        """The owner of a connection that was learnt."""
        return self._owners[connection]

    def current(self, owner: str) -> str | None:
        """The connection that leads to this owner's chats now; None where he was not met since the start."""
        return self._current.get(owner)

    def _note(self, connection: BusinessConnection) -> None:
        owner = str(connection.user.id)
        self._owners[connection.id] = owner
        if connection.is_enabled:
            self._current[owner] = connection.id
        may_reply = connection.rights is not None and connection.rights.can_reply is True
        _log.info("business_connection", enabled=connection.is_enabled, may_reply=may_reply)


def connection_of(update: Update) -> str | None:
    """The connection by which an update came."""
    message = update.business_message or update.edited_business_message
    if message is None and update.callback_query is not None:
        message = update.callback_query.message
    if message is not None:
        return message.business_connection_id
    deleted = update.deleted_business_messages
    return None if deleted is None else deleted.business_connection_id
