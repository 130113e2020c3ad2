"""VK's own shapes, as far as the adapter reads them; what else stands in an answer or an event is passed over.

Ids are integers. `peer_id` is a dialogue: below `PEERS` a person's own id. `conversation_message_id` numbers the
messages of one dialogue from 1; `id` numbers those of the whole community. Dates are seconds since 1970.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

VERSION: Final = "5.199"
"""The version of the API that these shapes are of."""
PEERS: Final = 2_000_000_000
"""From here on a `peer_id` is a chat of many."""
NOTHING: Final = msgspec.Raw(b"null")


class Event(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the Callback API posts and the long poll lists. `secret` only comes with the first of them."""

    type: str
    group_id: int
    event_id: str | None = None
    object: msgspec.Raw = NOTHING
    secret: str | None = None


class Size(msgspec.Struct, frozen=True):
    """One of the sizes of a picture."""

    url: str
    width: int = 0
    height: int = 0


class Photo(msgspec.Struct, frozen=True):
    """A photo, in several sizes."""

    id: int = 0
    owner_id: int = 0
    access_key: str | None = None
    sizes: tuple[Size, ...] = ()
    orig_photo: Size | None = None


class Doc(msgspec.Struct, frozen=True):
    """A file; `ext` is its extension, `size` in bytes."""

    id: int = 0
    owner_id: int = 0
    access_key: str | None = None
    title: str = ""
    ext: str = ""
    size: int | None = None
    url: str | None = None


class AudioMessage(msgspec.Struct, frozen=True):
    """A voice message."""

    id: int = 0
    owner_id: int = 0
    access_key: str | None = None
    link_ogg: str | None = None


class Audio(msgspec.Struct, frozen=True):
    """A piece of music; rarely with an address."""

    artist: str = ""
    title: str = ""
    url: str | None = None


class Video(msgspec.Struct, frozen=True):
    """A video, which can only be watched at VK."""

    title: str = ""


class Sticker(msgspec.Struct, frozen=True):
    """A sticker, in several sizes."""

    images: tuple[Size, ...] = ()


class Graffiti(msgspec.Struct, frozen=True):
    """A drawing."""

    url: str | None = None


class Link(msgspec.Struct, frozen=True):
    """A link with its preview."""

    url: str = ""


class Attachment(msgspec.Struct, frozen=True):
    """Something attached: `type` says which of the fields is there; of other types none is."""

    type: str
    photo: Photo | None = None
    doc: Doc | None = None
    audio_message: AudioMessage | None = None
    audio: Audio | None = None
    video: Video | None = None
    sticker: Sticker | None = None
    graffiti: Graffiti | None = None
    link: Link | None = None


class Coordinates(msgspec.Struct, frozen=True):
    """A point, in degrees."""

    latitude: float
    longitude: float


class Geo(msgspec.Struct, frozen=True):
    """A place."""

    coordinates: Coordinates | None = None


class Quoted(msgspec.Struct, frozen=True):
    """A message inside a message: the one replied to, or one passed on."""

    from_id: int
    conversation_message_id: int | None = None
    peer_id: int | None = None
    text: str = ""
    attachments: tuple[Attachment, ...] = ()
    fwd_messages: tuple[Quoted, ...] = ()


class Message(msgspec.Struct, frozen=True):
    """A message. `payload` is JSON: that of the button which wrote it. `is_cropped`: not all of it is here."""

    peer_id: int
    from_id: int
    conversation_message_id: int
    id: int = 0
    date: int | None = None
    update_time: int | None = None
    out: int = 0
    admin_author_id: int | None = None
    """The administrator who wrote it by hand; of what a program sent there is none."""
    text: str = ""
    payload: str | None = None
    attachments: tuple[Attachment, ...] = ()
    geo: Geo | None = None
    reply_message: Quoted | None = None
    fwd_messages: tuple[Quoted, ...] = ()
    is_cropped: bool = False


class Head(msgspec.Struct, frozen=True):
    """What is read of a message, or of another event's object, before anybody knows whether it can be read."""

    peer_id: int = 0
    user_id: int = 0
    from_id: int = 0
    conversation_message_id: int = 0
    id: int = 0
    date: int = 0
    update_time: int = 0
    out: int = 0

    @property
    def dialogue(self) -> int:
        """Whose it is."""
        return self.peer_id or self.user_id or self.from_id


class NewHead(msgspec.Struct, frozen=True):
    """The same of the object of `message_new`."""

    message: Head


