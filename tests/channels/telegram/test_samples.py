"""What the platform's updates say: each sample is read by us and by aiogram, which knows the platform's every shape."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import msgspec
import pytest
from aiogram import types

from channels.kit.updates import Attachment, Customer, Deleted, Edited, Incoming, Left, Rated
from channels.telegram import wire
from channels.telegram.reading import Press, Reader

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic import BaseModel

SAMPLES = Path(wire.__file__).parent / "samples"
BOT, OWNER, CONNECTION = 7000000001, "900000001", "vGP3wLk2qUjBAAAA1oQ7b5cQzXk"
CHAT = "5551000001"
IN_BUSINESS = f"{OWNER}:{CHAT}"
AT_MS = 1795343165_000
OLGA = Customer(id=f"tg:{CHAT}", name="Ольга Петрова", language="ru")
HER_CHAT = Customer(id=f"tg:{CHAT}", name="Ольга Петрова")
"""She, as her chat shows her."""


def sample(name: str) -> bytes:
    return (SAMPLES / f"{name}.json").read_bytes()


def read(name: str) -> Any:
    """What our reader makes of a sample."""
    reader = Reader(BOT, lambda connection: {CONNECTION: OWNER}[connection])
    update = msgspec.json.decode(sample(name), type=wire.Update)
    readers: dict[str, Callable[[Any], Any]] = {
        "message": reader.message, "business_message": reader.message, "edited_message": reader.edited,
        "edited_business_message": reader.edited, "deleted_business_messages": reader.deleted,
        "my_chat_member": reader.left, "callback_query": reader.rated, "business_connection": lambda _: None,
    }  # fmt: skip
    [kind] = [kind for kind in readers if getattr(update, kind) is not None]
    return readers[kind](getattr(update, kind))


def said(number: int, **more: Any) -> Incoming:
    plain = Incoming(thread=CHAT, external_id=str(number), customer=OLGA, sent_at_ms=AT_MS + number * 1000)
    return msgspec.structs.replace(plain, **more)


def in_business(number: int, **more: Any) -> Incoming:
    """What was written in the business account's chat; by its customer, it may be answered for a day."""
    author = more.get("author", "customer")
    until = AT_MS + number * 1000 + 86_400_000 if author == "customer" else None
    metadata = {"business_connection": CONNECTION}
    return said(number, **{"thread": IN_BUSINESS, "reply_until_ms": until, "metadata": metadata} | more)


def file(kind: Any, reference: str, **more: Any) -> tuple[Attachment, ...]:
    return (Attachment(kind=kind, reference=reference, **more),)


def photo(name: str, size: int) -> tuple[Attachment, ...]:
    return file("image", f"AgACAgIAAxkBAAI{name}", mime="image/jpeg", bytes=size)


