"""An agent's desk: what it is told of its agent's work, and what it asks for."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Annotated, Any, Final

import msgspec
import structlog

from router.domain.wire.frames import (
    AgentFrame,
    AgentSnapshot,
    AnswerFrame,
    CommandFrame,
    ContactFrame,
    MessageFrame,
    OfferFrame,
    OfferGone,
    TypingFrame,
    answer_of,
)
from router.domain.wire.moment import moment
from router.domain.wire.requests import Id, Request
from router.engine.acts.agents import Acknowledge, Connect, Disconnect
from router.engine.acts.commands import GetCommand
from router.engine.acts.messages import GetMessage
from router.engine.acts.reading import GetWork
from router.engine.engine import Actor
from router.kit.errors import Fault, Refusal
from router.service.views import OFFER_ENDS
from router.web.calling import KEY_MAX, call_operation
from router.web.problems import malformed, problem_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from router.domain.contact import Contact
    from router.domain.events import Event
    from router.domain.wire import answers
    from router.engine.engine import Answer
    from router.service.served import Served
    from router.service.tokens import Known
    from router.web.operation import Operation

LEFT_HIM: Final = frozenset(
    {"contact.connect_failed", "contact.silent", "contact.requeued", "contact.transferred", "contact.interrupted",
     "contact.handed_over"}
)  # fmt: skip
"""What takes a contact from the agent who had it; the event names him."""

_log: Any = structlog.get_logger()


class Asked(msgspec.Struct, frozen=True):
    """What every frame of a desk says; its other fields are those of the operation's path and body."""

    id: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    do: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    key: Annotated[str, msgspec.Meta(min_length=1, max_length=KEY_MAX)] | None = None
    version: Annotated[int, msgspec.Meta(ge=0)] | None = None


class Ack(Request, frozen=True):
    """The desk has the offer; or every one that it was told of up to event `seq`."""

    seq: int | None = None
    offer: Id | None = None


Raws = dict[str, msgspec.Raw]

_RAWS: Final = msgspec.json.Decoder(Raws)
_ASKED: Final = msgspec.json.Decoder(Asked)
_ACK: Final = msgspec.json.Decoder(Ack)
_ID: Final = msgspec.json.Decoder(Id)


