"""The Bot API's shapes, as far as we use them. A field that is not here is passed over, so new ones break nothing.

https://core.telegram.org/bots/api names every type and field. Times are whole seconds since 1970.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec


class Shape(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is absent is None, and None is never sent."""


class User(Shape, frozen=True):
    """A person or a bot."""

    id: int
    first_name: str
    is_bot: bool
    last_name: str | None = None
    username: str | None = None
    language_code: str | None = None
    can_connect_to_business: bool | None = None
    """Said by `getMe` only."""


class Chat(Shape, frozen=True):
    """A private chat has the id of its customer, and his names."""

    id: int
    type: str
    title: str | None = None
    first_name: str | None = None
    last_name: str | None = None


class FileInfo(Shape, frozen=True):
    """A file of any kind: PhotoSize, Voice, Audio, Document, Video, VideoNote, Animation and Sticker in one."""

    file_id: str
    file_unique_id: str | None = None
    file_name: str | None = None
    mime_type: str | None = None
    file_size: int | None = None
    width: int | None = None
    height: int | None = None
    length: int | None = None
    duration: int | None = None
    emoji: str | None = None
    type: str | None = None
    is_animated: bool | None = None
    is_video: bool | None = None


class Location(Shape, frozen=True):
    """A point on the map."""

    latitude: float
    longitude: float


class Venue(Shape, frozen=True):
    """A place with a name."""

    location: Location
    title: str
    address: str


class SharedContact(Shape, frozen=True):
    """Somebody's telephone number: the API's Contact, which is not the router's."""

    phone_number: str
    first_name: str
    last_name: str | None = None


class Button(Shape, frozen=True):
    """An InlineKeyboardButton that calls back."""

    text: str
    callback_data: str


class Keyboard(Shape, frozen=True):
    """An InlineKeyboardMarkup; its rows."""

    inline_keyboard: list[list[Button]]


class Message(Shape, frozen=True):
    """A message, or a note of the platform's own that has none of the contents here."""

    message_id: int
    date: int
    chat: Chat
    from_: User | None = msgspec.field(default=None, name="from")
    business_connection_id: str | None = None
    sender_business_bot: User | None = None
    is_from_offline: bool | None = None
    edit_date: int | None = None
    media_group_id: str | None = None
    reply_to_message: Message | None = None
    reply_markup: Any = None
    text: str | None = None
    caption: str | None = None
    photo: list[FileInfo] | None = None
    voice: FileInfo | None = None
    audio: FileInfo | None = None
    animation: FileInfo | None = None
    document: FileInfo | None = None
    video: FileInfo | None = None
    video_note: FileInfo | None = None
    sticker: FileInfo | None = None
    venue: Venue | None = None
    location: Location | None = None
    contact: SharedContact | None = None
    # What we cannot show, but must not pass over: somebody wrote it.
    poll: Any = None
    dice: Any = None
    game: Any = None
    story: Any = None
    checklist: Any = None
    paid_media: Any = None
    rich_message: Any = None
    gift: Any = None
    unique_gift: Any = None
    giveaway: Any = None
    invoice: Any = None


UNSHOWN: Final = (
    "poll", "dice", "game", "story", "checklist", "paid_media", "rich_message", "gift", "unique_gift", "giveaway",
    "invoice",
)  # fmt: skip
"""Fields of a message whose content we cannot show."""


class BusinessBotRights(Shape, frozen=True):
    """What the owner of a business account lets the bot do; absent is no."""

    can_reply: bool | None = None
    """In chats whose customer wrote in the last 24 hours."""


class BusinessConnection(Shape, frozen=True):
    """A business account has made the bot its secretary, or changed that, or ended it."""

    id: str
    user: User
    user_chat_id: int
    date: int
    is_enabled: bool
    rights: BusinessBotRights | None = None


class BusinessMessagesDeleted(Shape, frozen=True):
    """Messages of a business account's chat are gone."""

    business_connection_id: str
    chat: Chat
    message_ids: list[int]


class CallbackQuery(Shape, frozen=True):
    """A button was pressed. `message` is the one with the button, with date 0 where it is too old to be shown."""

    id: str
    from_: User = msgspec.field(name="from")
    chat_instance: str
    message: Message | None = None
    data: str | None = None


class ChatMember(Shape, frozen=True):
    """How the bot stands in a chat: `member`, or `kicked` where the customer has blocked it."""

    status: str
    user: User
    until_date: int | None = None


class ChatMemberUpdated(Shape, frozen=True):
    """The bot's standing in a chat has changed."""

    chat: Chat
    from_: User = msgspec.field(name="from")
    date: int
    old_chat_member: ChatMember
    new_chat_member: ChatMember


class Update(Shape, frozen=True):
    """One thing that has happened; one of the fields is there."""

    update_id: int
    message: Message | None = None
    edited_message: Message | None = None
    business_connection: BusinessConnection | None = None
    business_message: Message | None = None
    edited_business_message: Message | None = None
    deleted_business_messages: BusinessMessagesDeleted | None = None
    callback_query: CallbackQuery | None = None
    my_chat_member: ChatMemberUpdated | None = None


class Number(Shape, frozen=True):
    """What can be read of every update, even of one that is otherwise unreadable."""

    update_id: int


class File(Shape, frozen=True):
    """Where a file can be fetched, for an hour at least."""

    file_id: str
    file_unique_id: str | None = None
    file_size: int | None = None
    file_path: str | None = None


class WebhookInfo(Shape, frozen=True):
    """What the platform thinks of our webhook; an empty url where there is none."""

    url: str
    has_custom_certificate: bool
    pending_update_count: int
    last_error_date: int | None = None
    last_error_message: str | None = None
    max_connections: int | None = None
    allowed_updates: list[str] | None = None


class ReplyParameters(Shape, frozen=True):
    """Which message is answered, and whether the answer goes out where that is gone."""

    message_id: int
    allow_sending_without_reply: bool | None = None


class BotCommand(Shape, frozen=True):
    """A command in the bot's menu."""

    command: str
    description: str


class ResponseParameters(Shape, frozen=True):
    """What a refusal says for machines."""

    retry_after: int | None = None
    migrate_to_chat_id: int | None = None


class Answer(Shape, frozen=True):
    """Every answer: `result`, or a refusal."""

    ok: bool
    result: msgspec.Raw = msgspec.Raw(b"null")
    error_code: int | None = None
    description: str | None = None
    parameters: ResponseParameters | None = None


SECRET_HEADER: Final = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the name of a header
TEXT_UNITS_MAX: Final = 4096
CAPTION_UNITS_MAX: Final = 1024
"""Lengths of a text and of a file's caption."""
DOWNLOAD_BYTES_MAX: Final = 20 << 20
"""A bot can fetch no larger file."""
UPLOAD_BYTES_MAX: Final = 50 << 20
PHOTO_BYTES_MAX: Final = 10 << 20
"""A bot can send no larger file, and no larger one as a photo."""
CALLBACK_BYTES_MAX: Final = 64
WINDOW_S: Final = 86_400
"""A bot may write in a business account's chat for so long after its customer did."""
