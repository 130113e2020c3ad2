"""The engine's structs as the wire shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

import msgspec

from router.domain.command import TAKEN_WITHIN_MS
from router.domain.contact import Contact
from router.domain.message import Content
from router.domain.operation import CAPACITY
from router.domain.wire import answers, commands, conversations, phones
from router.domain.wire.moment import moment
from router.engine.acts.reading import GetAgent
from router.engine.engine import Answer
from router.kit.errors import Refusal

if TYPE_CHECKING:
    from router.domain.command import Command
    from router.domain.contact import AgentStatus
    from router.domain.estimate import Estimate
    from router.domain.events import Event
    from router.domain.message import Message
    from router.engine.engine import Engine
    from router.kit.clock import Clock
    from router.service.operations import Current

SHOWN_MS: Final = 1_000
"""So long ago is just now: until a contact's events have come."""
SHOWN_MAX: Final = 128
"""So many contacts are remembered as they were shown last."""

OFFER_ENDS = {
    "offer.declined": "declined",
    "offer.missed": "missed",
    "offer.undelivered": "undelivered",
    "offer.withdrawn": "withdrawn",
}
"""Event → the state in which it leaves an offer."""


class Shown(msgspec.Struct, frozen=True):
    """A contact as it stood when `answer` was given, and as it was shown by this process."""

    answer: Answer[Any]
    contact: Contact
    as_shown: answers.Contact
    at_ms: int