TOO_LARGE = Attachment(
    kind="document", name="архив.zip", mime="application/zip", bytes=3221225472, unavailable="too_large"
)
EXPECTED: dict[str, Any] = {
    "text": said(101, text="Где мой баланс? 🧐 https://t2.ru"),
    "reply": said(102, text="+7 913 123-45-67", in_reply_to="90"),
    "forward": said(103, text="Вот что мне прислали"),
    "photo": said(104, kind="image", text="чек", attachments=photo("p104x", 181234)),
    "album_1": said(105, kind="image", text="два чека", attachments=photo("p105x", 181234), album="13957261000000001"),
    "album_2": said(106, kind="image", attachments=photo("p106x", 171234), album="13957261000000001"),
    "voice": said(107, kind="voice", attachments=file("voice", "AwACAgIAAxkBAAI107", mime="audio/ogg", bytes=16384)),
    "audio": said(
        108,
        kind="audio",
        attachments=file("audio", "CQACAgIAAxkBAAI108", name="разговор.mp3", mime="audio/mpeg", bytes=976560),
    ),
    "document": said(
        109,
        kind="document",
        text="договор",
        attachments=file("document", "BQACAgIAAxkBAAI109", name="договор.pdf", mime="application/pdf", bytes=81234),
    ),
    "document_too_large": said(110, kind="document", attachments=(TOO_LARGE,)),
    "video": said(
        111,
        kind="video",
        attachments=file("video", "BAACAgIAAxkBAAI111", name="IMG_0042.MP4", mime="video/mp4", bytes=4194304),
    ),
    "video_note": said(
        112, kind="video", attachments=file("video", "DQACAgIAAxkBAAI112", mime="video/mp4", bytes=912345)
    ),
    "animation": said(
        113,
        kind="animation",
        attachments=file("animation", "CgACAgIAAxkBAAI113", name="кот.mp4", mime="video/mp4", bytes=45678),
    ),
    "sticker": said(
        114,
        kind="sticker",
        text="👍",
        attachments=file("sticker", "CAACAgIAAxkBAAI114", mime="application/x-tgsticker", bytes=12034),
    ),
    "location": said(115, kind="location", text="56.010563, 92.852572"),
    "venue": said(116, kind="location", text="56.0104, 92.8526\nСалон связи\nпр. Мира, 80"),
    "contact": said(117, kind="contact", text="Иван Сидоров\n+79131234567"),
    "poll": said(118, kind="other"),
    "dice": said(119, kind="other"),
    "command": said(120, text="/place"),
    "edited": Edited(thread=CHAT, external_id="101", customer=OLGA, text="Где мой баланс?! 🧐", at_ms=1795343400_000),
    "edited_caption": Edited(
        thread=CHAT,
        external_id="104",
        customer=OLGA,
        text="чек от 22 ноября",
        attachments=photo("p104x", 181234),
        at_ms=1795343401_000,
    ),
    "pinned": None,
    "group": None,
    "blocked": Left(thread=CHAT, at_ms=1795343500_000),
    "unblocked": None,
    "rating": Rated(
        thread=CHAT,
        contact="0197c3a1-7c3e-7000-8000-0000000000aa",
        score=5,
        callback=Press("23841234567890123", 5551000001, 130, None, "ru").written(),
    ),
    "rating_of_old_message": Rated(
        thread=CHAT,
        contact="0197c3a1-7c3e-7000-8000-0000000000aa",
        score=4,
        callback=Press("23841234567890124", 5551000001, 130, None, "ru").written(),
    ),
    "business_connection": None,
    "business_connection_ended": None,
    "business_message": in_business(201, text="Здравствуйте, симка не работает"),
    "business_message_of_owner": in_business(202, text="Слушаю вас", author="agent", customer=HER_CHAT),
    "business_message_echo": None,
    "business_message_greeting": None,
    "business_photo": in_business(205, kind="image", attachments=photo("p205x", 181234)),
    "business_message_edited": Edited(
        thread=IN_BUSINESS,
        external_id="201",
        customer=OLGA,
        text="Здравствуйте, симка не работает совсем",
        at_ms=1795343450_000,
    ),
    "business_messages_deleted": Deleted(thread=IN_BUSINESS, external_ids=("201", "205")),
    "business_rating": Rated(
        thread=IN_BUSINESS,
        contact="0197c3a1-7c3e-7000-8000-0000000000bb",
        score=5,
        callback=Press("23841234567890125", 5551000001, 206, CONNECTION, "ru").written(),
    ),
}


def test_every_sample_is_expected() -> None:
    assert {path.stem for path in SAMPLES.glob("*.json")} == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_a_sample_is_read(name: str) -> None:
    assert read(name) == EXPECTED[name]


@pytest.mark.parametrize("name", EXPECTED)
def test_a_sample_is_a_real_shape(name: str) -> None:
    update = types.Update.model_validate_json(sample(name))
    assert update.event is not None
    unknown = [f"{where}.{field}" for where, field in extras(update, "update")]
    # Kept by the platform for older bots; aiogram has forgotten it.
    assert [field for field in unknown if field != "business_connection.can_reply"] == []


def extras(model: BaseModel, where: str) -> list[tuple[str, str]]:
    """Fields that aiogram's type does not have, anywhere below."""
    found = [(where, name) for name in model.model_extra or {}]
    for name, value in model:
        for one in cast("list[Any]", value if isinstance(value, list) else [value]):
            if isinstance(one, types.TelegramObject):
                found += extras(one, name)
    return found


ALSO_CALLED = {
    "FileInfo": ["PhotoSize", "Voice", "Audio", "Document", "Video", "VideoNote", "Animation", "Sticker"],
    "SharedContact": ["Contact"],
    "Button": ["InlineKeyboardButton"],
    "Keyboard": ["InlineKeyboardMarkup"],
    "ChatMember": ["ChatMemberMember", "ChatMemberBanned"],
    "Number": ["Update"],
}
OURS = [
    (name, struct)
    for name, struct in inspect.getmembers(wire, inspect.isclass)
    if issubclass(struct, wire.Shape) and name not in {"Shape", "Answer"}
]


@pytest.mark.parametrize(("name", "struct"), OURS)
def test_our_shapes_have_the_fields_of_the_platforms(name: str, struct: type[wire.Shape]) -> None:
    models = [getattr(types, one) for one in ALSO_CALLED.get(name, [name])]
    known = {field.alias or own for model in models for own, field in model.model_fields.items()}
    assert {field.encode_name for field in msgspec.structs.fields(struct)} <= known
