"""A community on VK as the kit's port has it.

What is particular here:

- A message is sent with a `random_id` made from its part's `dedupe_id`, so that a repetition is recognised. VK keeps 32
  bits of it and compares them with all that the community ever sent: among millions of messages two will have the
  same, and the second would be swallowed. So where the answer names a message that is older than the request, VK is
  asked whom it was for; if not for this customer, it is sent again with another number.
- Both ways that events come may be used at once; an event that was had is not told again.
"""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

import aiohttp
import msgspec
import structlog

from channels.kit.failures import Ambiguous, Misconfigured, Rejected
from channels.kit.port import Adapter, Fetched, Sent
from channels.kit.words import say
from channels.vk import reading, wire
from channels.vk.api import Api, Refused
from channels.vk.delivery import Deliveries
from channels.vk.names import Names

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence

    from channels.kit.port import Context, Inbox, Outgoing, Route
    from channels.kit.updates import Attachment, Incoming, Rated, Update
    from channels.vk.settings import VkSettings

RANDOM_BITS: Final = 31
CHUNK_BYTES: Final = 65_536
FETCHED_S: Final = 60.0
SIZED_S: Final = 5.0

_log: Any = structlog.get_logger()


class VkAdapter(Adapter):
    """One community."""

    def __init__(self, settings: VkSettings, secrets: Mapping[str, str], context: Context) -> None:
        self._http = context.http
        self._api = Api(context.http, settings.api_url, secrets["token"])
        self._names = Names(self._api)
        self._deliveries = Deliveries(self._api, settings, secrets.get("secret"), context)
        self._latest = 0
        """The highest id of any message that we have seen."""

    # Events in.

    async def start(self) -> None:
        """Find out which community it is, and have VK send its events."""
        await self._deliveries.start()

    async def receive(self, inbox: Inbox) -> None:
        """Poll, if the settings want it; before that, fetch what came while nobody did."""
        await self._deliveries.receive(inbox)

    def routes(self) -> Sequence[Route]:
        """Where the Callback API posts."""
        return self._deliveries.routes()

    def parse(self, update: bytes) -> Sequence[Update]:
        """What an event says; our own messages, which come back as events too, say nothing."""
        event = msgspec.json.decode(update, type=wire.Event)
        read = reading.READERS.get(event.type)
        if read is None:
            return ()
        if event.type == "message_reply":
            self._latest = max(self._latest, msgspec.json.decode(event.object, type=wire.Message).id)
        return read(event.object)

    async def enrich(self, incoming: Incoming) -> Incoming:
        """With the customer's name, the sizes of photos, and whole where VK gave only a part."""
        cropped = reading.CROPPED in incoming.metadata
        if cropped or any(one.reference is not None and one.bytes is None for one in incoming.attachments):
            message = await self._message(incoming.thread, incoming.external_id)
            metadata = {key: value for key, value in incoming.metadata.items() if key != reading.CROPPED}
            incoming = reading.incoming(message, incoming.author, incoming.customer, metadata)
            attached = zip(incoming.attachments, reading.attached(message), strict=True)
            sized = await asyncio.gather(*(self._sized(one, reading.address_of(given)) for one, given in attached))
            incoming = msgspec.structs.replace(incoming, attachments=tuple(sized))
        if incoming.author == "agent":
            return incoming
        name = await self._names.of(int(incoming.thread))
        return msgspec.structs.replace(incoming, customer=msgspec.structs.replace(incoming.customer, name=name))

    async def _sized(self, attachment: Attachment, url: str | None) -> Attachment:
        """With its size, which VK says of files only; without it where its server does not say either."""
        if url is None or attachment.bytes is not None:
            return attachment
        try:
            async with self._http.head(url, timeout=aiohttp.ClientTimeout(SIZED_S), allow_redirects=True) as response:
                size = response.content_length if response.status == 200 else None
        except (aiohttp.ClientError, TimeoutError):
            return attachment
        return msgspec.structs.replace(attachment, bytes=size)

    # Messages out.

    async def send(self, out: Outgoing) -> Sent:
        """Send one message, once."""
        await self._deliveries.dialogues.looked.wait()
        peer_id = int(out.thread)
        parameters: dict[str, str | int] = {"peer_ids": peer_id}
        if out.text:
            parameters["message"] = out.text
        if out.file is not None:
            parameters["attachment"] = await self._api.upload(out.file, peer_id)
        if out.rating:
            parameters["keyboard"] = _keyboard(out)
        if out.in_reply_to is not None:
            number = int(out.in_reply_to)
            forward = {"peer_id": peer_id, "conversation_message_ids": [number], "is_reply": True}
            parameters["forward"] = json.dumps(forward)
        for random_id in random_ids(out.dedupe_id):
            before = self._latest
            item = await self._send(random_id, parameters)
            self._latest = max(self._latest, item.message_id)
            if item.message_id > before or await self._is_for(peer_id, item.message_id):
                return Sent(str(item.conversation_message_id))
            _log.warning("random_id_taken", message=out.message)
        raise Rejected("refused")

    async def _send(self, random_id: int, parameters: dict[str, str | int]) -> wire.SentItem:
        try:
            items = await self._api.call("messages.send", tuple[wire.SentItem, ...], random_id=random_id, **parameters)
            for item in items:
                if item.error is None:
                    return item
                raise Refused(item.error.code)
        except Refused as refused:
            raise refused.outcome from None
        raise Ambiguous("no answer for the dialogue")

    async def _is_for(self, peer_id: int, message_id: int) -> bool:
        try:
            found = await self._api.ask("messages.getById", wire.Messages, message_ids=message_id)
        except Rejected:
            return True
        return all(msgspec.json.decode(one, type=wire.Head).peer_id == peer_id for one in found.items)

    async def typing(self, thread: str) -> None:
        """Show it in the dialogue for some seconds."""
        await self._tell("messages.setActivity", peer_id=int(thread), type="typing")

    async def rated(self, rated: Rated, code: str | None) -> None:
        """Show it over the button that was pressed."""
        if rated.callback is None:
            return
        press = msgspec.json.decode(rated.callback, type=reading.Answerable)
        said = say("rated" if code is None else "rating_over", press.language)
        await self._tell(
            "messages.sendMessageEventAnswer",
            event_id=press.event_id,
            user_id=press.user_id,
            peer_id=press.peer_id,
            event_data=json.dumps({"type": "show_snackbar", "text": said}, ensure_ascii=False),
        )

    async def _tell(self, method: str, **parameters: str | int) -> None:
        try:
            await self._api.call(method, int, **parameters)
        except Refused as refused:
            raise refused.outcome from None

    # Files.

    @asynccontextmanager
    async def fetch(self, reference: str) -> AsyncGenerator[Fetched]:
        """Open a file of a message, wherever it is by now."""
        thread, number, index = reference.split(".")
        attached = list(reading.attached(await self._message(thread, number)))
        url = reading.address_of(attached[int(index)]) if int(index) < len(attached) else None
        if url is None:
            raise Rejected("gone")
        async with self._http.get(url, timeout=aiohttp.ClientTimeout(FETCHED_S)) as response:
            if response.status != 200:
                raise Rejected("gone")
            chunks = response.content.iter_chunked(CHUNK_BYTES)
            yield Fetched(chunks, mime=response.content_type, bytes=response.content_length)

    async def _message(self, thread: str, number: str) -> wire.Message:
        """A message of a dialogue. Raises as `Api.ask` does, and `Rejected` where it is no more."""
        found = await self._api.ask(
            "messages.getByConversationMessageId", wire.Messages, peer_id=thread, conversation_message_ids=number
        )
        if not found.items:
            raise Rejected("gone")
        return msgspec.json.decode(found.items[0], type=wire.Message)

    async def close(self) -> None:
        """Ask for no more names."""
        self._names.close()


def create(settings: VkSettings, secrets: Mapping[str, str], context: Context) -> VkAdapter:
    """An adapter of one community. Raises `Misconfigured`."""
    if settings.transport != "long_poll" and not secrets.get("secret"):
        raise Misconfigured("the Callback API is not served without CONTACT_ROUTER_VK_SECRET in the environment")
    return VkAdapter(settings, secrets, context)


def random_ids(dedupe_id: int) -> Iterator[int]:
    """What VK may be told that a message is known by: one, and others if that is another message's already."""
    while dedupe_id:
        yield dedupe_id % 2**RANDOM_BITS or 1
        dedupe_id >>= RANDOM_BITS


def _keyboard(out: Outgoing) -> str:
    """Buttons 1–5: such as only tell us, or where the customer's application has none of those, such as write."""
    kind = "text" if reading.NO_CALLBACKS in out.contact.metadata else "callback"
    language = out.contact.customer.language
    row: list[dict[str, Any]] = []
    for score in range(1, 6):
        payload = msgspec.json.encode(reading.Press(out.contact.id, score, language)).decode()
        row.append({"action": {"type": kind, "label": str(score), "payload": payload}})
    return json.dumps({"inline": True, "buttons": [row]})
