"""What VK's events say: each sample is read by us and by vkbottle's types, which know their every field."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from channels.kit.updates import Attachment, Customer, Edited, Incoming, Left, Rated, Seen, Typing
from channels.vk import wire
from channels.vk.reading import NO_CALLBACKS, READERS
from tests.channels.vk.types import check_event

if TYPE_CHECKING:
    from collections.abc import Sequence

    from channels.kit.updates import Update

SAMPLES = Path(wire.__file__).parent / "samples"
OLGA = Customer(id="vk:5551", language="ru")
THREAD = "5551"
AT_MS = 1795343165_000


def sample(name: str) -> Any:
    return json.loads((SAMPLES / f"{name}.json").read_bytes())


def read(event: Any) -> Sequence[Update]:
    """What our reader makes of an event."""
    known = msgspec.json.decode(json.dumps(event), type=wire.Event)
    reader = READERS.get(known.type)
    return () if reader is None else reader(known.object)


def said(number: int, **more: Any) -> Incoming:
    plain = Incoming(thread=THREAD, external_id=str(number), customer=OLGA, sent_at_ms=AT_MS)
    return msgspec.structs.replace(plain, **more)


def photo(reference: str) -> Attachment:
    return Attachment(kind="image", reference=reference, mime="image/jpeg")


FROM_US = {"author": "agent", "customer": Customer(id="vk:5551")}
PDF = Attachment(kind="document", reference="5551.5.0", name="счёт.pdf", mime="application/pdf", bytes=4)
VOICE = Attachment(kind="voice", reference="5551.6.0", mime="audio/ogg")
STICKER = Attachment(kind="sticker", reference="5551.7.0", mime="image/png")
VIDEO = Attachment(kind="video", name="Котик", unavailable="unsupported")
PRESS = '{"event_id":"000000000007","user_id":5551,"peer_id":5551,"language":"ru"}'

EXPECTED: dict[str, tuple[Update, ...]] = {
    "message_new": (said(1, text="Где мой баланс? 😀"),),
    "message_reply_by_hand": (said(2, text="Сейчас посмотрю", **FROM_US),),
    "message_new_reply": (said(3, text="Спасибо", in_reply_to="2"),),
    "message_new_album": (said(4, text="Мой чек", kind="image", attachments=(photo("5551.4.0"), photo("5551.4.1"))),),
    "message_new_document": (said(5, kind="document", attachments=(PDF,)),),
    "message_new_voice": (said(6, kind="voice", attachments=(VOICE,)),),
    "message_new_sticker": (said(7, kind="sticker", attachments=(STICKER,)),),
    "message_new_video": (said(8, kind="video", attachments=(VIDEO,)),),
    "message_new_location": (said(9, kind="location", text="56.01, 92.85"),),
    "message_new_passed_on": (said(10, text="смотрите\n> Где мой баланс? 😀"),),
    "message_edit": (
        Edited(
            thread=THREAD,
            external_id="1",
            customer=Customer(id="vk:5551"),
            text="Где мой баланс",
            attachments=(),
            at_ms=AT_MS,
        ),
    ),
    "message_reply_keyboard": (),
    "message_event": (Rated(thread=THREAD, contact="0197c3", score=5, callback=PRESS),),
    "message_new_button": (Rated(thread=THREAD, contact="0197c3", score=4),),
    "message_typing_state": (Typing(thread=THREAD),),
    "message_read": (Seen(thread=THREAD, upto_external_id="11", state="read"),),
    "message_deny": (Left(thread=THREAD),),
    "message_allow": (),
}


@pytest.mark.parametrize("name", sorted(path.stem for path in SAMPLES.glob("*.json")))
def test_what_a_sample_says(name: str) -> None:
    check_event(sample(name))
    assert tuple(read(sample(name))) == EXPECTED[name]


def test_a_payload_may_also_be_json_in_a_text() -> None:
    event = sample("message_event")
    event["object"]["payload"] = json.dumps(event["object"]["payload"])
    assert tuple(read(event)) == EXPECTED["message_event"]


@pytest.mark.parametrize("payload", ['{"command":"start"}', "[]", "no json", '{"contact":7,"score":5}'])
def test_buttons_of_others_are_messages(payload: str) -> None:
    event = sample("message_new")
    event["object"]["message"]["payload"] = payload
    assert tuple(read(event)) == EXPECTED["message_new"]
    press = sample("message_event")
    press["object"]["payload"] = payload
    assert tuple(read(press)) == ()


def test_an_application_without_callback_buttons_is_remembered_with_the_contact() -> None:
    event = sample("message_new")
    event["object"]["client_info"]["button_actions"] = ["text"]
    (incoming,) = read(event)
    assert isinstance(incoming, Incoming)
    assert incoming.metadata == {NO_CALLBACKS: True}


def test_attachments_that_nobody_knows_yet_are_placeholders() -> None:
    event = sample("message_new")
    event["object"]["message"]["attachments"] = [
        {"type": "hologram", "hologram": {"id": 1}},
        {"type": "link", "link": {"url": "https://example.org", "title": "Пример"}},
        {"type": "photo", "photo": {"id": 1, "owner_id": 5551, "sizes": []}},
    ]
    (incoming,) = read(event)
    assert isinstance(incoming, Incoming)
    assert [(one.kind, one.name, one.unavailable) for one in incoming.attachments] == [
        ("other", "hologram", "unsupported"),
        ("other", "https://example.org", "unsupported"),
        ("image", None, "unsupported"),
    ]


@pytest.mark.parametrize("peer_id", [2_000_000_001, -7])
def test_chats_of_many_and_other_communities_say_nothing(peer_id: int) -> None:
    event = sample("message_new")
    event["object"]["message"]["peer_id"] = peer_id
    assert tuple(read(event)) == ()
