"""An adapter for a platform that speaks plain JSON: how little there is to write.

The platform keeps updates until they are confirmed by asking for later ones, or posts each to a webhook until it is
answered with 200. `POST /send` sends, `GET /files/{id}` has the files. The account's key is a header.
"""

from __future__ import annotations

import base64
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import msgspec

from channels.kit.conformance.example.wire import Message, Update, Updates
from channels.kit.failures import Misconfigured, Rejected, RetryAfter, sending
from channels.kit.listener import is_secret
from channels.kit.port import Adapter, Answer, Context, Fetched, Hook, Inbox, Outgoing, Route, Sent, Settings
from channels.kit.updates import Attachment, Customer, Deleted, Edited, Incoming, Left, Rated, Seen, Typing
from channels.kit.words import say

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping, Sequence

    from channels.kit.updates import Update as KitUpdate

PROOF = "X-Example-Secret"


class ExampleSettings(Settings, frozen=True, kw_only=True):
    """Where the platform is, and how it brings updates."""

    api_url: str
    webhook: bool = False


class ExampleAdapter(Adapter):
    """One account of the example platform."""

    def __init__(self, settings: ExampleSettings, secrets: Mapping[str, str], context: Context) -> None:
        if settings.webhook and "webhook_secret" not in secrets:
            raise Misconfigured("a webhook needs CONTACT_ROUTER_EXAMPLE_WEBHOOK_SECRET")
        self._url = settings.api_url
        self._webhook = settings.webhook
        self._headers = {"Authorization": f"Bearer {secrets['key']}"}
        self._secret = secrets.get("webhook_secret", "")
        self._context = context

    async def start(self) -> None:
        """Say where updates go, or that we come for them."""
        url = f"{self._context.public_url}/example" if self._webhook else None
        await self._call("/webhook", {"url": url, "secret": self._secret})

    async def receive(self, inbox: Inbox) -> None:
        """Ask for updates; asking for those after a number confirms it and all before."""
        after = 0
        while not self._webhook:
            url = f"{self._url}/updates?after={after}"
            async with self._context.http.get(url, headers=self._headers, raise_for_status=True) as response:
                updates = msgspec.json.decode(await response.read(), type=Updates)
            await inbox.put(*(bytes(one) for one in updates.items))
            after = updates.upto
        await super().receive(inbox)

    def routes(self) -> Sequence[Route]:
        """Where the platform posts updates."""
        return [Route("POST", "/example", self._hook)] if self._webhook else []

    async def _hook(self, hook: Hook, inbox: Inbox) -> Answer:
        if not is_secret(hook.headers.get(PROOF), self._secret):
            return Answer(403)
        await inbox.put(hook.body)
        return Answer()

    def parse(self, update: bytes) -> Sequence[KitUpdate]:
        """One update says one thing."""
        said = msgspec.json.decode(update, type=Update)
        thread = said.chat
        match said.what:
            case "message":
                assert said.message is not None
                return [_incoming(thread, said.message)]
            case "edited":
                assert said.message is not None
                one = _incoming(thread, said.message)
                return [
                    Edited(
                        thread=thread,
                        external_id=one.external_id,
                        customer=one.customer,
                        text=one.text,
                        attachments=one.attachments,
                    )
                ]
            case "deleted":
                return [Deleted(thread=thread, external_ids=said.ids)]
            case "typing":
                return [Typing(thread=thread)]
            case "read":
                return [Seen(thread=thread, upto_external_id=said.ids[0], state="read")]
            case "pressed":
                return [Rated(thread=thread, contact=said.ids[0], score=int(said.ids[1]))]
            case "blocked":
                return [Left(thread=thread)]

    async def send(self, out: Outgoing) -> Sent:
        """One message; the customer's ratings come back with the contact's id."""
        file = None
        if out.file is not None:
            data = base64.b64encode(out.file.data).decode()
            file = {"kind": out.file.kind, "name": out.file.name, "data": data}
        buttons = [{"text": str(score), "press": [out.contact.id, str(score)]} for score in range(1, 6)]
        answer = await self._call(
            "/send",
            {
                "chat": out.thread,
                "text": out.text,
                "file": file,
                "buttons": buttons if out.rating else [],
                "in_reply_to": out.in_reply_to,
            },
        )
        return Sent(answer["id"])

    async def typing(self, thread: str) -> None:
        """The customer sees it for a moment."""
        await self._call("/typing", {"chat": thread})

    async def rated(self, rated: Rated, code: str | None) -> None:
        """The customer is thanked, or told that it is too late."""
        await self._call("/send", {"chat": rated.thread, "text": say("rated" if code is None else "rating_over", None)})

    @asynccontextmanager
    async def fetch(self, reference: str) -> AsyncGenerator[Fetched]:
        """A file of the platform."""
        async with self._context.http.get(f"{self._url}/files/{reference}", headers=self._headers) as response:
            if response.status != 200:
                raise Rejected("gone")
            yield Fetched(response.content.iter_chunked(65_536), response.content_type, response.content_length)

    async def _call(self, path: str, body: Any) -> Any:
        async with (
            sending(),
            self._context.http.post(self._url + path, json=body, headers=self._headers) as response,
        ):
            said = await response.json()
            if response.status == 429:
                raise RetryAfter(said["retry_after"])
            if response.status != 200:
                raise Rejected(said["error"])
            return said


def _incoming(thread: str, said: Message) -> Incoming:
    return Incoming(
        thread=thread,
        external_id=said.id,
        customer=Customer(id=f"example:{thread}", name=said.name, language=said.language),
        sent_at_ms=said.at_ms,
        kind="image" if said.file else "text",
        text=said.text,
        attachments=(Attachment(kind="image", reference=said.file, bytes=said.bytes),) if said.file else (),
        in_reply_to=said.in_reply_to,
        author="agent" if said.ours else "customer",
        album=said.album,
    )
