"""Who and what is on the platform: people, their talks with the bot and with the business account, and files."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any, Final

import msgspec

from channels.telegram.sandbox.requests import Refusal, Upload, bad_request
from channels.telegram.sandbox.updates import KEPT_S, Updates
from channels.telegram.wire import (
    WINDOW_S,
    BusinessBotRights,
    BusinessConnection,
    Chat,
    FileInfo,
    Message,
    User,
)

if TYPE_CHECKING:
    from channels.telegram.sandbox.requests import Call
    from router.kit.clock import Clock

OWNER_ID: Final = 900_000_001
BOT_ID: Final = 7_000_000_001


@dataclass(slots=True)
class Person:
    """Somebody with an account."""

    user: User
    blocks: bool = False
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    """Is set, and replaced, whenever something changes for him."""

    def tell(self) -> None:
        """Something has changed for him."""
        changed, self.changed = self.changed, asyncio.Event()
        changed.set()


@dataclass(slots=True)
class Talk:
    """A private chat of one person: with the bot, or with the business account. Each counts its messages itself."""

    person: Person
    business: bool
    messages: dict[int, Message] = field(default_factory=dict[int, Message])
    numbers: count[int] = field(default_factory=lambda: count(1))
    heard_at_ms: int | None = None
    """When the person last wrote."""
    typing_seen: int = 0

    @property
    def chat(self) -> Chat:
        """The chat, as seen from the other side."""
        user = self.person.user
        return Chat(id=user.id, type="private", first_name=user.first_name, last_name=user.last_name)

    @property
    def chain(self) -> str:
        """Updates of one chat come one after the other."""
        return f"{'business' if self.business else 'chat'} {self.person.user.id}"


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file that somebody uploaded. Its size may be more than the bytes that are really here."""

    info: FileInfo
    upload: Upload
    path: str


class World:
    """Everything that is there, and what happens in it."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.updates = Updates(clock)
        self.bot = User(
            id=BOT_ID, is_bot=True, first_name="Поддержка", username="sandbox_bot", can_connect_to_business=True
        )
        self.owner = User(id=OWNER_ID, is_bot=False, first_name="Tele2", username="Tele2_support", language_code="ru")
        self.people: dict[int, Person] = {}
        self.talks: dict[tuple[int, bool], Talk] = {}
        self.files: dict[str, StoredFile] = {}
        self.connections: dict[str, BusinessConnection] = {}
        self.moved: dict[int, int] = {}
        """Chats that have another id now."""
        self.presses: set[str] = set()
        """Presses that wait for their answer."""
        self._numbers = count(1)

    @property
    def now_s(self) -> int:
        """The wall clock, as messages are dated."""
        return self.clock.wall_ms() // 1000

    def number(self, name: str) -> str:
        """A new id."""
        return f"{name}{next(self._numbers):08d}"

    # Business connections.

    @property
    def connection(self) -> BusinessConnection | None:
        """The one that is in force."""
        return next((one for one in self.connections.values() if one.is_enabled), None)

    def connect(self, *, can_reply: bool = True, long_ago: bool = False) -> None:
        """The owner makes the bot the account's secretary: each time this is a new connection.

        Where that was long ago nothing tells of it any more.
        """
        self.disconnect()
        connection = BusinessConnection(
            id=self.number("AbCdEf"),
            user=self.owner,
            user_chat_id=self.owner.id,
            date=self.now_s - 30 * KEPT_S if long_ago else self.now_s,
            is_enabled=True,
            rights=BusinessBotRights(can_reply=True) if can_reply else BusinessBotRights(),
        )
        if long_ago:
            self.connections[connection.id] = connection
        else:
            self._connection_is(connection)

    def disconnect(self) -> None:
        """The owner ends it."""
        if (old := self.connection) is not None:
            ended = BusinessConnection(
                id=old.id, user=old.user, user_chat_id=old.user_chat_id, date=old.date, is_enabled=False
            )
            self._connection_is(ended)

    def _connection_is(self, connection: BusinessConnection) -> None:
        self.connections[connection.id] = connection
        self.updates.add("business_connection", connection, f"connection {connection.user.id}")

    # Where a call goes.

    def talk_of(self, call: Call) -> Talk:
        """The chat in which a call wants to do something. Raises `Refusal` where it may not."""
        chat = call.integer("chat_id")
        if chat in self.moved:
            description = "Bad Request: group chat was upgraded to a supergroup chat"
            raise Refusal(400, description, migrate_to_chat_id=self.moved[chat])
        connection = call.text("business_connection_id")
        talk = self.talks.get((chat, connection is not None))
        if connection is not None:
            self._check_connection(connection, talk)
        if talk is None:
            raise bad_request("chat not found")
        if talk.person.blocks:
            raise Refusal(403, "Forbidden: bot was blocked by the user")
        return talk

    def _check_connection(self, connection: str, talk: Talk | None) -> None:
        known = self.connections.get(connection)
        if known is None:
            raise bad_request("business connection not found")
        if not known.is_enabled:
            raise bad_request("BUSINESS_CONNECTION_INVALID")
        if known.rights is None or not known.rights.can_reply:
            raise bad_request("BOT_ACCESS_FORBIDDEN")
        if talk is None:
            raise bad_request("BUSINESS_PEER_INVALID")
        if talk.heard_at_ms is None or self.clock.wall_ms() - talk.heard_at_ms >= WINDOW_S * 1000:
            raise bad_request("BUSINESS_PEER_USAGE_MISSING")

    # Files.

    def keep(self, upload: Upload, **more: Any) -> FileInfo:
        """Somebody has uploaded a file; how messages speak of it. `more` are fields of its kind."""
        name = self.number("file")
        plain = FileInfo(file_id=f"AgAC{name}", file_unique_id=f"AQAD{name}", file_size=len(upload.data))
        info = msgspec.structs.replace(plain, **more)
        self.files[info.file_id] = StoredFile(info, upload, f"files/{name}")
        return info

    def file_at(self, path: str) -> StoredFile | None:
        """The file that is fetched by this path."""
        return next((file for file in self.files.values() if file.path == path), None)