class Views:
    """Shows what an answer of the engine holds. Times of the workspace's clock become times of the wall."""

    def __init__(self, engine: Engine, current: Current, clock: Clock) -> None:
        self._engine = engine
        self._current = current
        self._clock = clock
        self._shown: dict[str, Shown] = {}
        """Contact → how it was shown last, the latest at the end."""

    async def contact(
        self, answer: Answer[Any], contact: Contact, position: int | None = None, estimate: Estimate | None = None
    ) -> answers.Contact:
        """A contact as it stood when `answer` was given."""
        is_plain = position is None and estimate is None
        before = self._shown.get(contact.id)
        if is_plain and before is not None and before.contact is contact:
            return before.as_shown
        connect = await self._connect(answer, contact) if _connects(contact) else None
        shown = self._contact(answer, contact, connect, position, estimate)
        if is_plain:
            self._remember(answer, contact, shown)
        return shown

    def _remember(self, answer: Answer[Any], contact: Contact, shown: answers.Contact) -> None:
        self._shown.pop(contact.id, None)
        self._shown[contact.id] = Shown(answer, contact, shown, self._clock.monotonic_ms())
        if len(self._shown) > SHOWN_MAX:
            del self._shown[next(iter(self._shown))]

    def just_shown(self, event: Event) -> Shown | None:
        """The event's contact as this process has just shown it, where that is how the event, or a later one, left it.

        Each event of a contact is a version of its own. So whoever tells of what an act of this process has done need
        not read again what it answered.
        """
        shown = self._shown.get(event.contact or "")
        if shown is None or event.version is None or shown.contact.version < event.version:
            return None
        # A server that has lost its last events gives their versions anew, and greater numbers.
        is_of_this_era = shown.answer.seq >= event.seq
        return shown if is_of_this_era and self._clock.monotonic_ms() - shown.at_ms <= SHOWN_MS else None

    def _contact(
        self,
        answer: Answer[Any],
        contact: Contact,
        connect: answers.Connect | None,
        position: int | None,
        estimate: Estimate | None,
    ) -> answers.Contact:
        at, body = _Wall(answer), contact.body
        assert body is not None
        needs, known = body.requirement, body.customer
        return answers.Contact(
            id=contact.id,
            version=contact.version,
            state=cast("Any", contact.state),
            channel=contact.channel,
            account=contact.account,
            medium=contact.medium,
            external_id=body.external_id,
            thread=contact.thread,
            session=cast("Any", contact.session),
            customer=answers.Customer(
                id=known.id, type=known.type, name=known.name, language=known.language, segment=known.segment
            ),
            # Kept as the JSON that it came as, byte for byte.
            attributes=cast("Any", msgspec.Raw(body.attributes.encode())),
            metadata=cast("Any", msgspec.Raw(body.metadata.encode())),
            tags=body.tags,
            queue=contact.queue,
            priority=contact.priority,
            requirement=answers.Needs(skills=needs.skills, powers=needs.powers, teams=needs.teams, agents=needs.agents),
            operation=contact.revision,
            step=contact.stage,
            held=contact.held,
            unroutable=None if contact.unroutable is None else answers.Unroutable(missing=contact.unroutable),
            position=position,
            estimated_wait_s=None if estimate is None else estimate.span,
            estimated_wait_reason=None if estimate is None else estimate.reason,
            offer=contact.offer_id if contact.state == "offered" else None,
            agent=contact.agent,
            connect=connect,
            notes=body.notes,
            not_before=moment(contact.not_before) if contact.not_before is not None else None,
            arrived_at=at.moment(contact.arrived),
            queued_at=at.known(contact.queued_at),
            assigned_at=at.known(contact.assigned_at),
            answered_at=at.known(contact.answered_at),
            ended_at=at.known(contact.ended_at),
            waited_s=(contact.waited + _still_waiting(answer.now, contact)) / 1000,
            outcome=cast("Any", contact.outcome),
            ended_by=cast("Any", contact.ended_by),
            disposition=contact.disposition,
            rating=contact.rating,
            comment=body.comment,
            messages=contact.messages or 0,
            asked_at=at.known(contact.asked_at),
            parked_at=at.known(contact.parked_at),
            reply_until=None if contact.reply_until is None else moment(contact.reply_until),
            rating_until=at.known(contact.rating_until),
        )

    def message(self, message: Message) -> conversations.Message:
        """A message as it stood."""
        content = message.content or Content()
        return conversations.Message(
            id=message.id,
            n=message.n,
            contact=message.contact,
            thread=message.thread,
            direction=message.direction,
            author=conversations.Author(role=cast("Any", message.role), id=message.author),
            external_id=message.external_id,
            kind=message.kind,
            text=content.text,
            attachments=tuple(
                conversations.Attachment(
                    kind=one.kind,
                    name=one.name,
                    mime=one.mime,
                    bytes=one.bytes,
                    url=one.url,
                    expires_at=None if one.expires_at is None else moment(one.expires_at),
                    unavailable=one.unavailable,
                )
                for one in content.attachments
            ),
            in_reply_to=message.in_reply_to,
            client_id=message.client_id,
            sent_at=moment(message.sent_at),
            state=message.state,
            code=message.code,
            edited_at=None if message.edited_at is None else moment(message.edited_at),
            deleted_at=None if message.deleted_at is None else moment(message.deleted_at),
        )

    def command(self, command: Command) -> commands.Command:
        """A command as it stood."""
        return commands.Command(
            id=command.id,
            contact=command.contact,
            do=command.do,
            args=command.args,
            state=command.state,
            code=command.code,
            detail=command.detail,
            by=answers.By(role=cast("Any", command.role), id=command.author),
            at=moment(command.at),
            until=moment(command.at + TAKEN_WITHIN_MS),
        )

    async def offer(self, answer: Answer[Any], contact: Contact) -> answers.Offer:
        """The pending offer of a contact."""
        at, operation = _Wall(answer), self._current.operation
        assert contact.offer_id is not None
        assert contact.agent is not None
        assert contact.made_at is not None
        medium = operation.media.get(contact.medium) or self._current.retired[contact.medium]
        return answers.Offer(
            id=contact.offer_id,
            state="pending",
            agent=contact.agent,
            queue=contact.queue,
            medium=contact.medium,
            made_at=at.moment(contact.made_at),
            delivered_at=at.known(contact.delivered_at),
            limit_s=medium.offer_ms / 1000,
            expires_at=at.known(contact.due),
            why=answers.Why(
                order=operation.order,
                ratio=None if contact.ratio is None else round(contact.ratio, 3),
                mode=medium.mode,
                candidates=contact.candidates,
                step=contact.stage or 0,
                last_agent=bool(contact.preferred),
            ),
            contact=await self.contact(answer, contact),
        )

    def agent(self, answer: Answer[Any], agent: AgentStatus) -> answers.Agent:
        """An agent as he stood, with his profile of the operation in force."""
        at, profile = _Wall(answer), self._current.operation.agents.get(agent.id)
        wrap_ups = [work.due for work in agent.burden.work if work.phase == "u" and work.due]
        return answers.Agent(
            id=agent.id,
            version=agent.version,
            name=profile.name if profile else agent.id,
            automatic=profile is not None and profile.automatic,
            group=profile.group if profile else None,
            presence=cast("Any", agent.presence),
            reason=agent.reason,
            next=None
            if agent.next is None
            else answers.Next(presence=cast("Any", agent.next), reason=agent.next_reason),
            state=cast("Any", agent.state),
            since=at.moment(agent.since),
            unresponsive=agent.unresponsive is not None,
            capacity=CAPACITY,
            load=agent.burden.load,
            connections=agent.burden.connections,
            at_phone=bool(agent.at_phone),
            device=self._device(at, agent),
            queues=profile.queues if profile else (),
            media=profile.media if profile else (),
            skills=profile.skills if profile else {},
            powers=profile.powers if profile else {},
            contacts=tuple(work.contact for work in agent.burden.work if work.phase == "a"),
            wrap_up_until=at.known(max(wrap_ups, default=None)),
            overlay=self._agent_overlay(agent.id),
        )

    def phone(self, answer: Answer[Any], agent: AgentStatus) -> phones.Phone:
        """An agent as whoever rings him knows him."""
        profile = self._current.operation.agents.get(agent.id)
        return phones.Phone(
            agent=agent.id,
            address=agent.device or (profile.phone if profile else None),
            at_phone=bool(agent.at_phone),
            signed_in=agent.is_signed_in(answer.now),
        )

    def event(self, answer: Answer[Any], event: Event) -> answers.Event:
        """An event of the stream."""
        return answers.Event(
            seq=event.seq,
            type=event.type,
            at=_Wall(answer).moment(event.at_ms),
            workspace=self._engine.workspace,
            contact=event.contact,
            version=event.version,
            offer=event.offer,
            agent=event.agent,
            queue=event.queue,
            channel=event.channel,
            account=event.account,
            by=answers.By(role=cast("Any", event.role), id=event.actor),
            data=event.data,
        )

    def queue_overlay(self, queue: str) -> answers.QueueOverlay | None:
        """What a supervisor has changed of a queue."""
        overlay = self._current.overlays.queues.get(queue)
        if overlay is None:
            return None
        return answers.QueueOverlay(
            open=overlay.open,
            notice=overlay.notice,
            until=None if overlay.until is None else moment(overlay.until),
            by=answers.By(role=overlay.role, id=overlay.author),
            at=moment(overlay.at),
        )

    def _agent_overlay(self, agent: str) -> answers.AgentOverlay | None:
        overlay = self._current.overlays.agents.get(agent)
        if overlay is None:
            return None
        return answers.AgentOverlay(
            queues=overlay.queues,
            media=overlay.media,
            skills=overlay.skills,
            powers=overlay.powers,
            phone=overlay.phone,
            until=None if overlay.until is None else moment(overlay.until),
            by=answers.By(role=overlay.role, id=overlay.author),
            at=moment(overlay.at),
        )

    def _device(self, at: _Wall, agent: AgentStatus) -> answers.Device | None:
        profile = self._current.operation.agents.get(agent.id)
        address = agent.device or (profile.phone if profile else None)
        if address is None:
            return None
        return answers.Device(address=address, state=agent.device_state, at=at.known(agent.device_at))

    async def _connect(self, answer: Answer[Any], contact: Contact) -> answers.Connect | None:
        medium = self._current.operation.media.get(contact.medium) or self._current.retired.get(contact.medium)
        if contact.agent is None or medium is None or medium.answered_by != "connected":
            return None
        try:
            agent = (await self._engine.do(GetAgent(agent=contact.agent))).result
        except Refusal:  # his record went with the operation
            return None
        at = _Wall(answer)
        device = self._device(at, agent)
        return answers.Connect(
            device=device.address if device else None, until=at.known(contact.due), attempt=contact.offer or 0
        )


class _Wall:
    """The wall by the workspace's clock, as an answer has both."""

    def __init__(self, answer: Answer[Any]) -> None:
        self._offset = answer.wall - answer.now

    def moment(self, at_ms: int) -> str:
        return moment(at_ms + self._offset)

    def known(self, at_ms: int | None) -> str | None:
        return None if at_ms is None else moment(at_ms + self._offset)


def _connects(contact: Contact) -> bool:
    """Whether its customer and its agent are being joined, where its medium asks for that."""
    return bool(contact.rings) or (contact.state == "assigned" and contact.answered_at is None)


def _still_waiting(now: int, contact: Contact) -> int:
    waits = contact.state in {"queued", "offered"} or (contact.state == "assigned" and contact.answered_at is None)
    return max(0, now - contact.queued_at) if waits and contact.queued_at is not None else 0
