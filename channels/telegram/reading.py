"""What the platform's updates say, in the kit's words.

A thread is a private chat. With the bot itself it is called by the customer's number, such as `5551`; with a business
account by the owner's and the customer's, such as `900:5551`. Chats of groups and channels concern nobody here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from channels.kit.updates import Attachment, Customer, Deleted, Edited, Incoming, Left, Rated
from channels.telegram.connections import METADATA
from channels.telegram.wire import DOWNLOAD_BYTES_MAX, UNSHOWN, WINDOW_S

if TYPE_CHECKING:
    from collections.abc import Callable

    from channels.kit.updates import Kind
    from channels.telegram.wire import (
        BusinessMessagesDeleted,
        CallbackQuery,
        Chat,
        ChatMemberUpdated,
        FileInfo,
        Message,
    )

FILES: Final[tuple[tuple[str, Kind], ...]] = (
    # An animation comes as a document, too, so it is looked for first.
    ("animation", "animation"), ("voice", "voice"), ("audio", "audio"), ("document", "document"), ("video", "video"),
    ("video_note", "video"), ("sticker", "sticker"),
)  # fmt: skip
MIMES: Final[dict[str, str]] = {"image": "image/jpeg", "voice": "audio/ogg", "video": "video/mp4"}
"""What files are of which the platform does not say it."""
RATE: Final = "rate"


class Reader:
    """Reads updates for one bot. `owner` gives the owner of a business connection."""

    def __init__(self, bot_id: int, owner: Callable[[str], str]) -> None:
        self._bot_id = bot_id
        self._owner = owner

    def thread(self, chat: Chat, connection: str | None) -> str:
        """What a chat is called."""
        return str(chat.id) if connection is None else f"{self._owner(connection)}:{chat.id}"

    def message(self, message: Message) -> Incoming | None:
        """A new message; None for what nobody wrote, or we did."""
        content = self._content(message)
        if content is None:
            return None
        kind, text, attachments = content
        connection, author = message.business_connection_id, self._author(message)
        is_in_window = connection is not None and author == "customer"
        replied = message.reply_to_message
        return Incoming(
            thread=self.thread(message.chat, connection),
            external_id=str(message.message_id),
            customer=self.customer(message),
            sent_at_ms=message.date * 1000,
            kind=kind,
            text=text,
            attachments=attachments,
            in_reply_to=None if replied is None else str(replied.message_id),
            author=author,
            reply_until_ms=(message.date + WINDOW_S) * 1000 if is_in_window else None,
            album=message.media_group_id,
            metadata={} if connection is None else {METADATA: connection},
        )

    def edited(self, message: Message) -> Edited | None:
        """A message that reads otherwise now."""
        content = self._content(message)
        if content is None:
            return None
        _, text, attachments = content
        # Of an album this is one message of several: the others' files are not here, so none are changed.
        return Edited(
            thread=self.thread(message.chat, message.business_connection_id),
            external_id=str(message.message_id),
            customer=self.customer(message),
            text=text,
            attachments=attachments if attachments and message.media_group_id is None else None,
            at_ms=None if message.edit_date is None else message.edit_date * 1000,
            author=self._author(message),
        )

    def deleted(self, deleted: BusinessMessagesDeleted) -> Deleted | None:
        """Messages that are gone."""
        if deleted.chat.type != "private":
            return None
        return Deleted(
            thread=self.thread(deleted.chat, deleted.business_connection_id),
            external_ids=tuple(str(number) for number in deleted.message_ids),
        )

    def left(self, changed: ChatMemberUpdated) -> Left | None:
        """The customer has blocked the bot. That he has come back is said by his next message."""
        if changed.chat.type != "private" or changed.new_chat_member.status != "kicked":
            return None
        return Left(thread=self.thread(changed.chat, None), at_ms=changed.date * 1000)

    def rated(self, press: CallbackQuery) -> Rated | None:
        """A press of one of the buttons 1–5; None where it is another button."""
        name, _, contact_and_score = (press.data or "").partition(":")
        contact, _, score = contact_and_score.rpartition(":")
        if press.message is None or name != RATE or not contact or score not in {"1", "2", "3", "4", "5"}:
            return None
        return Rated(
            thread=self.thread(press.message.chat, press.message.business_connection_id),
            contact=contact,
            score=int(score),
            callback=Press.of(press, press.message).written(),
        )

    def customer(self, message: Message) -> Customer:
        """The person whose chat it is, whoever wrote."""
        chat, writer = message.chat, message.from_
        by_himself = writer is not None and writer.id == chat.id
        names = (writer.first_name, writer.last_name) if by_himself and writer else (chat.first_name, chat.last_name)
        return Customer(
            id=f"tg:{chat.id}",
            name=" ".join(name for name in names if name) or None,
            language=writer.language_code if by_himself and writer else None,
        )

    def _author(self, message: Message) -> Any:
        """Direction by sender: what the chat's person did not write, its account's owner did."""
        return "customer" if message.from_ is not None and message.from_.id == message.chat.id else "agent"

    def _content(self, message: Message) -> tuple[Kind, str | None, tuple[Attachment, ...]] | None:
        """(kind, text, files); None where it is nothing that somebody wrote.

        What this bot wrote itself the router knows, or it was the answer to a command. What the platform writes in an
        owner's name (a greeting, "we are away") is no agent's answer.
        """
        bot = message.sender_business_bot
        if message.chat.type != "private" or message.is_from_offline or (bot is not None and bot.id == self._bot_id):
            return None
        if message.text is not None:
            return "text", message.text, ()
        if message.photo:
            return "image", message.caption, (_attachment("image", message.photo[-1]),)
        for name, kind in FILES:
            file: FileInfo | None = getattr(message, name)
            if file is not None:
                return kind, message.caption or file.emoji, (_attachment(kind, file),)
        return _without_file(message)


def _without_file(message: Message) -> tuple[Kind, str | None, tuple[Attachment, ...]] | None:
    place = message.location
    if place is not None:
        lines = [f"{place.latitude}, {place.longitude}"]
        if message.venue is not None:
            lines += [message.venue.title, message.venue.address]
        return "location", "\n".join(lines), ()
    if message.contact is not None:
        shared = message.contact
        names = " ".join(name for name in (shared.first_name, shared.last_name) if name)
        return "contact", f"{names}\n{shared.phone_number}", ()
    if any(getattr(message, name) is not None for name in UNSHOWN):
        return "other", message.caption, ()
    return None


def _attachment(kind: Kind, file: FileInfo) -> Attachment:
    is_too_large = (file.file_size or 0) > DOWNLOAD_BYTES_MAX
    return Attachment(
        kind=kind,
        reference=None if is_too_large else file.file_id,
        name=file.file_name,
        mime=file.mime_type or _mime(kind, file),
        bytes=file.file_size,
        unavailable="too_large" if is_too_large else None,
    )


def _mime(kind: Kind, file: FileInfo) -> str | None:
    if kind == "sticker":
        return "application/x-tgsticker" if file.is_animated else "video/webm" if file.is_video else "image/webp"
    return MIMES.get(kind)


class Press(msgspec.Struct, frozen=True, array_like=True):
    """Which press of a button this is, as `Rated.callback` carries it: its id, and where the button is."""

    query: str
    chat: int
    message: int
    connection: str | None
    language: str | None

    @classmethod
    def of(cls, press: CallbackQuery, message: Message) -> Press:
        """The press below this message."""
        connection, language = message.business_connection_id, press.from_.language_code
        return cls(press.id, message.chat.id, message.message_id, connection, language)

    def written(self) -> str:
        """As text."""
        return msgspec.json.encode(self).decode()