class Desk:
    """Reads the events of one agent, on one connection: a socket, or with `hold_ms` a poll."""

    kind = "agent"
    standby = False
    lease_s = None

    def __init__(
        self,
        served: Served,
        known: Known,
        agent: str,
        connection: str,
        operations: Mapping[str, Operation],
        hold_ms: int | None = None,
    ) -> None:
        self._served = served
        self._known = known
        self.agent = agent
        self._connection = connection
        self._operations = operations
        self._hold_ms = hold_ms
        self._told: dict[str, int] = {}
        """Offer → the number of the frame that told of it first, while it is neither over nor acknowledged."""
        self._shown: answers.Agent | None = None
        """The agent as the desk was told last."""

    def wanted(self, event: Event) -> bool:
        """What names him: his presence, his offers, his contacts, also what takes them from him."""
        return event.agent == self.agent

    async def take(self) -> int:
        """His desk is connected."""
        connect = Connect(
            agent=self.agent, connection=self._connection, process=self._served.process, hold_ms=self._hold_ms
        )
        return (await self._served.engine.do(connect)).seq

    async def give_up(self, silent_ms: int) -> None:
        """His desk is gone."""
        await self._served.engine.do(Disconnect(agent=self.agent, connection=self._connection, silent_ms=silent_ms))

    async def snapshot(self, *, resumed: bool) -> tuple[AgentSnapshot, int]:
        """All that he has."""
        answer = await self._served.engine.do(GetWork(agent=self.agent))
        agent, contacts = answer.result
        views = self._served.views
        offered = [contact for contact in contacts if contact.state == "offered"]
        shown = views.agent(answer, agent)
        snapshot = AgentSnapshot(
            seq=answer.seq,
            now=moment(answer.wall),
            resumed=resumed,
            agent=shown,
            offers=[await views.offer(answer, contact) for contact in offered],
            contacts=[await views.contact(answer, contact) for contact in contacts if contact.state != "offered"],
        )
        self._shown = shown
        self._told = {offer.id: answer.seq for offer in snapshot.offers if offer.delivered_at is None}
        return snapshot, answer.seq

    async def frames(self, events: list[Event]) -> list[Any]:
        """The offers that ended, the offers and contacts that changed as they stand now, and himself if he changed."""
        if not events:
            return []
        changed, views = _by_contact(events), self._served.views
        known = {contact: views.just_shown(about[-1]) for contact, about in changed.items()}
        stand = await self._served.standing.of((self.agent,), [one for one, shown in known.items() if shown is None])
        agent = stand.agents.get(self.agent)
        if agent is None:
            raise Refusal("unknown_agent", self.agent)
        offered = {work.contact for work in agent.burden.work if work.phase == "o"}
        # An offer that was accepted is over without an event of its own.
        self._told = {offer: seq for offer, seq in self._told.items() if offer.rpartition(".")[0] in offered}
        frames: list[Any] = [_gone(event) for event in events if event.type in OFFER_ENDS]
        frames += await self._messages(events, offered)
        for contact, about in changed.items():
            # What was answered while that was read may have left already, and nothing older is to follow it.
            shown, found = views.just_shown(about[-1]) or known[contact], stand.contacts.get(contact)
            if shown is not None:
                frames += await self._contact(shown.answer, shown.contact, about)
            elif found is not None:  # else it ended too long ago
                frames += await self._contact(stand.answer, found, about)
        frames.sort(key=lambda frame: frame.seq)
        himself = views.agent(stand.answer, agent)
        if himself != self._shown:
            self._shown = himself
            frames.append(AgentFrame(seq=events[-1].seq, agent=himself))
        return frames

    async def _contact(
        self, answer: Answer[Any], found: Contact, events: list[Event]
    ) -> list[OfferFrame | ContactFrame]:
        """The frame of a contact that is or was his. What he was only offered, and is no more, is not his to see."""
        seq, views = events[-1].seq, self._served.views
        if found.agent == self.agent and found.state == "offered":
            offer = await views.offer(answer, found)
            if offer.delivered_at is None:
                self._told.setdefault(offer.id, seq)
            return [OfferFrame(seq=seq, offer=offer)]
        if found.agent == self.agent or any(event.type in LEFT_HIM for event in events):
            return [ContactFrame(seq=seq, contact=await views.contact(answer, found))]
        return []

    async def _messages(self, events: list[Event], only_offered: set[str]) -> list[Any]:
        """A frame for each message and command that is new or has changed, as it stands, and for who is writing.

        What is said in a contact that he is only offered he sees when he has it.
        """
        frames: dict[tuple[str, str, int], Any] = {}
        for event in events:
            contact = event.contact
            if contact is None or contact in only_offered or event.version is not None:
                continue
            if event.type == "message.typing":
                if event.data["side"] == "customer":
                    frames["typing", contact, 0] = TypingFrame(seq=event.seq, contact=contact, by="customer")
                continue
            with contextlib.suppress(Refusal):  # it is no longer kept
                kind, n = event.type.partition(".")[0], event.data["n"]
                frames[kind, contact, n] = await self._numbered(kind, event.seq, contact, n)
        return list(frames.values())

    async def _numbered(self, kind: str, seq: int, contact: str, n: int) -> MessageFrame | CommandFrame:
        """The frame of a contact's message or command, as it stands."""
        engine, views = self._served.engine, self._served.views
        if kind == "command":
            command = (await engine.do(GetCommand(contact=contact, n=n))).result
            return CommandFrame(seq=seq, command=views.command(command))
        return MessageFrame(seq=seq, message=views.message((await engine.do(GetMessage(contact=contact, n=n))).result))

    async def acknowledge(self, after: int) -> None:
        """A poll that goes on after an offer's event has had the offer."""
        answer = await self._served.engine.do(GetWork(agent=self.agent))
        agent, contacts = answer.result
        for contact in contacts:
            if contact.state == "offered" and contact.delivered_at is None and (agent.last_offer or 0) <= after:
                with contextlib.suppress(Refusal):  # it has just ended, and a frame will tell
                    await self._acknowledge(contact.offer_id or "")

    async def receive(self, raw: bytes) -> AnswerFrame:
        """What the asked operation answers. Whatever is wrong with the frame is an answer too."""
        to: str | None = None
        try:
            said = _decoded(raw, _RAWS)
            to = _id_of(said)
            asked = _decoded(raw, _ASKED)
            rest = {name: value for name, value in said.items() if name not in Asked.__struct_fields__}
            return await self._do(asked, rest)
        except (Refusal, Fault) as error:
            problem = problem_of(error)
            self._served.own.refused[problem.code] += 1
            return answer_of(to, problem)
        except Exception as error:  # noqa: BLE001 - the desk is told, and goes on
            _log.error("frame_broke", exc_info=error)
            return answer_of(to, problem_of(Refusal("internal")))

    async def _do(self, asked: Asked, rest: Raws) -> AnswerFrame:
        if asked.do == "ack":
            return AnswerFrame(to=asked.id, status=200, body=await self._ack(_decoded(msgspec.json.encode(rest), _ACK)))
        operation = self._operations.get(asked.do)
        if operation is None:
            raise Refusal("malformed", f"there is no such do; there are ack, {', '.join(self._operations)}")
        path = {name: self._parameter(name, rest) for name in operation.parameters}
        reply = await call_operation(
            self._served,
            operation,
            self._known,
            path=path,
            query={},
            raw=msgspec.json.encode(rest),
            key=asked.key,
            version=None if asked.version is None else str(asked.version),
        )
        return AnswerFrame(to=asked.id, status=reply.status or operation.status, body=reply.body)

    def _parameter(self, name: str, rest: Raws) -> str:
        """A parameter of the operation's path: the agent is himself, anything else stands in the frame."""
        if name == "agent":
            return self.agent
        if name not in rest:
            raise Refusal("malformed", f"there is no {name}")
        return _decoded(rest.pop(name), _ID)

    async def _ack(self, said: Ack) -> msgspec.Struct | None:
        """The last of the acknowledged contacts; null where no offer was still to be acknowledged."""
        if (said.seq is None) == (said.offer is None):
            raise Refusal("malformed", "ack says seq or offer")
        offers = [said.offer] if said.offer else [offer for offer, seq in self._told.items() if seq <= (said.seq or 0)]
        shown = None
        for offer in offers:
            answer = await self._acknowledge(offer)
            shown = await self._served.views.contact(answer, answer.result)
        return shown

    async def _acknowledge(self, offer: str) -> Answer[Contact]:
        answer = await self._served.engine.do(Acknowledge(offer=offer), Actor("agent", self.agent))
        self._told.pop(offer, None)
        return answer


def _gone(event: Event) -> OfferGone:
    state: Any = OFFER_ENDS[event.type]
    return OfferGone(seq=event.seq, offer=event.offer or "", state=state, reason=event.data.get("reason"))


def _by_contact(events: Iterable[Event]) -> dict[str, list[Event]]:
    found: dict[str, list[Event]] = {}
    for event in events:
        if event.contact is not None and event.version is not None:
            found.setdefault(event.contact, []).append(event)
    return found


def _id_of(said: Raws) -> str | None:
    """The id to answer to, where there is a readable one."""
    try:
        return msgspec.json.decode(said["id"], type=str)
    except (KeyError, msgspec.DecodeError, UnicodeDecodeError):
        return None


def _decoded(raw: bytes | msgspec.Raw, decoder: msgspec.json.Decoder[Any]) -> Any:
    try:
        return decoder.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise malformed(error) from None
