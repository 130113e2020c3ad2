"""What a bot sends: every method that makes a message."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from channels.kit.splitting import units
from channels.telegram.sandbox.requests import Upload, bad_request
from channels.telegram.wire import (
    CALLBACK_BYTES_MAX,
    CAPTION_UNITS_MAX,
    PHOTO_BYTES_MAX,
    TEXT_UNITS_MAX,
    FileInfo,
    Keyboard,
    Location,
    Message,
    ReplyParameters,
    Shape,
    SharedContact,
)

if TYPE_CHECKING:
    from channels.telegram.sandbox.requests import Call
    from channels.telegram.sandbox.world import Talk, World

SHAPES: Final[dict[str, dict[str, Any]]] = {
    "photo": {"width": 640, "height": 480},
    "voice": {"duration": 1, "mime_type": "audio/ogg"},
    "audio": {"duration": 1},
    "animation": {"width": 320, "height": 240, "duration": 1},
    "document": {},
    "video": {"width": 640, "height": 480, "duration": 1},
    "video_note": {"length": 240, "duration": 1},
    "sticker": {"type": "regular", "width": 512, "height": 512, "is_animated": False, "is_video": False},
}
"""What the platform says of a file of each kind, beside its name and size."""
NAMED: Final = frozenset({"audio", "animation", "document", "video"})


class InputMedia(Shape, frozen=True):
    """One file of an album that a bot sends."""

    type: str
    media: str
    caption: str | None = None


def send(world: World, call: Call) -> Message:
    """Make the message that the call asks for. Raises `Refusal`."""
    talk = world.talk_of(call)
    kind = call.method.removeprefix("send").lower()
    return _say(world, talk, call, **_content(world, call, kind))


def send_media_group(world: World, call: Call) -> list[Message]:
    """An album: a message for each file, with one name in common."""
    talk = world.talk_of(call)
    media = call.decoded("media", list[InputMedia]) or []
    if not 2 <= len(media) <= 10:
        raise bad_request("group send failed: an album has 2 to 10 items")
    contents = [{one.type: _file(world, call, one.type, one.media), "caption": _caption(one.caption)} for one in media]
    album = world.number("")
    return [_say(world, talk, call, media_group_id=album, **shown(content)) for content in contents]


def _content(world: World, call: Call, kind: str) -> dict[str, Any]:
    match kind:
        case "message":
            return {"text": _text(call.text("text"))}
        case "location":
            return {"location": Location(latitude=_float(call, "latitude"), longitude=_float(call, "longitude"))}
        case "contact":
            phone, name = call.text("phone_number"), call.text("first_name")
            if phone is None or name is None:
                raise bad_request("phone number and first name must be non-empty")
            return {"contact": SharedContact(phone_number=phone, first_name=name)}
        case "videonote":
            return shown({"video_note": _file(world, call, "video_note", call.text("video_note"))})
        case _:
            file = _file(world, call, kind, call.text(kind))
            return shown({kind: file, "caption": _caption(call.text("caption"))})


def shown(content: dict[str, Any]) -> dict[str, Any]:
    """A photo comes in several sizes; an animation is also a document."""
    if "photo" in content:
        big: FileInfo = content["photo"]
        small = msgspec.structs.replace(
            big, file_id=f"{big.file_id}s", file_unique_id=f"{big.file_unique_id}s", width=90
        )
        content["photo"] = [small, big]
    if "animation" in content:
        content["document"] = content["animation"]
    return content


def _say(world: World, talk: Talk, call: Call, **content: Any) -> Message:
    answered = call.decoded("reply_parameters", ReplyParameters)
    replied = None if answered is None else talk.messages.get(answered.message_id)
    if answered is not None and replied is None and not (answered.allow_sending_without_reply or talk.business):
        raise bad_request("message to be replied not found")
    message = Message(
        message_id=next(talk.numbers),
        date=world.now_s,
        chat=talk.chat,
        from_=world.owner if talk.business else world.bot,
        business_connection_id=call.text("business_connection_id"),
        sender_business_bot=world.bot if talk.business else None,
        reply_to_message=None if replied is None else msgspec.structs.replace(replied, reply_to_message=None),
        reply_markup=_keyboard(call),
        **content,
    )
    talk.messages[message.message_id] = message
    talk.person.tell()
    if talk.business:  # it is written in the account's chat, so the account's secretary hears of it
        world.updates.add("business_message", message, talk.chain)
    return message


def _keyboard(call: Call) -> Keyboard | None:
    keyboard = call.decoded("reply_markup", Keyboard)
    for row in [] if keyboard is None else keyboard.inline_keyboard:
        for button in row:
            if not 1 <= len(button.callback_data.encode()) <= CALLBACK_BYTES_MAX:
                raise bad_request("BUTTON_DATA_INVALID")
    return keyboard


def _text(text: str | None) -> str:
    if text is None or not text.strip():
        raise bad_request("message text is empty")
    if units(text) > TEXT_UNITS_MAX:
        raise bad_request("message is too long")
    return text.strip()


def _caption(caption: str | None) -> str | None:
    if caption is not None and units(caption) > CAPTION_UNITS_MAX:
        raise bad_request("message caption is too long")
    return caption


def _float(call: Call, name: str) -> float:
    try:
        return float(call.fields[name])
    except (KeyError, TypeError, ValueError):
        raise bad_request(f"{name} is invalid") from None


def _file(world: World, call: Call, kind: str, said: str | None) -> FileInfo:
    """What is uploaded with the call, or is here already. What an address names the platform cannot reach."""
    upload = call.files.get(kind if said is None else said.removeprefix("attach://"))
    if upload is not None:
        return _stored(world, kind, upload)
    if said is None:
        raise bad_request(f"there is no {kind} in the request")
    if said in world.files:
        return world.files[said].info
    if said.startswith(("http://", "https://")):
        raise bad_request("failed to get HTTP URL content")
    raise bad_request("wrong file identifier/HTTP URL specified")


def _stored(world: World, kind: str, upload: Upload) -> FileInfo:
    if not upload.data:
        raise bad_request("file must be non-empty")
    if kind == "photo" and len(upload.data) > PHOTO_BYTES_MAX:
        sizes = f"file of size {len(upload.data)} bytes is too big for a photo; the maximum size is {PHOTO_BYTES_MAX}"
        raise bad_request(f"{sizes} bytes")
    more = dict(SHAPES[kind])
    if kind in NAMED:
        more |= {"file_name": upload.name, "mime_type": upload.mime or None}
    return world.keep(upload, **more)
