"""The adapter: one bot, with its own chats and those of the business accounts whose secretary it is."""

from __future__ import annotations

from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any, Final

import msgspec

from channels.kit.failures import Misconfigured, NotSent, Rejected, SendError
from channels.kit.listener import is_secret
from channels.kit.port import Adapter, Answer, Fetched, Route, Sent
from channels.kit.words import say
from channels.telegram.api import Api
from channels.telegram.commands import Commands
from channels.telegram.connections import METADATA, Connections
from channels.telegram.reading import RATE, Press, Reader
from channels.telegram.refusals import PlatformRefusal
from channels.telegram.settings import PLATFORM
from channels.telegram.wire import (
    PHOTO_BYTES_MAX,
    SECRET_HEADER,
    Button,
    File,
    Keyboard,
    Message,
    Number,
    ReplyParameters,
    Update,
    User,
    WebhookInfo,
)

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping, Sequence

    from channels.kit import port, updates
    from channels.telegram.settings import TelegramSettings

KINDS: Final = (
    "message", "edited_message", "callback_query", "my_chat_member", "business_connection", "business_message",
    "edited_business_message", "deleted_business_messages",
)  # fmt: skip
"""Kinds of update that we ask for."""
POLL_S: Final = 30
POLL_ANSWER_S: Final = POLL_S + 15.0
WATCH_S: Final = 60.0
CHUNK_BYTES: Final = 65_536
PATH: Final = "/telegram"
VOICES: Final = frozenset({"audio/ogg", "audio/mpeg", "audio/mp4", "audio/x-m4a"})
PHOTOS: Final = frozenset({"image/jpeg", "image/png", "image/webp"})


