"""The acts on conversations: messages, parking, what customers are told by themselves, and what is forgotten."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from router.domain.contact import Body
from router.domain.message import ORDER, Content
from router.domain.states import ENDED
from router.kit.errors import Refusal
from tests.model import messages, parking, reading, saying, talks, visits
from tests.model.acts_of_contacts import arrive, his, is_somebody_elses, known, must_be_current
from tests.model.answers import Later, of_contact, of_message
from tests.model.doors import is_open
from tests.model.leaving import end_commands
from tests.model.plans import unpacked
from tests.model.ready import is_automatic

if TYPE_CHECKING:
    from router.engine.acts import messages as acts
    from tests.model.acts_of_contacts import Done
    from tests.model.things import Contact, Message
    from tests.model.world import World


def receive(world: World, act: acts.Receive) -> Later:
    """A message comes: what came before changes nothing; else the thread's open contact has it, or a new one."""
    before = messages.find(world, act.channel, act.account, act.thread or "", act.message)
    if before is not None:
        return _received(*before, opened=False, repeated=True)
    contact = _open_in(world, act)
    opened = contact is None
    if contact is None:
        external_id = msgspec.msgpack.decode(act.body, type=Body).external_id
        for other in world.contacts.values():
            if (other.channel, other.account, other.external_id) == (act.channel, act.account, external_id):
                return _received(other, None, opened=False, repeated=True)
        if act.author == "agent":
            return _received(None, None, opened=False, repeated=True)
        must_be_current(world, act.revision)
        if act.contact in world.contacts:
            raise Refusal("exists")
        contact = arrive(world, act, external_id)
    ours = act.author == "agent"
    message = messages.add(
        world,
        contact,
        "message.received",
        direction="out" if ours else "in",
        role=act.author,
        author=None if ours else act.customer,
        state="sent" if ours else "received",
        kind=act.kind,
        content=msgspec.msgpack.decode(act.content, type=Content),
        sent_at=world.now if act.sent_at is None else act.sent_at,
        external_id=act.message,
        in_reply_to=act.in_reply_to,
    )
    contact.reply_until = act.reply_until or contact.reply_until
    if ours:
        talks.wrote(world, contact, automatic=False)
    else:
        talks.ask(world, contact)
        if contact.state == "parked":
            parking.come_back(world, contact, "customer")
    return _received(contact, message, opened=opened)


def _open_in(world: World, act: acts.Receive) -> Contact | None:
    """The thread's open contact."""
    for other in world.contacts.values():
        same = (other.channel, other.account, other.thread) == (act.channel, act.account, act.thread)
        if same and other.state not in ENDED:
            return other
    return None


def _received(contact: Contact | None, message: Message | None, *, opened: bool, repeated: bool = False) -> Later:
    return Later(lambda: (*_both(contact, message), opened), repeated)


def _both(contact: Contact | None, message: Message | None) -> tuple[object, object]:
    shown = None if contact is None else of_contact(contact)
    return shown, None if contact is None or message is None else of_message(contact, message)


def send(world: World, act: acts.Send) -> Later:
    """Somebody on our side writes to the customer, or notes something; once under each of his own names for it."""
    contact = his(world, act.contact, act.version)
    if world.by.role == "agent" and contact.state == "offered":
        raise Refusal("unknown_contact")
    author = world.by.id or world.by.role
    before = [one for one in contact.kept.values() if (one.author, one.client_id) == (author, act.client_id)]
    if act.client_id is not None and before:
        return Later(lambda: of_message(contact, before[0]), repeated=True)
    if not act.note:
        if contact.state in ENDED or contact.thread is None:
            raise Refusal("wrong_state")
        if messages.is_too_late(world, contact):
            raise Refusal("too_late")
    written = messages.add(
        world,
        contact,
        "message.noted" if act.note else "message.queued",
        direction="note" if act.note else "out",
        role=world.by.role,
        author=author,
        state="received" if act.note else "queued",
        kind=act.kind,
        content=msgspec.msgpack.decode(act.content, type=Content),
        sent_at=world.now,
        in_reply_to=act.in_reply_to,
        client_id=act.client_id,
    )
    if not act.note:
        _wrote(world, contact)
    return Later(lambda: of_message(contact, written))


def _wrote(world: World, contact: Contact) -> None:
    """The caller has written to the customer, which answers a contact that its agent answers so."""
    agent = world.agents.get(contact.agent or "") if world.by.role == "agent" else None
    automatic = agent is not None and is_automatic(world, agent)
    answers_so = contact.state == "assigned" and world.media[contact.medium].answered_by == "reply"
    if agent is not None and not automatic and answers_so and contact.answered_at is None:
        talks.answer(world, contact, world.now)
    talks.wrote(world, contact, automatic=automatic)


