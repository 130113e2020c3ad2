"""A person on VK, as tests and the demo drive him."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from channels.kit.sandbox import Heard, HeardFile
from channels.vk.sandbox import shapes

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from channels.vk.sandbox.community import Community, Person

ADMIN: int = 900_000_001
"""The human who answers in the community's own messages."""


class VkCustomer:
    """One of the sandbox's people. Ids of messages are their numbers in the dialogue."""

    def __init__(self, community: Community, person: Person) -> None:
        self.person = person
        self._community = community

    # What he sees.

    @property
    def heard(self) -> Sequence[Heard]:
        """What he received of the community, in order."""
        return [self._heard(message) for message in self._said() if message["out"]]

    @property
    def typing_seen(self) -> int:
        """How often he saw that somebody is writing."""
        return self.person.typing_seen

    async def until(self, true: Callable[[VkCustomer], bool]) -> None:
        """Return when it is true of him."""
        await self._community.feed.changes.until(lambda: true(self))

    # What he does.

    def write(self, text: str, *, in_reply_to: str | None = None) -> str:
        """Write a text; the id of the message."""
        more: dict[str, Any] = {}
        if in_reply_to is not None:
            found = self._community.message(self.person.id, cmid=int(in_reply_to))
            more["reply_message"] = shapes.quoted(found)
        return self._write(text, **more)

    def photo(self, data: bytes, *, caption: str | None = None) -> str:
        """Send a photo; its id."""
        return self.write_album([data], caption=caption)[0]

    def write_album(self, photos: Sequence[bytes], *, caption: str | None = None) -> Sequence[str]:
        """Send photos, which VK makes one message of; its id."""
        attachments = [self._file("photo", "photo.jpg", data) for data in photos]
        return [self._write(caption or "", attachments=attachments)]

    def document(self, name: str, data: bytes) -> str:
        """Send a file; the id."""
        return self._write("", attachments=[self._file("doc", name, data)])

    def voice(self, data: bytes) -> str:
        """Send a voice message; its id."""
        return self._write("", attachments=[self._file("audio_message", None, data)])

    def sticker(self) -> str:
        """Send a sticker; the id of its message."""
        return self._write("", attachments=[shapes.attachment("sticker", shapes.sticker("https://vk.com/sticker/51"))])

    def video(self, title: str) -> str:
        """Send a video; the id."""
        content = shapes.video(self._community.number(), self.person.id, title, self._community.now_s())
        return self._write("", attachments=[shapes.attachment("video", content)])

    def location(self, latitude: float, longitude: float) -> str:
        """Send a place; the id."""
        return self._write("", geo=shapes.geo(latitude, longitude))

    def pass_on(self, text: str, passed: Sequence[str], *, cropped: bool = False) -> str:
        """Write, passing on messages of the dialogue with these ids; the id. VK may tell of it `cropped`."""
        found = [self._community.message(self.person.id, cmid=int(one)) for one in passed]
        return self._write(text, cropped=cropped, fwd_messages=[shapes.quoted(message) for message in found])

    def edit(self, external_id: str, text: str) -> None:
        """Change the text of a message of his."""
        self._community.edit(self._community.message(self.person.id, cmid=int(external_id)), text)

    def delete(self, external_id: str) -> None:
        """VK tells communities nothing of it."""
        raise NotImplementedError

    def begin_writing(self) -> None:
        """Be seen writing."""
        what = {"state": "typing", "from_id": self.person.id, "to_id": -self._community.group_id}
        self._community.feed.add("message_typing_state", what, self.person.id)

    def press(self, score: int) -> None:
        """Press the button with this number under the last message that has buttons."""
        message = next(message for message in reversed(self._said()) if "keyboard" in message)
        self._community.press(message, str(score))

    def read(self) -> None:
        """Read all that he received."""
        self._community.read_by(self.person)

    def block(self) -> None:
        """Deny messages of the community."""
        self.person.allowed = False
        self._community.feed.add("message_deny", {"user_id": self.person.id}, self.person.id)

    def unblock(self) -> None:
        """Allow them again."""
        self.person.allowed = True
        self._community.feed.add("message_allow", {"user_id": self.person.id, "key": ""}, self.person.id)

    def owner_writes(self, text: str) -> str:
        """An administrator of the community writes to him by hand, which he allows; the message's id."""
        self.person.allowed = True
        random_id = 1 + self._community.number()  # VK's own applications give one, too
        message = self._community.send(self.person, text, -random_id, admin=ADMIN)
        return str(message["conversation_message_id"])

    def _said(self) -> list[dict[str, Any]]:
        return self._community.dialogues.get(self.person.id, [])

    def _write(self, text: str, **more: Any) -> str:
        return str(self._community.write(self.person, text, **more)["conversation_message_id"])

    def _file(self, kind: str, name: str | None, data: bytes) -> dict[str, Any]:
        return self._community.add_file(kind, self.person.id, name, data).attachment

    def _heard(self, message: dict[str, Any]) -> Heard:
        rows = message.get("keyboard", {}).get("buttons", [])
        reply = message.get("reply_message")
        return Heard(
            external_id=str(message["conversation_message_id"]),
            text=message["text"] or None,
            files=tuple(self._heard_file(attachment) for attachment in message["attachments"]),
            buttons=tuple(button["action"]["label"] for row in rows for button in row),
            in_reply_to=str(reply["conversation_message_id"]) if reply else None,
        )

    def _heard_file(self, attachment: dict[str, Any]) -> HeardFile:
        kind = attachment["type"]
        content = attachment[kind]
        stored = self._community.files[f"{kind}{content['owner_id']}_{content['id']}"]
        called = {"photo": "image", "audio_message": "voice"}.get(kind, "document")
        return HeardFile(called, content.get("title"), stored.data)