class Telegram(Adapter):
    """See the folder's README."""

    def __init__(self, settings: TelegramSettings, secrets: Mapping[str, str], context: port.Context) -> None:
        token = secrets["token"]
        number, colon, _ = token.partition(":")
        if not colon or not number.isdecimal():
            raise Misconfigured("the token of a bot looks like 123456:ABC-DEF, as @BotFather gives it")
        self._webhook_secret = secrets.get("webhook_secret", "")
        if settings.updates == "webhook" and not self._webhook_secret:
            raise Misconfigured("a webhook needs the secret webhook_secret")
        self._has_webhook = settings.updates == "webhook"
        if self._has_webhook and settings.api_url == PLATFORM and not context.public_url.startswith("https://"):
            raise Misconfigured("Telegram calls webhooks by https only: set public_url")
        self._context = context
        self._api = Api(context.http, settings.api_url, token)
        self._connections = Connections(self._api)
        self._reader = Reader(int(number), self._connections.owner)
        self._commands = Commands(self._api, context.conversations)

    async def start(self) -> None:
        """Ask whether the token is good, and fill the bot's menu."""
        try:
            await self._api.ask("getMe", User)
            await self._commands.show()
        except PlatformRefusal as refusal:
            raise Misconfigured(f"Telegram refuses the bot: {refusal.description}") from None

    # What comes in.

    async def receive(self, inbox: port.Inbox) -> None:
        """Long polls, or a look at the webhook now and then."""
        try:
            await (self._watch(inbox) if self._has_webhook else self._poll(inbox))
        except PlatformRefusal as refusal:
            raise NotSent(refusal.description) from None

    async def _poll(self, inbox: port.Inbox) -> None:
        await self._api.ask("deleteWebhook", bool)
        offset = None
        while True:
            raws = await self._api.ask(
                "getUpdates",
                list[msgspec.Raw],
                answer_s=POLL_ANSWER_S,
                offset=offset,
                timeout=POLL_S,
                allowed_updates=KINDS,
            )
            inbox.alive()
            for raw in raws:
                await self._connections.learn(bytes(raw))
            await inbox.put(*(bytes(raw) for raw in raws))
            if raws:
                # The last that came, not the greatest that ever did: after a quiet week numbers begin anywhere.
                offset = msgspec.json.decode(raws[-1], type=Number).update_id + 1

    async def _watch(self, inbox: port.Inbox) -> None:
        url = self._context.public_url + PATH
        ours: dict[str, Any] = {"url": url, "secret_token": self._webhook_secret, "allowed_updates": KINDS}
        await self._api.ask("setWebhook", bool, **ours)
        while True:
            info = await self._api.ask("getWebhookInfo", WebhookInfo)
            if info.url != url:  # somebody has set another one meanwhile
                await self._api.ask("setWebhook", bool, **ours)
            elif info.pending_update_count and (info.last_error_date or 0) > self._now_s() - WATCH_S:
                raise NotSent(f"our webhook is not reached: {info.last_error_message}")
            inbox.alive()
            await self._context.time.sleep(WATCH_S)

    def _now_s(self) -> float:
        return self._context.time.wall_ms() / 1000

    def routes(self) -> Sequence[Route]:
        """The webhook."""
        return [Route("POST", PATH, self._hooked)] if self._has_webhook else []

    async def _hooked(self, hook: port.Hook, inbox: port.Inbox) -> Answer:
        if not is_secret(hook.headers.get(SECRET_HEADER), self._webhook_secret):
            return Answer(401)
        try:
            await self._connections.learn(hook.body)
        except SendError:  # the update comes again
            return Answer(503)
        await inbox.put(hook.body)
        return Answer()

    def parse(self, update: bytes) -> Sequence[updates.Update]:
        """What an update says."""
        told = self._read(msgspec.json.decode(update, type=Update))
        return () if told is None else (told,)

    def _read(self, update: Update) -> updates.Update | None:
        if (message := update.message or update.business_message) is not None:
            said = self._reader.message(message)
            return None if said is None else self._commands.of(said, message) or self._in_language(said)
        if (message := update.edited_message or update.edited_business_message) is not None:
            return self._reader.edited(message)
        if update.deleted_business_messages is not None:
            return self._reader.deleted(update.deleted_business_messages)
        if update.my_chat_member is not None:
            return self._reader.left(update.my_chat_member)
        if (press := update.callback_query) is not None and press.message is not None:
            thread = self._reader.thread(press.message.chat, press.message.business_connection_id)
            return self._reader.rated(press) or self._commands.of_press(press, press.message, thread)
        return None

    def _in_language(self, said: updates.Incoming) -> updates.Incoming:
        language = self._commands.language(said.customer.id, said.customer.language)
        return msgspec.structs.replace(said, customer=msgspec.structs.replace(said.customer, language=language))

    # What goes out.

    async def send(self, out: port.Outgoing) -> Sent:
        """Send one message, with its file uploaded: the platform cannot fetch from a desk."""
        fields = self._way(out.thread, out.contact.metadata.get(METADATA))
        if out.in_reply_to is not None:
            reply = ReplyParameters(message_id=int(out.in_reply_to), allow_sending_without_reply=True)
            fields["reply_parameters"] = reply
        if out.rating:
            row = [Button(text=str(score), callback_data=f"{RATE}:{out.contact.id}:{score}") for score in range(1, 6)]
            fields["reply_markup"] = Keyboard(inline_keyboard=[row])
        if out.file is None:
            sent = await self._api.send("sendMessage", Message, **fields, text=out.text)
        else:
            name = _field(out.file)
            fields["caption"] = out.text
            sent = await self._api.send(f"send{name.title()}", Message, (name, out.file), **fields)
        return Sent(str(sent.message_id))

    async def typing(self, thread: str) -> None:
        """Show it for a few seconds, as the platform does."""
        await self._api.send("sendChatAction", bool, **self._way(thread, None), action="typing")

    async def rated(self, rated: updates.Rated, code: str | None) -> None:
        """Say thanks, or that it is too late, and take the buttons away."""
        press = msgspec.json.decode(rated.callback or "", type=Press)
        language = self._commands.language(f"tg:{press.chat}", press.language)
        await self._commands.answer(press, say("rated" if code is None else "rating_over", language))
        with suppress(Rejected):  # a second press finds none
            await self._commands.take_away(press)

    def _way(self, thread: str, known: Any) -> dict[str, Any]:
        """The fields that lead to a thread's chat. `known` is the connection by which its contact came."""
        owner, _, chat = thread.rpartition(":")
        connection = (self._connections.current(owner) or known) if owner else None
        if owner and not isinstance(connection, str):
            raise Rejected("not_allowed")
        return {"business_connection_id": connection, "chat_id": int(chat)}

    # Files.

    @asynccontextmanager
    async def fetch(self, reference: str) -> AsyncGenerator[Fetched]:
        """Open a file by its id."""
        try:
            file = await self._api.ask("getFile", File, file_id=reference)
        except PlatformRefusal as refusal:
            raise Rejected("too_large" if "too big" in refusal.description else "gone") from None
        response = await self._api.open(file.file_path or "")
        async with response:
            if response.status != 200:
                raise Rejected("gone")
            yield Fetched(response.content.iter_chunked(CHUNK_BYTES), bytes=file.file_size)


def _field(file: port.File) -> str:
    """The field of the platform's that takes a file: what it does not take as a photo or a voice goes as a document."""
    if file.kind == "image":
        return "photo" if file.mime in PHOTOS and len(file.data) <= PHOTO_BYTES_MAX else "document"
    if file.kind == "voice":
        return "voice" if file.mime in VOICES else "audio"
    return file.kind if file.kind in {"audio", "video", "animation"} else "document"
