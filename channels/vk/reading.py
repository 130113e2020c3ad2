"""What VK's events say, in the kit's words.

A thread is a dialogue with one person, by his id; chats of many and other communities are nobody's. A message is called
by its number in the dialogue: that is what events, answers and replies all know it by.
"""

from __future__ import annotations

import json
import mimetypes
from typing import TYPE_CHECKING, Any, Final, Literal

import msgspec

from channels.kit.updates import Attachment, Customer, Edited, Incoming, Left, Rated, Seen, Typing
from channels.vk import wire

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from channels.kit.updates import Kind, Update

LANGUAGES: Final = {0: "ru", 1: "uk", 2: "be", 3: "en", 4: "es", 5: "fi", 6: "de", 7: "it"}
"""VK's numbers of languages."""
NO_CALLBACKS: Final = "vk_no_callback_buttons"
"""Metadata of a contact whose customer's application cannot show buttons that only tell us."""
CROPPED: Final = "vk_cropped"
"""Metadata of a message that VK has given only a part of."""
VOICE_MIME: Final = "audio/ogg"


class Press(msgspec.Struct, frozen=True):
    """What stands on a button of a question."""

    contact: str
    score: int
    language: str | None = None


class Answerable(msgspec.Struct, frozen=True):
    """A press that VK wants an answer to, and the language it is given in."""

    event_id: str
    user_id: int
    peer_id: int
    language: str | None


def is_dialogue(peer_id: int) -> bool:
    """Whether it is a conversation with one person."""
    return 0 < peer_id < wire.PEERS


def customer_of(person: int, language: str | None = None) -> Customer:
    """The person; his name is asked for later."""
    return Customer(id=f"vk:{person}", language=language)


# Messages.


def message_new(what: msgspec.Raw) -> Sequence[Update]:
    """A customer has written, or pressed a button that writes."""
    told = msgspec.json.decode(what, type=wire.MessageNew)
    message, info = told.message, told.client_info or wire.ClientInfo()
    if not is_dialogue(message.peer_id):
        return ()
    press = _press(message.payload)
    if press is not None:
        return (Rated(thread=str(message.peer_id), contact=press.contact, score=press.score),)
    language = None if info.lang_id is None else LANGUAGES.get(info.lang_id)
    lacking = bool(info.button_actions) and "callback" not in info.button_actions
    metadata: dict[str, Any] = {NO_CALLBACKS: True} if lacking else {}
    return (incoming(message, "customer", customer_of(message.from_id, language), metadata),)


def message_reply(what: msgspec.Raw) -> Sequence[Update]:
    """An administrator of the community has written by hand.

    What a program has written in its name is ours, and the process that hears of it may be another than the one that
    sent it; or it is a greeting, and no agent's answer.
    """
    message = msgspec.json.decode(what, type=wire.Message)
    if not is_dialogue(message.peer_id) or message.admin_author_id is None:
        return ()
    return (incoming(message, "agent", customer_of(message.peer_id), {}),)


def message_edit(what: msgspec.Raw) -> Sequence[Update]:
    """A message has changed, perhaps only by the preview of its link."""
    message = msgspec.json.decode(what, type=wire.Message)
    if not is_dialogue(message.peer_id):
        return ()
    changed = Edited(
        thread=str(message.peer_id),
        external_id=str(message.conversation_message_id),
        customer=customer_of(message.peer_id),
        text=text_of(message),
        attachments=attachments_of(message),
        at_ms=None if message.update_time is None else message.update_time * 1000,
        author="agent" if message.out else "customer",
    )
    return (changed,)


def incoming(
    message: wire.Message, author: Literal["customer", "agent"], customer: Customer, metadata: dict[str, Any]
) -> Incoming:
    """A message, whoever wrote it."""
    attachments = attachments_of(message)
    kind: Kind = "text"
    if message.geo is not None and message.geo.coordinates is not None:
        kind = "location"
    elif attachments:
        kind = attachments[0].kind
    reply = message.reply_message
    return Incoming(
        thread=str(message.peer_id),
        external_id=str(message.conversation_message_id),
        customer=customer,
        sent_at_ms=None if message.date is None else message.date * 1000,
        kind=kind,
        text=text_of(message),
        attachments=attachments,
        in_reply_to=None if reply is None else _number(reply),
        author=author,
        metadata=metadata | ({CROPPED: True} if message.is_cropped else {}),
    )


def text_of(message: wire.Message) -> str | None:
    """What it says; a place is its coordinates, and what is passed on stands below, each line marked."""
    lines = [message.text] if message.text else []
    if message.geo is not None and message.geo.coordinates is not None:
        lines.append(f"{message.geo.coordinates.latitude}, {message.geo.coordinates.longitude}")
    lines += [f"> {line}" for passed in message.fwd_messages for line in _passed_on(passed)]
    return "\n".join(lines) or None


def _passed_on(quoted: wire.Quoted) -> Iterator[str]:
    yield from quoted.text.splitlines()
    for inner in quoted.fwd_messages:
        yield from (f"> {line}" for line in _passed_on(inner))


