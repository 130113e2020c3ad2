"""A person on the example platform."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import msgspec

from channels.kit.conformance.example.wire import Message
from channels.kit.sandbox import Heard, HeardFile

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from channels.kit.conformance.example.sandbox import ExampleSandbox
    from channels.kit.sandbox import SandboxCustomer


class ExampleCustomer:
    """What he does happens on the platform at once."""

    def __init__(self, platform: ExampleSandbox, customer_id: str, name: str, language: str) -> None:
        self.id = customer_id
        self.heard: list[Heard] = []
        self.typing_seen = 0
        self.blocked = False
        self._platform = platform
        self._name = name
        self._language = language
        self._written: dict[str, Message] = {}
        self._presses: list[list[str]] = []

    def write(self, text: str, *, in_reply_to: str | None = None) -> str:
        """Write a text; the platform's id of the message."""
        return self._write(text=text, in_reply_to=in_reply_to)

    def photo(self, data: bytes, *, caption: str | None = None) -> str:
        """Send a photo; its id."""
        return self._write(text=caption, **self._upload(data))

    def write_album(self, photos: Sequence[bytes], *, caption: str | None = None) -> Sequence[str]:
        """Send photos as one album; the ids."""
        album = f"album-{self._platform.new_id()}"
        texts = [caption, *[None] * (len(photos) - 1)]
        return [
            self._write(text=text, album=album, **self._upload(data)) for text, data in zip(texts, photos, strict=True)
        ]

    def write_one(self, text: str | None, album: str, data: bytes) -> str:
        """Send one photo of an album, by itself; its id."""
        return self._write(text=text, album=album, **self._upload(data))

    def write_again(self) -> None:
        """The platform brings all that he wrote anew."""
        for message in self._written.values():
            self._platform.happen(self.id, "message", message)

    def edit(self, external_id: str, text: str) -> None:
        """Change the text of a message of his."""
        message = self._written[external_id] = msgspec.structs.replace(self._written[external_id], text=text)
        self._platform.happen(self.id, "edited", message)

    def delete(self, external_id: str) -> None:
        """Delete a message of his."""
        self._platform.happen(self.id, "deleted", None, external_id)

    def press(self, score: int) -> None:
        """Press the button with this number under the last message that has buttons."""
        press = next(press for press in self._presses if press[1] == str(score))
        self._platform.happen(self.id, "pressed", None, *press)

    def begin_writing(self) -> None:
        """Be seen writing."""
        self._platform.happen(self.id, "typing")

    def read(self) -> None:
        """Read all that he received."""
        self._platform.happen(self.id, "read", None, self.heard[-1].external_id)

    def block(self) -> None:
        """Want nothing more of us."""
        self.blocked = True
        self._platform.happen(self.id, "blocked")

    def unblock(self) -> None:
        """Want to hear of us again."""
        self.blocked = False

    def owner_writes(self, text: str) -> str:
        """The account's owner writes to him by hand, past the router; the message's id."""
        external_id = self._platform.new_id()
        self.heard.append(Heard(external_id, text))
        self._echo(external_id, text)
        return external_id

    async def until(self, true: Callable[[SandboxCustomer], bool]) -> None:
        """Return when it is true of him."""
        while not true(self):
            await self._platform.change()

    def hear(self, said: Any) -> Heard:
        """Receive a message; the platform tells its sender of it, too."""
        file: Any = said.get("file")
        buttons: list[Any] = said.get("buttons") or []
        heard = Heard(
            external_id=self._platform.new_id(),
            text=said.get("text"),
            files=(HeardFile(file["kind"], file["name"], base64.b64decode(file["data"])),) if file else (),
            buttons=tuple(button["text"] for button in buttons),
            in_reply_to=said.get("in_reply_to"),
        )
        self.heard.append(heard)
        self._presses = [button["press"] for button in buttons] or self._presses
        self._echo(heard.external_id, heard.text)
        return heard

    def _echo(self, external_id: str, text: str | None) -> None:
        at_ms = self._platform.time.wall_ms()
        self._platform.happen(self.id, "message", Message(id=external_id, at_ms=at_ms, text=text, ours=True))

    def _write(self, **fields: Any) -> str:
        message = Message(
            id=self._platform.new_id(),
            at_ms=self._platform.time.wall_ms(),
            name=self._name,
            language=self._language,
            **fields,
        )
        self._written[message.id] = message
        self._platform.happen(self.id, "message", message)
        return message.id

    def _upload(self, data: bytes) -> dict[str, Any]:
        name = f"file-{self._platform.new_id()}"
        self._platform.files[name] = data
        return {"file": name, "bytes": len(data)}
