"""The methods that a bot may call, but for those that wait or set a webhook."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from channels.telegram.sandbox.requests import Refusal, bad_request
from channels.telegram.sandbox.sending import send, send_media_group
from channels.telegram.wire import (
    DOWNLOAD_BYTES_MAX,
    BotCommand,
    BusinessConnection,
    File,
    Keyboard,
    Message,
    User,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from channels.telegram.sandbox.requests import Call
    from channels.telegram.sandbox.world import World

ACTIONS: Final = frozenset(
    {
        "typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice", "upload_document",
        "choose_sticker", "find_location", "record_video_note", "upload_video_note",
    }
)  # fmt: skip


def get_me(world: World, call: Call) -> User:
    """Who the bot is."""
    _ = call
    return world.bot


def get_file(world: World, call: Call) -> File:
    """Where a file can be fetched."""
    file = world.files.get(call.text("file_id") or "")
    if file is None:
        raise bad_request("wrong file_id or the file is temporarily unavailable")
    if (file.info.file_size or 0) > DOWNLOAD_BYTES_MAX:
        raise bad_request("file is too big")
    info = file.info
    return File(file_id=info.file_id, file_unique_id=info.file_unique_id, file_size=info.file_size, file_path=file.path)


def get_business_connection(world: World, call: Call) -> BusinessConnection:
    """How a business account stands to the bot."""
    connection = world.connections.get(call.text("business_connection_id") or "")
    if connection is None:
        raise bad_request("business connection not found")
    return connection


def send_chat_action(world: World, call: Call) -> bool:
    """The person sees that somebody is writing."""
    talk = world.talk_of(call)
    if call.text("action") not in ACTIONS:
        raise bad_request("wrong parameter action in request")
    talk.typing_seen += call.text("action") == "typing"
    talk.person.tell()
    return True


def answer_callback_query(world: World, call: Call) -> bool:
    """The button stops turning, and perhaps a text is shown."""
    query = call.text("callback_query_id") or ""
    if query not in world.presses:
        raise bad_request("query is too old and response timeout expired or query ID is invalid")
    if len(call.text("text") or "") > 200:
        raise bad_request("MESSAGE_TOO_LONG")
    world.presses.discard(query)
    return True


def edit_message_reply_markup(world: World, call: Call) -> Message:
    """Other buttons below a message, or none."""
    talk = world.talk_of(call)
    message = talk.messages.get(call.integer("message_id"))
    if message is None:
        raise bad_request("message to edit not found")
    keyboard = call.decoded("reply_markup", Keyboard)
    keyboard = None if keyboard is None or not keyboard.inline_keyboard else keyboard
    if keyboard == message.reply_markup:
        raise bad_request(
            "message is not modified: specified new message content and reply markup are exactly the same as a current "
            "content and reply markup of the message"
        )
    edited = msgspec.structs.replace(message, reply_markup=keyboard, edit_date=world.now_s)
    talk.messages[message.message_id] = edited
    talk.person.tell()
    return edited


def set_my_commands(world: World, call: Call) -> bool:
    """The bot's menu."""
    _ = world
    for command in call.decoded("commands", list[BotCommand]) or []:
        if not 1 <= len(command.command) <= 32 or not command.description:
            raise bad_request("BOT_COMMAND_INVALID")
    return True


METHODS: Final[dict[str, Callable[[World, Call], Any]]] = {
    "getme": get_me,
    "getfile": get_file,
    "getbusinessconnection": get_business_connection,
    "sendchataction": send_chat_action,
    "sendmediagroup": send_media_group,
    "answercallbackquery": answer_callback_query,
    "editmessagereplymarkup": edit_message_reply_markup,
    "setmycommands": set_my_commands,
} | {
    f"send{kind}": send
    for kind in (
        "message", "photo", "voice", "audio", "animation", "document", "video", "videonote", "sticker", "location",
        "contact",
    )
}  # fmt: skip


def call_method(world: World, call: Call) -> Any:
    """What the method gives. Raises `Refusal`."""
    method = METHODS.get(call.method.lower())
    if method is None:
        raise Refusal(404, "Not Found: method not found")
    return method(world, call)