def _number(quoted: wire.Quoted) -> str | None:
    return None if quoted.conversation_message_id is None else str(quoted.conversation_message_id)


# Attachments. One is referred to by its message and its place there, so that its address is always a fresh one.


def attached(message: wire.Message | wire.Quoted) -> Iterator[wire.Attachment]:
    """All that is attached to a message, and to those that it passes on."""
    yield from message.attachments
    for passed in message.fwd_messages:
        yield from attached(passed)


def attachments_of(message: wire.Message) -> tuple[Attachment, ...]:
    """They, as references."""
    place = f"{message.peer_id}.{message.conversation_message_id}"
    return tuple(_attachment(one, f"{place}.{index}") for index, one in enumerate(attached(message)))


def _attachment(given: wire.Attachment, reference: str) -> Attachment:
    kind, name, mime = _described(given)
    if address_of(given) is None:
        return Attachment(kind=kind, name=name, mime=mime, unavailable="unsupported")
    size = given.doc.size if given.doc is not None else None
    return Attachment(kind=kind, reference=reference, name=name, mime=mime, bytes=size)


def _described(given: wire.Attachment) -> tuple[Kind, str | None, str | None]:
    """(kind, name, media type)."""
    match given:
        case wire.Attachment(photo=wire.Photo()):
            return "image", None, "image/jpeg"
        case wire.Attachment(doc=wire.Doc(title=title, ext=ext)):
            return ("animation" if ext == "gif" else "document"), title, mimetypes.guess_type(f"x.{ext}")[0]
        case wire.Attachment(audio_message=wire.AudioMessage()):
            return "voice", None, VOICE_MIME
        case wire.Attachment(audio=wire.Audio(artist=artist, title=title)):
            return "audio", f"{artist} – {title}", "audio/mpeg"
        case wire.Attachment(video=wire.Video(title=title)):
            return "video", title, None
        case wire.Attachment(sticker=wire.Sticker()):
            return "sticker", None, "image/png"
        case wire.Attachment(graffiti=wire.Graffiti()):
            return "image", None, "image/png"
        case wire.Attachment(link=wire.Link(url=url)):
            return "other", url, None
        case _:
            return "other", given.type, None


def address_of(given: wire.Attachment) -> str | None:
    """Where its bytes are now; the largest size. None for what VK only shows itself."""
    match given:
        case wire.Attachment(photo=wire.Photo(sizes=sizes, orig_photo=original)):
            return original.url if original is not None else _largest(sizes)
        case wire.Attachment(sticker=wire.Sticker(images=sizes)):
            return _largest(sizes)
        case wire.Attachment(audio_message=wire.AudioMessage(link_ogg=url)):
            return url or None
        case wire.Attachment(doc=wire.Doc(url=url)) | wire.Attachment(graffiti=wire.Graffiti(url=url)):
            return url or None
        case wire.Attachment(audio=wire.Audio(url=url)):
            return url or None
        case _:
            return None


def _largest(sizes: Sequence[wire.Size]) -> str | None:
    return max(sizes, key=lambda size: size.width * size.height).url if sizes else None


# The rest.


def message_typing_state(what: msgspec.Raw) -> Sequence[Update]:
    """Somebody is writing."""
    told = msgspec.json.decode(what, type=wire.TypingState)
    return (Typing(thread=str(told.from_id)),) if is_dialogue(told.from_id) else ()


def message_read(what: msgspec.Raw) -> Sequence[Update]:
    """The customer has read what we wrote."""
    told = msgspec.json.decode(what, type=wire.MessageRead)
    if not is_dialogue(told.peer_id) or told.from_id != told.peer_id:
        return ()
    return (Seen(thread=str(told.peer_id), upto_external_id=str(told.conversation_message_id), state="read"),)


def message_event(what: msgspec.Raw) -> Sequence[Update]:
    """A button was pressed that only tells us."""
    told = msgspec.json.decode(what, type=wire.MessageEvent)
    press = _press(told.payload)
    if press is None or not is_dialogue(told.peer_id):
        return ()
    answerable = Answerable(told.event_id, told.user_id, told.peer_id, press.language)
    callback = msgspec.json.encode(answerable).decode()
    return (Rated(thread=str(told.peer_id), contact=press.contact, score=press.score, callback=callback),)


def message_deny(what: msgspec.Raw) -> Sequence[Update]:
    """The customer wants no more messages."""
    told = msgspec.json.decode(what, type=wire.MessageDeny)
    return (Left(thread=str(told.user_id)),)


def _press(payload: Any) -> Press | None:
    """What is on a button of ours; None for anybody else's."""
    try:
        told = json.loads(payload) if isinstance(payload, str) else payload
        return msgspec.convert(told, Press)
    except ValueError:
        return None


READERS: Final[dict[str, Callable[[msgspec.Raw], Sequence[Update]]]] = {
    "message_new": message_new,
    "message_reply": message_reply,
    "message_edit": message_edit,
    "message_typing_state": message_typing_state,
    "message_read": message_read,
    "message_event": message_event,
    "message_deny": message_deny,
}
"""By the event's type. `message_allow` says nothing: who allows messages is heard when he writes."""
