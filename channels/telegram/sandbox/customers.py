"""What a person does on the platform, and what reaches him."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any, Final

import msgspec

from channels.kit.sandbox import Heard, HeardFile
from channels.telegram.sandbox.requests import Upload
from channels.telegram.sandbox.sending import SHAPES, shown
from channels.telegram.wire import (
    BusinessMessagesDeleted,
    CallbackQuery,
    ChatMember,
    ChatMemberUpdated,
    FileInfo,
    Keyboard,
    Location,
    Message,
    SharedContact,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from channels.telegram.sandbox.world import Talk, World

PRESS_KEPT_S: Final = 150
HEARD_KINDS: Final = {
    "photo": "image", "voice": "voice", "audio": "audio", "animation": "animation", "document": "document",
    "video": "video", "video_note": "video", "sticker": "sticker",
}  # fmt: skip


class Customer:
    """A person in his chat with the business account, or with the bot."""

    def __init__(self, world: World, talk: Talk) -> None:
        self._world = world
        self._talk = talk

    @property
    def heard(self) -> Sequence[Heard]:
        """What he received of us, in order, with the buttons that are there now."""
        return [self._as_heard(message) for message in self._talk.messages.values() if not self._is_his(message)]

    @property
    def typing_seen(self) -> int:
        """How often he saw that somebody is writing."""
        return self._talk.typing_seen

    def write(self, text: str, *, in_reply_to: str | None = None) -> str:
        """Write a text; the message's id."""
        return self._says(text=text, reply_to_message=self._replied(in_reply_to))

    def photo(self, data: bytes, *, caption: str | None = None) -> str:
        """Send a photo; its id."""
        return self.file("photo", data, caption=caption)

    def file(self, kind: str, data: bytes, *, caption: str | None = None, album: str | None = None, **more: Any) -> str:
        """Send a file: `voice`, `document` … as the platform calls it; `more` are fields of it. Its id."""
        info = self._world.keep(Upload("", "", data), **(SHAPES[kind] | more))
        return self._says(**shown({kind: info}), caption=caption, media_group_id=album)

    def write_album(self, photos: Sequence[bytes], *, caption: str | None = None) -> Sequence[str]:
        """Send photos as one album, the caption below the first; the ids."""
        album = self._world.number("")
        return [
            self.file("photo", data, caption=caption if number == 0 else None, album=album)
            for number, data in enumerate(photos)
        ]

    def location(self, latitude: float, longitude: float) -> str:
        """Show where he is."""
        return self._says(location=Location(latitude=latitude, longitude=longitude))

    def share_contact(self, phone: str, name: str) -> str:
        """Send somebody's number."""
        return self._says(contact=SharedContact(phone_number=phone, first_name=name))

    def dice(self) -> str:
        """Send what a router cannot show."""
        return self._says(dice={"emoji": "🎲", "value": 6})

    def edit(self, external_id: str, text: str) -> None:
        """Change the text of a message of his, or its caption."""
        message = self._talk.messages[int(external_id)]
        changed = {"text": text} if message.text is not None else {"caption": text}
        edited = msgspec.structs.replace(message, edit_date=self._world.now_s, **changed)
        self._talk.messages[edited.message_id] = edited
        self._world.updates.add(
            "edited_business_message" if self._talk.business else "edited_message", edited, self._talk.chain
        )

    def delete(self, external_id: str) -> None:
        """Delete a message of his. A bot is not told of what is deleted in a chat with itself."""
        del self._talk.messages[int(external_id)]
        if self._talk.business:
            gone = BusinessMessagesDeleted(
                business_connection_id=self._connection_id(),
                chat=self._talk.chat,
                message_ids=[int(external_id)],
            )
            self._world.updates.add("deleted_business_messages", gone, self._talk.chain)

    def press(self, score: int) -> None:
        """Press the button with this number below the last message that has buttons."""
        message = [found for found in self._talk.messages.values() if found.reply_markup is not None][-1]
        keyboard: Keyboard = message.reply_markup
        [button] = [button for row in keyboard.inline_keyboard for button in row if button.text == str(score)]
        self.call_back(message, button.callback_data)

    def call_back(self, message: Message, data: str) -> str:
        """Send what a button would send; the press's id."""
        query = str(random.getrandbits(62))
        self._world.presses.add(query)
        user = self._talk.person.user
        press = CallbackQuery(id=query, from_=user, chat_instance=str(user.id), message=message, data=data)
        self._world.updates.add("callback_query", press, f"press {user.id}", PRESS_KEPT_S)
        return query

    def begin_writing(self) -> None:
        """The platform tells no bot that somebody is writing."""
        raise NotImplementedError

    def read(self) -> None:
        """Nor what was read."""
        raise NotImplementedError

    def block(self) -> None:
        """Want nothing more of us. A bot is told of it, an account's secretary is not."""
        self._blocks(True)

    def unblock(self) -> None:
        """Want to hear of us again."""
        self._blocks(False)

    def owner_writes(self, text: str, *, from_offline: bool = False) -> str:
        """The account's owner writes to him by hand, or his account does so by itself; the message's id."""
        if not self._talk.business:
            raise NotImplementedError
        return self._said(text=text, from_=self._world.owner, is_from_offline=from_offline or None)

    async def until(self, true: Callable[[Customer], bool]) -> None:
        """Return when it is true of him. It is looked at whenever something changes for him."""
        while not true(self):
            await self._talk.person.changed.wait()

    def _blocks(self, blocks: bool) -> None:
        person, world = self._talk.person, self._world
        person.blocks = blocks
        if not self._talk.business:
            status = {True: "kicked", False: "member"}
            member, kicked = (
                ChatMember(status=status[now], user=world.bot, until_date=0 if now else None)
                for now in (not blocks, blocks)
            )
            changed = ChatMemberUpdated(
                chat=self._talk.chat,
                from_=person.user,
                date=world.now_s,
                old_chat_member=member,
                new_chat_member=kicked,
            )
            world.updates.add("my_chat_member", changed, f"member {person.user.id}")

    def _says(self, **content: Any) -> str:
        self._talk.heard_at_ms = self._world.clock.wall_ms()
        return self._said(from_=self._talk.person.user, **content)

    def _said(self, **content: Any) -> str:
        message = Message(
            message_id=next(self._talk.numbers),
            date=self._world.now_s,
            chat=self._talk.chat,
            business_connection_id=self._connection_id() if self._talk.business else None,
            **content,
        )
        self._talk.messages[message.message_id] = message
        self._world.updates.add("business_message" if self._talk.business else "message", message, self._talk.chain)
        self._talk.person.tell()
        return str(message.message_id)

    def _connection_id(self) -> str:
        assert self._world.connection is not None, "the account has no secretary"
        return self._world.connection.id

    def _is_his(self, message: Message) -> bool:
        return message.from_ == self._talk.person.user

    def _replied(self, external_id: str | None) -> Message | None:
        return None if external_id is None else self._talk.messages.get(int(external_id))

    def _as_heard(self, message: Message) -> Heard:
        keyboard: Keyboard | None = message.reply_markup
        replied = message.reply_to_message
        return Heard(
            external_id=str(message.message_id),
            text=message.text if message.text is not None else message.caption,
            files=tuple(self._files(message)),
            buttons=() if keyboard is None else tuple(one.text for row in keyboard.inline_keyboard for one in row),
            in_reply_to=None if replied is None else str(replied.message_id),
        )

    def _files(self, message: Message) -> list[HeardFile]:
        for name, kind in HEARD_KINDS.items():
            found: FileInfo | list[FileInfo] | None = getattr(message, name)
            if found is not None:
                info = found[-1] if isinstance(found, list) else found
                return [HeardFile(kind, info.file_name, self._world.files[info.file_id].upload.data)]
        return []