def revise(world: World, act: acts.Revise) -> Later:
    """A message was changed or is gone; what is older than the last change changes nothing."""
    found = messages.find(world, act.channel, act.account, act.thread, act.message)
    if found is None:
        return Later(lambda: (None, None), repeated=True)
    contact, message = found
    content = None if act.content is None else msgspec.msgpack.decode(act.content, type=Content)
    last = message.sent_at if message.edited_at is None else message.edited_at
    is_old = content is not None and (act.at < last or content == message.content)
    if message.deleted_at is not None or is_old:
        return Later(lambda: _both(contact, message), repeated=True)
    if content is None:
        message.deleted_at, message.content = act.at, Content()
        world.say_message("message.deleted", contact, n=message.n)
    else:
        message.edited_at, message.content = act.at, content
        world.say_message("message.edited", contact, n=message.n)
    return Later(lambda: _both(contact, message))


def message_state(world: World, act: acts.SetMessageState) -> Later:
    """What has become of a message that was to be sent."""
    contact = world.contacts.get(act.contact)
    message = contact.kept.get(act.n) if contact is not None else None
    if contact is None or message is None or message.direction != "out":
        raise Refusal("unknown_message")
    is_news = ORDER[act.state] > ORDER[message.state]
    is_news |= (message.state, act.state) in {("sent", "failed"), ("sending", "queued")}
    if is_news:
        message.state, message.code = act.state, act.code
        message.external_id = act.external_id or message.external_id
        world.say_message("message.state", contact, n=act.n, state=act.state, code=act.code)
    return Later(lambda: of_message(contact, message), repeated=not is_news)


def park(world: World, act: acts.Park) -> Done:
    """The conversation waits for its customer."""
    contact = his(world, act.contact, act.version)
    if contact.state == "parked":
        return contact, True
    if contact.state != "assigned" or contact.thread is None or contact.session is not None:
        raise Refusal("wrong_state")
    if contact.answered_at is None and not is_automatic(world, world.agents[contact.agent or ""]):
        raise Refusal("wrong_state")
    must_be_current(world, act.revision)
    contact.body, contact.plan, contact.stages = act.body, act.plan, unpacked(act.packed_plan)
    contact.unroutable, contact.revision = act.unroutable, act.revision
    parking.park(world, contact, act.queue)
    return contact, False


def resume(world: World, act: acts.Resume) -> Done:
    """The conversation waits for an agent again."""
    contact = his(world, act.contact, act.version)
    if contact.state != "parked":
        raise Refusal("wrong_state")
    parking.come_back(world, contact, "agent")
    return contact, False


def greet(world: World, act: acts.Greet) -> None:
    """The customer of a conversation that has just begun is told how it stands."""
    contact = world.contact(act.contact)
    closed = not is_open(world, world.queue(contact.queue))
    if contact.state in {"queued", "offered"}:
        wait = None if act.least is None or act.most is None else (act.least, act.most)
        saying.say(world, contact, "received", reading.position(world, contact) or 1, wait)
    elif contact.state == "scheduled" or (contact.state == "rejected" and closed):
        saying.say(world, contact, "closed")
    elif contact.state == "rejected" and contact.outcome != "blocked":
        saying.say(world, contact, "full")


def typing(world: World, act: acts.SayTyping) -> None:
    """Somebody is writing."""
    contact = world.contact(act.contact)
    if act.side == "agent" and is_somebody_elses(world, contact):
        raise Refusal("unknown_contact")
    if contact.state in ENDED:
        raise Refusal("wrong_state")
    world.say_message("message.typing", contact, side=act.side)


def erase(world: World, act: acts.Erase) -> Done:
    """The contact forgets who its customer is and what was said: not to be sent, nor answered again."""
    contact = known(world, act.contact, act.version)
    contact.body = act.body
    visits.belong_to(world, contact, None)
    for message in contact.kept.values():
        message.content = Content()
        message.deleted_at = world.now if message.deleted_at is None else message.deleted_at
        if message.role == "customer":
            message.author = None
        if messages.is_unsent(message):
            message.state, message.code = "failed", "erased"
    end_commands(world, contact, "erased")
    for command in contact.commands:
        command.args, command.detail = {}, None
    for key, (_, _, answer) in list(world.remembered.items()):
        if contact.id in {getattr(answer, "id", None), getattr(answer, "contact", None)}:
            del world.remembered[key]
    world.say_contact("contact.erased", contact)
    return contact, False
