"""What the sandbox tells, in VK's own shapes, as plain dicts.

They are written after VK's documentation and not after `wire`, which has only what the adapter reads: two readings of
the same platform. Independent clients and types certify them in `tests/channels/vk`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

VERSION: Final = "5.199"
ACTIONS: Final = (
    "text", "vkpay", "open_app", "location", "open_link", "open_photo", "callback", "intent_subscribe",
    "intent_unsubscribe",
)  # fmt: skip
LANGUAGES: Final = {"ru": 0, "uk": 1, "be": 2, "en": 3, "es": 4, "fi": 5, "de": 6, "it": 7}
ENGLISH: Final = 3

ERRORS: Final = {
    1: "Unknown error occurred",
    3: "Unknown method passed",
    5: "User authorization failed: invalid access_token (4).",
    6: "Too many requests per second",
    8: "Invalid request",
    9: "Flood control",
    10: "Internal server error",
    15: "Access denied",
    27: "Group authorization failed: method is unavailable with group auth.",
    100: "One of the parameters specified was missing or invalid",
    104: "Not found",
    900: "Can't send messages for users from blacklist",
    901: "Can't send messages for users without permission",
    902: "Can't send messages to this user due to their privacy settings",
    909: "Can't edit this message, because it's too old",
    911: "Keyboard format is invalid",
    912: "This is a chat bot feature, change this status in settings",
    914: "Message is too long",
    917: "You don't have access to this chat",
    950: "Can't send message, reply timed out",
    2000: "Callback API servers count exceeded",
}


class MethodError(Exception):
    """A method is refused with one of VK's codes; `more` is added to its words."""

    def __init__(self, code: int, more: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.words = ERRORS.get(code, "Error") + (f": {more}" if more else "")


def failure_of(error: MethodError, method: str, parameters: Mapping[str, str]) -> dict[str, Any]:
    """How a refusal is answered, still with status 200. Only the token is not repeated."""
    told = {"method": method, "oauth": "1", **parameters}
    pairs = [{"key": key, "value": value} for key, value in told.items() if key != "access_token"]
    return {"error": {"error_code": error.code, "error_msg": error.words, "request_params": pairs}}


def client_info(language: str, actions: Sequence[str]) -> dict[str, Any]:
    """What stands beside a message that a person wrote: his application."""
    return {
        "button_actions": list(actions),
        "keyboard": True,
        "inline_keyboard": True,
        "carousel": True,
        "lang_id": LANGUAGES.get(language, ENGLISH),
    }


def quoted(message: Mapping[str, Any]) -> dict[str, Any]:
    """A message as it stands inside another."""
    fields = ("date", "from_id", "text", "attachments", "conversation_message_id", "id", "peer_id")
    return {field: message[field] for field in fields}


def photo(photo_id: int, owner_id: int, url: str, date: int) -> dict[str, Any]:
    """A photo in two sizes; only the larger one is the file that was uploaded."""
    return {
        "id": photo_id,
        "owner_id": owner_id,
        "album_id": -3,
        "date": date,
        "has_tags": False,
        "access_key": f"{photo_id:08x}",
        "text": "",
        "sizes": [
            {"type": "s", "width": 75, "height": 56, "url": url + "?size=75x56"},
            {"type": "z", "width": 1080, "height": 810, "url": url},
        ],
    }


def doc(doc_id: int, owner_id: int, url: str, title: str, size: int, date: int) -> dict[str, Any]:
    """A file."""
    return {
        "id": doc_id,
        "owner_id": owner_id,
        "title": title,
        "size": size,
        "ext": title.rpartition(".")[2] or "bin",
        "date": date,
        "type": 1,
        "url": url,
        "access_key": f"{doc_id:08x}",
    }


def audio_message(doc_id: int, owner_id: int, url: str) -> dict[str, Any]:
    """A voice message of one second."""
    return {
        "id": doc_id,
        "owner_id": owner_id,
        "duration": 1,
        "waveform": [0, 5, 10, 5, 0],
        "link_ogg": url,
        "link_mp3": url + "?mp3",
        "access_key": f"{doc_id:08x}",
    }


def sticker(url: str) -> dict[str, Any]:
    """A sticker in two sizes."""
    images = [{"url": f"{url}?{side}", "width": side, "height": side} for side in (64, 256)]
    return {"inner_type": "base_sticker_new", "sticker_id": 51, "product_id": 1, "images": images, "is_allowed": True}


def video(video_id: int, owner_id: int, title: str, date: int) -> dict[str, Any]:
    """A video: without a file, only to be watched there."""
    return {
        "id": video_id,
        "owner_id": owner_id,
        "title": title,
        "description": "",
        "duration": 7,
        "date": date,
        "type": "video",
        "access_key": f"{video_id:08x}",
    }


def geo(latitude: float, longitude: float) -> dict[str, Any]:
    """A place."""
    return {"type": "point", "coordinates": {"latitude": latitude, "longitude": longitude}}


def attachment(kind: str, content: Mapping[str, Any]) -> dict[str, Any]:
    """Something attached to a message."""
    return {"type": kind, kind: dict(content)}


def group(group_id: int, name: str) -> dict[str, Any]:
    """A community."""
    return {
        "id": group_id,
        "name": name,
        "screen_name": f"club{group_id}",
        "is_closed": 0,
        "type": "group",
        "photo_50": "https://vk.com/images/community_50.png",
        "photo_100": "https://vk.com/images/community_100.png",
        "photo_200": "https://vk.com/images/community_200.png",
    }


def conversation(last: Mapping[str, Any], in_read: int, unread: int, *, allowed: bool) -> dict[str, Any]:
    """A dialogue and its last message, as lists of dialogues have it."""
    peer_id = last["peer_id"]
    return {
        "conversation": {
            "peer": {"id": peer_id, "type": "user", "local_id": peer_id},
            "last_message_id": last["id"],
            "last_conversation_message_id": last["conversation_message_id"],
            "in_read": in_read,
            "out_read": 0,
            "unread_count": unread,
            "can_write": {"allowed": allowed},
            "important": False,
            "unanswered": not last["out"],
            "version": last["version"],
        },
        "last_message": dict(last),
    }
