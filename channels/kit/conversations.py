"""What the kit knows of the account's conversations: the open contact of each thread, and which message is which."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from channels.kit.remembered import Remembered
from channels.kit.router import Refused
from router.domain.states import ENDED
from router.domain.wire.answers import Contact
from router.domain.wire.conversations import Messages

if TYPE_CHECKING:
    from channels.kit.router import RouterClient

CONTACTS_KEPT: Final = 20_000
MESSAGES_KEPT: Final = 100_000
SENT_KEPT: Final = 100
"""Of one thread: those that may still be delivered or read."""


class Conversations:
    """It is filled by the socket and by what the router answers, and asks the router for what it has not heard of."""

    def __init__(self, router: RouterClient) -> None:
        self._router = router
        self._contacts: Remembered[str, Contact] = Remembered(CONTACTS_KEPT)
        self._open: Remembered[str, str] = Remembered(CONTACTS_KEPT)
        self._ids: Remembered[tuple[str, str], str] = Remembered(MESSAGES_KEPT)
        self._external: Remembered[str, str] = Remembered(MESSAGES_KEPT)
        self._sent: Remembered[str, list[tuple[str, str]]] = Remembered(CONTACTS_KEPT)
        self.asked: Remembered[str, str] = Remembered(CONTACTS_KEPT)
        """By thread, the contact that its customer was asked to rate with a digit."""

    def hear(self, contact: Contact) -> None:
        """A contact as it stands."""
        known = self._contacts.get(contact.id)
        if contact.thread is None or (known is not None and known.version > contact.version):
            return
        self._contacts[contact.id] = contact
        if contact.state not in ENDED:
            self._open[contact.thread] = contact.id
        elif self._open.get(contact.thread) == contact.id:
            self._open.forget(contact.thread)

    def note(self, thread: str, external_id: str, message: str) -> None:
        """A message of the router's has this id on the platform; one that was sent in parts has several."""
        self._ids[thread, external_id] = message
        if message not in self._external:
            self._external[message] = external_id

    def sent(self, thread: str, external_id: str, message: str) -> None:
        """A message of the router's was sent, or a part of it."""
        self.note(thread, external_id, message)
        self._sent[thread] = [*(self._sent.get(thread) or [])[1 - SENT_KEPT :], (external_id, message)]

    def seen(self, thread: str, upto_external_id: str, state: str) -> list[str]:
        """The messages that were sent in the thread up to this one; those that were read are not told again."""
        sent = self._sent.get(thread) or []
        upto = next((index for index, one in enumerate(sent, 1) if one[0] == upto_external_id), 0)
        if state == "read" and upto:
            self._sent[thread] = sent[upto:]
        return list(dict.fromkeys(message for _, message in sent[:upto]))

    def message(self, thread: str, external_id: str) -> str | None:
        """The router's id of a message, if it is remembered."""
        return self._ids.get((thread, external_id))

    def open(self, thread: str) -> str | None:
        """The thread's open contact."""
        return self._open.get(thread)

    @staticmethod
    def path(contact_id: str, tail: str = "") -> str:
        """Where a contact is, whoever said its id."""
        return f"/contacts/{quote(contact_id, safe='')}{tail}"

    async def of(self, contact_id: str) -> Contact:
        """The contact, as it was when it was last heard of. Raises `Refused`."""
        return self._contacts.get(contact_id) or await self._fresh(contact_id)

    async def external_id(self, message: str) -> str | None:
        """The platform's id of a message of the router's; None where it has none."""
        if message not in self._external:
            contact, _, n = message.partition(".m")
            path = self.path(contact, f"/messages?after={int(n) - 1 if n.isdecimal() else 0}&limit=1")
            try:
                found = await self._router.call("GET", path, None, Messages)
            except Refused:
                return None
            for one in found.items:
                if one.id == message and one.external_id is not None:
                    self._external[message] = one.external_id
        return self._external.get(message)

    async def contact(self, thread: str) -> Contact | None:
        """The thread's open contact as it is now, with its place and estimate; None where none is open."""
        known = self._open.get(thread)
        try:
            return None if known is None else await self._fresh(known)
        except Refused:
            return None

    async def speak(self, thread: str, language: str) -> None:
        """The customer of the thread's open contact wants this language; nothing happens where none is open."""
        known = self._open.get(thread)
        if known is not None:
            body: dict[str, Any] = {"customer": {"language": language}}
            self.hear(await self._router.call("PATCH", self.path(known), body, Contact))

    async def _fresh(self, contact_id: str) -> Contact:
        found = await self._router.call("GET", self.path(contact_id), None, Contact)
        self.hear(found)
        return found