class ClientInfo(msgspec.Struct, frozen=True):
    """What the customer's application can show, and its language."""

    button_actions: tuple[str, ...] = ()
    lang_id: int | None = None


class MessageNew(msgspec.Struct, frozen=True):
    """The object of `message_new`; those of `message_reply` and `message_edit` are the message itself."""

    message: Message
    client_info: ClientInfo | None = None


class TypingState(msgspec.Struct, frozen=True):
    """The object of `message_typing_state`."""

    from_id: int
    state: str = "typing"


class MessageRead(msgspec.Struct, frozen=True):
    """The object of `message_read`."""

    from_id: int
    peer_id: int
    conversation_message_id: int


class MessageEvent(msgspec.Struct, frozen=True):
    """The object of `message_event`: a button was pressed. `payload` is the object that stands on it, or its JSON."""

    user_id: int
    peer_id: int
    event_id: str
    payload: Any = None


class MessageDeny(msgspec.Struct, frozen=True):
    """The object of `message_deny`."""

    user_id: int


class Failure(msgspec.Struct, frozen=True):
    """Why a method was refused."""

    error_code: int
    error_msg: str = ""


class Reply(msgspec.Struct, frozen=True):
    """What a method answers: one of the two."""

    response: msgspec.Raw = NOTHING
    error: Failure | None = None


class PeerFailure(msgspec.Struct, frozen=True):
    """Why one of several was not written to."""

    code: int
    description: str = ""


class SentItem(msgspec.Struct, frozen=True):
    """What became of a message for one of `peer_ids`."""

    peer_id: int
    message_id: int = 0
    conversation_message_id: int = 0
    error: PeerFailure | None = None


class LongPollServer(msgspec.Struct, frozen=True):
    """Where to poll."""

    key: str
    server: str
    ts: str | int


class Poll(msgspec.Struct, frozen=True):
    """What the long poll answers: updates, or how it failed (1 outdated, 2 key expired, 3 lost)."""

    ts: str | int | None = None
    updates: tuple[msgspec.Raw, ...] = ()
    failed: int | None = None


class Group(msgspec.Struct, frozen=True):
    """A community."""

    id: int


class Groups(msgspec.Struct, frozen=True):
    """The answer of `groups.getById`."""

    groups: tuple[Group, ...] = ()


class User(msgspec.Struct, frozen=True):
    """A person."""

    id: int
    first_name: str = ""
    last_name: str = ""


class ConfirmationCode(msgspec.Struct, frozen=True):
    """What a callback server must answer to be confirmed."""

    code: str


class CallbackServer(msgspec.Struct, frozen=True):
    """An address that the Callback API posts to; `status` is `ok` once it is confirmed."""

    id: int
    url: str
    secret_key: str = ""
    status: str = ""


class CallbackServers(msgspec.Struct, frozen=True):
    """The answer of `groups.getCallbackServers`."""

    items: tuple[CallbackServer, ...] = ()


class NewCallbackServer(msgspec.Struct, frozen=True):
    """The answer of `groups.addCallbackServer`."""

    server_id: int


class Messages(msgspec.Struct, frozen=True):
    """A list of messages, kept as they came."""

    items: tuple[msgspec.Raw, ...] = ()


class Conversation(msgspec.Struct, frozen=True):
    """A dialogue; `in_read` is the id of the last message that we have read."""

    in_read: int = 0
    unread_count: int = 0


class History(msgspec.Struct, frozen=True):
    """The answer of `messages.getHistory`, the latest message first; `extended`, with the dialogue itself."""

    items: tuple[msgspec.Raw, ...] = ()
    conversations: tuple[Conversation, ...] = ()


class ConversationItem(msgspec.Struct, frozen=True):
    """A dialogue and its last message."""

    conversation: Conversation
    last_message: Head


class Conversations(msgspec.Struct, frozen=True):
    """The answer of `messages.getConversations`, the latest first."""

    items: tuple[ConversationItem, ...] = ()


class UploadServer(msgspec.Struct, frozen=True):
    """Where a file goes first."""

    upload_url: str


class UploadedPhoto(msgspec.Struct, frozen=True):
    """What the upload server says of a photo; `photo` is JSON, `[]` where it is none."""

    server: int
    photo: str
    hash: str


class UploadedDoc(msgspec.Struct, frozen=True):
    """What the upload server says of a file."""

    file: str | None = None


class SavedDoc(msgspec.Struct, frozen=True):
    """The answer of `docs.save`."""

    type: str
    doc: Doc | None = None
    audio_message: AudioMessage | None = None
