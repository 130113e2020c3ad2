"""The community: who may be written to, what was said in each dialogue, which files there are, what happened.

It knows nothing of HTTP. What happens goes into a `Feed`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from channels.vk.sandbox import shapes
from channels.vk.sandbox.feed import Feed
from channels.vk.sandbox.shapes import MethodError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from router.kit.clock import Clock

TEXT_MAX: Final = 4096
"""Of one message, in UTF-16 units: the strictest way to count that VK may have."""


@dataclass
class Person:
    """Somebody on VK, and how he stands to the community."""

    id: int
    first_name: str
    last_name: str
    language: str
    actions: Sequence[str] = shapes.ACTIONS
    """Which buttons his application can show."""
    allowed: bool = False
    """He has written, or allowed messages, and has not denied them since."""
    blacklisted: bool = False
    private: bool = False
    typing_seen: int = 0
    snackbars: list[str] = field(default_factory=list[str])
    """What he was told when he pressed a button."""
    in_read: int = 0
    """The id of the last message that the community has read."""


@dataclass(frozen=True)
class Stored:
    """A file, under the name that attachments use for it, such as `photo-1_7`."""

    attachment: dict[str, Any]
    name: str | None
    data: bytes


class Community:
    """One community and everybody who talks to it."""

    def __init__(self, clock: Clock, group_id: int, files_url: str) -> None:
        self.group_id = group_id
        self.feed = Feed(group_id)
        self.name = "Служба поддержки"
        self.files_url = files_url
        """Where files are served, with a slash at its end."""
        self.bot_features = True
        self.people: dict[int, Person] = {}
        self.dialogues: dict[int, list[dict[str, Any]]] = {}
        self.files: dict[str, Stored] = {}
        self._clock = clock
        self._numbers = 0
        self._last_message = 0
        self._by_random_id: dict[int, dict[str, Any]] = {}

    def now_s(self) -> int:
        """Seconds since 1970."""
        return self._clock.wall_ms() // 1000

    def number(self) -> int:
        """A number that nothing else has."""
        self._numbers += 1
        return self._numbers

    def person(self, person_id: int) -> Person:
        """Who has this id. Raises MethodError."""
        if person_id not in self.people:
            raise MethodError(100, "user_id is invalid" if person_id <= 0 else "peer_id is invalid")
        return self.people[person_id]

    # Files.

    def add_file(self, kind: str, owner_id: int, name: str | None, data: bytes) -> Stored:
        """Keep a file as this kind of attachment."""
        file_id = self.number()
        key = f"{kind}{owner_id}_{file_id}"
        url = self.files_url + key
        if kind == "photo":
            content = shapes.photo(file_id, owner_id, url, self.now_s())
        elif kind == "audio_message":
            content = shapes.audio_message(file_id, owner_id, url)
        else:
            content = shapes.doc(file_id, owner_id, url, name or "file.bin", len(data), self.now_s())
        self.files[key] = Stored(shapes.attachment(kind, content), name, data)
        return self.files[key]

    # What is said.

    def said(self, person: Person, text: str, *, out: bool, **more: Any) -> dict[str, Any]:
        """A new message at the end of the dialogue, told to nobody yet."""
        self._last_message += 1
        dialogue = self.dialogues.setdefault(person.id, [])
        message: dict[str, Any] = {
            "id": self._last_message,
            "conversation_message_id": len(dialogue) + 1,
            "date": self.now_s(),
            "peer_id": person.id,
            "from_id": -self.group_id if out else person.id,
            "out": int(out),
            "text": text,
            "version": 10_000_000 + self._last_message,
            "attachments": [],
            "fwd_messages": [],
            "important": False,
            "is_hidden": False,
            "random_id": 0,
            **more,
        }
        dialogue.append(message)
        return message

    def write(self, person: Person, text: str, *, cropped: bool = False, **more: Any) -> dict[str, Any]:
        """The person writes to the community, which allows it to answer. What is `cropped` must be asked for whole."""
        person.allowed = True
        message = self.said(person, text, out=False, **more)
        lacking: dict[str, Any] = {"is_cropped": True, "fwd_messages": [], "attachments": []} if cropped else {}
        info = shapes.client_info(person.language, person.actions)
        self.feed.add("message_new", {"message": message | lacking, "client_info": info}, person.id)
        return message

    def send(
        self, person: Person, text: str, random_id: int, *, admin: int | None = None, **more: Any
    ) -> dict[str, Any]:
        """The community writes to the person: once for each `random_id` but 0. Raises MethodError."""
        random_id = (random_id + 2**31) % 2**32 - 2**31  # VK keeps 32 bits of it
        if random_id in self._by_random_id:
            return self._by_random_id[random_id]
        self._check_may_write(person)
        if len(text.encode("utf-16-le")) // 2 > TEXT_MAX:
            raise MethodError(914)
        if admin is not None:
            more["admin_author_id"] = admin
        message = self.said(person, text, out=True, random_id=random_id, **more)
        if random_id:
            self._by_random_id[random_id] = message
        person.in_read = self._last_of(person, out=False)["id"]
        self.feed.add("message_reply", message, person.id)
        return message

    def edit(self, message: dict[str, Any], text: str) -> None:
        """The text of a message is another one now; who wrote it may not see that it changed."""
        message["text"] = text
        message["update_time"] = self.now_s()
        self.feed.add("message_edit", message, message["peer_id"])

    def message(self, peer_id: int, *, cmid: int | None = None, message_id: int | None = None) -> dict[str, Any]:
        """A message by its number in the dialogue, or by its id. Raises MethodError."""
        for message in self.dialogues.get(peer_id, ()):
            if message["conversation_message_id"] == cmid or message["id"] == message_id:
                return message
        raise MethodError(100, "message is not found")

    def unread(self, person: Person) -> list[dict[str, Any]]:
        """What the person wrote and the community has not read."""
        said = self.dialogues.get(person.id, ())
        return [message for message in said if not message["out"] and message["id"] > person.in_read]

    def read_by_us(self, person: Person) -> None:
        """The community has read all that the person wrote."""
        person.in_read = self._last_of(person, out=False)["id"]

    def read_by(self, person: Person) -> None:
        """The person reads all that he got."""
        last = self._last_of(person, out=True)
        what = {
            "from_id": person.id,
            "peer_id": person.id,
            "read_message_id": last["id"],
            "conversation_message_id": last["cmid"],
        }
        self.feed.add("message_read", what, person.id)

    def _last_of(self, person: Person, *, out: bool) -> dict[str, int]:
        for message in reversed(self.dialogues.get(person.id, ())):
            if bool(message["out"]) is out:
                return {"id": message["id"], "cmid": message["conversation_message_id"]}
        return {"id": 0, "cmid": 0}

    def _check_may_write(self, person: Person) -> None:
        if person.blacklisted:
            raise MethodError(900)
        if person.private:
            raise MethodError(902)
        if not person.allowed:
            raise MethodError(901)

    # Buttons.

    def press(self, message: Mapping[str, Any], label: str) -> None:
        """The person presses the button with this label under a message that he got."""
        button = next(
            action
            for row in message["keyboard"]["buttons"]
            for action in (button["action"] for button in row)
            if action["label"] == label
        )
        person = self.person(message["peer_id"])
        if button["type"] == "callback":
            what = {
                "user_id": person.id,
                "peer_id": person.id,
                "event_id": f"{self.number():012x}",
                "payload": json.loads(button["payload"]),
                "conversation_message_id": message["conversation_message_id"],
            }
            self.feed.add("message_event", what, person.id)
        else:
            self.write(person, label, payload=button["payload"])
