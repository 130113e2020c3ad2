"""What people do in a story's conversations: they write, note, park, forget, and ask their channel for something."""

from __future__ import annotations

from typing import Any

import msgspec

from router.domain.customer import Customer
from router.domain.message import Content
from router.domain.new import NewContact, NewMessage
from router.engine.acts import commands, messages
from tests.helpers.floor import ADAPTER, SUPERVISOR
from tests.helpers.stage import Stage


class Conversing(Stage):
    """A stage on which customers and agents write to each other."""

    async def write(
        self,
        name: str,
        thread: str,
        channel: str = "telegram",
        *,
        account: str = "main",
        customer: str | None = None,
        language: str | None = None,
        text: str = "hello",
        ours: bool = False,
        ago_ms: int | None = None,
        replies_for_ms: int | None = None,
        queue: str | None = None,
        as_id_of: str | None = None,
    ) -> None:
        """A message comes in a thread, from the customer or, `ours`, from our side elsewhere; twice is a repetition.

        A contact that begins with it has its name. The channel lets us reply for so long.
        """
        self._ids.old = self._id(as_id_of) if as_id_of else None
        sent_at = None if ago_ms is None else self.twin.now - ago_ms
        new = NewContact(
            channel=channel,
            external_id=f"{thread}/{name}",
            account=account,
            thread=thread,
            customer=Customer(id=customer, language=language),
            arrived_at=sent_at,
            queue=queue,
        )
        message = NewMessage(
            message=name,
            author="agent" if ours else "customer",
            kind="text",
            content=Content(text),
            sent_at=sent_at,
            in_reply_to=None,
            reply_until=None if replies_for_ms is None else self.twin.now + replies_for_ms,
        )
        self._number += 1
        service = await self._router("router-1")
        answer = await self._try("receive", service.receive(new, message, ADAPTER, self.twin.now))
        if answer is not None and answer.result[2]:
            self.names.setdefault(name, answer.result[0].id)

    async def greet(self, contact: str, least: int | None = None, most: int | None = None) -> None:
        """The customer is told how it stands."""
        await self._do(messages.Greet(contact=self._id(contact), least=least, most=most))

    async def send(
        self,
        contact: str,
        text: str,
        *,
        by: str | None = None,
        supervisor: bool = False,
        client_id: str | None = None,
        note: bool = False,
        behind: int | None = None,
    ) -> None:
        """The contact's agent, or the supervisor, writes to the customer, or notes something."""
        act = messages.Send(
            contact=self._id(contact),
            version=self._version(contact, behind),
            kind="text",
            content=msgspec.msgpack.encode(Content(text)),
            in_reply_to=None,
            client_id=client_id,
            note=note,
        )
        await self._do(act, SUPERVISOR if supervisor else self._agent(contact, by))

    async def revise(
        self,
        message: str,
        thread: str,
        text: str | None,
        channel: str = "telegram",
        *,
        account: str = "main",
        ago_ms: int = 0,
    ) -> None:
        """A message was changed so long ago, or is gone (no text)."""
        await self._do(messages.GetKnown(channel=channel, account=account, thread=thread, message=message))
        content = None if text is None else msgspec.msgpack.encode(Content(text))
        act = messages.Revise(
            channel=channel, account=account, thread=thread, message=message, content=content, at=self.twin.now - ago_ms
        )
        await self._do(act, ADAPTER)

    async def message_state(
        self, contact: str, n: int, state: Any, *, external_id: str | None = None, code: str | None = None
    ) -> None:
        """The adapter says what has become of a message."""
        act = messages.SetMessageState(contact=self._id(contact), n=n, state=state, external_id=external_id, code=code)
        await self._do(act, ADAPTER)

    async def park(self, contact: str, *, by: str | None = None, behind: int | None = None, key: str = "") -> None:
        """An agent lets a conversation wait for its customer."""
        service = await self._router("router-1")
        version = self._version(contact, behind)
        parked = service.park(self._id(contact), self._agent(contact, by), version, self._key(key, contact))
        await self._try("park", parked)

    async def resume(self, contact: str, *, by: str | None = None, behind: int | None = None) -> None:
        """An agent takes a conversation up again."""
        act = messages.Resume(contact=self._id(contact), version=self._version(contact, behind))
        await self._do(act, self._agent(contact, by))

    async def typing(self, contact: str, side: Any, *, by: str | None = None) -> None:
        """Somebody is writing."""
        act = messages.SayTyping(contact=self._id(contact), side=side)
        await self._do(act, self._agent(contact, by) if side == "agent" else ADAPTER)

    async def erase(self, customer: str) -> None:
        """A customer is forgotten, and all that he said."""
        service = await self._router("router-1")
        await self._try("erase", service.erase(customer, SUPERVISOR))

    async def instruct(
        self,
        contact: str,
        word: Any,
        *,
        by: str | None = None,
        supervisor: bool = False,
        behind: int | None = None,
        key: str = "",
    ) -> None:
        """The contact's agent, or the supervisor, asks its channel to do something."""
        args = msgspec.msgpack.encode({"digits": "1#"} if word == "digits" else {})
        act = commands.Instruct(contact=self._id(contact), version=self._version(contact, behind), word=word, args=args)
        actor = SUPERVISOR if supervisor else self._agent(contact, by)
        await self._do(act, actor, self._key(key, repr(act)))

    async def command_state(self, contact: str, n: int, state: Any, code: str | None = None) -> None:
        """The adapter says what has become of a command."""
        act = commands.SetCommandState(contact=self._id(contact), n=n, state=state, code=code, detail=code)
        await self._do(act, ADAPTER)
        await self._do(commands.GetCommand(contact=self._id(contact), n=n))

    async def ask_messages(self, contact: str, after: int = 0, most: int = 3) -> None:
        """Somebody reads what was said in a contact, and an adapter what it has to send."""
        await self._do(messages.GetMessages(contact=self._id(contact), after=after, most=most))
        await self._do(messages.GetMessage(contact=self._id(contact), n=after + 1))
        await self._do(messages.GetOutbox(channel="telegram", account="main", most=most))
