"""Random steps of a story: every call of `Play`, mostly where it makes sense, now and then where it does not."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from router.domain.states import ENDED
from router.engine.limits import LIMITS
from tests.helpers.choices import CUSTOMERS, NothingFits
from tests.helpers.operations import AGENTS, CHANNELS, changed_operation, changes_between
from tests.helpers.play import Step
from tests.helpers.steps_of_calls import CallSteps
from tests.model.ready import is_there

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from tests.helpers.play import Play
    from tests.model.things import Contact

ROUTERS = ("router-1", "router-2")
LINES = ("desk", "phone")
SESSIONS = tuple(name for name, channel in CHANNELS.items() if channel.get("session"))
OPEN_ENOUGH = 40
"""With so many contacts open, no more arrive."""


class Steps(CallSteps):
    """The next step of a story, by what the story has come to."""

    def __init__(self, rng: Random, play: Play) -> None:
        super().__init__(rng, play)
        self.taken: list[Step] = []
        self._mood: dict[Callable[[Steps], Step], int] = {}

    def next(self) -> Step:
        """The next step."""
        if self.chance(3):
            self._mood = self.rng.choice(MOODS)
        step = self._next()
        self.taken.append(step)
        return step

    def _next(self) -> Step:
        if self.chance(15) and self.somebody_away():
            return self.sign_in()
        if self.chance(40) and not self._mood:
            urgent = self.rng.choice(URGENT)
            with suppress(NothingFits):
                return urgent(self)
        weights = [self._mood.get(kind, 1) * weight for kind, weight in KINDS]
        while True:
            with suppress(NothingFits):
                return self.rng.choices([kind for kind, _ in KINDS], weights)[0](self)

    def post(self) -> Step:
        open_now = sum(contact.state not in ENDED for contact in self.play.world.contacts.values())
        if open_now >= OPEN_ENOUGH * (1 if len(self.play.document["agents"]) <= len(AGENTS) else 3):
            return self.complete()
        if self.posted and self.chance(4):
            name = f"c{self.rng.randint(max(1, self.posted - 5), self.posted)}"
            return Step("post", (name,), self.options(queue=self.queue()))
        self.posted += 1
        options = self.options(
            queue=self.queue() if self.chance(60) else None,
            medium=self.rng.choice(["voice", "chat", "mail"]) if self.chance(4) else None,
            customer=self.rng.choice(CUSTOMERS) if self.chance(40) else None,
            kind="vip" if self.chance(15) else None,
            ago_ms=self.rng.choice([1, 1000, 9999, 40_000, 4_000_000, -5000]) if self.chance(20) else None,
            after_ms=self.rng.choice([1, 5000, 30_000, -1]) if self.chance(6) else None,
            priority=self.rng.randint(-10, 10) if self.chance(25) else None,
            requirement=self.requirement(),
            thread=self.rng.choice(["t1", "t2", "t3"]) if self.chance(15) else None,
            account="second" if self.chance(8) else None,
            attributes=self.attributes() if self.chance(25) else None,
            router="router-2" if self.chance(20) else None,
            key=self.key(),
        )
        return Step("post", (f"c{self.posted}", self.rng.choice(list(CHANNELS))), options)

    def attributes(self) -> dict[str, Any]:
        return {"topic": self.rng.choice(["refund", "any"]), "amount": self.rng.choice([20, 100, 5000, "much"])}

    def repeat(self) -> Step:
        return Step("post", (f"c{self.rng.randint(1, max(1, self.posted))}",), {"external_id": f"c{self.posted}"})

    def post_old_id(self) -> Step:
        self.posted += 1
        name, _ = self.contact("queued", "assigned", "closed")
        return Step("post", (f"c{self.posted}",), {"as_id_of": name})

    def again(self) -> Step:
        """The very same as a moment ago."""
        if not self.taken:
            raise NothingFits
        return self.rng.choice(self.taken[-12:])

    def acknowledge(self) -> Step:
        name, contact = self.contact("offered")
        return Step("acknowledge", (name,), self.options(by=self.by(), offer=self.old_offer(contact)))

    def accept(self) -> Step:
        name, contact = self.contact("offered")
        options = self.options(by=self.by(), offer=self.old_offer(contact), behind=self.behind(), key=self.key())
        return Step("accept", (name,), options)

    def decline(self) -> Step:
        name, contact = self.contact("offered")
        reason = self.rng.choice([None, "busy", "lunch"])
        return Step("decline", (name,), self.options(reason=reason, by=self.by(), offer=self.old_offer(contact)))

    def old_offer(self, contact: Contact | None) -> int | None:
        return self.rng.randint(0, contact.offers + 1) if contact is not None and self.chance(8) else None

    def complete(self) -> Step:
        name, _ = self.contact("assigned")
        if self.chance(15):
            name, _ = self.contact("closed", "closed", "parked")
        disposition = self.rng.choice([None, "resolved", "call_back"])
        options = self.options(disposition=disposition, behind=self.behind(), key=self.key(), by=self.by())
        if self.chance(20):
            options["tags"] = ("angry",)
        if self.chance(20):
            options["seen"] = self.rng.randint(0, 3)
        if self.chance(15):
            options["hung_up"] = True
        return Step("complete", (name,), options)

    def left(self) -> Step:
        name, _ = self.contact("queued", "offered", "assigned", "scheduled", "parked")
        ago_ms = self.rng.choice([0, 700, 60_000, -500]) if self.chance(30) else None
        lost = True if self.chance(10) else None
        return Step("left", (name,), self.options(ago_ms=ago_ms, lost=lost, behind=self.behind()))

    def cancel(self) -> Step:
        name, _ = self.contact("queued", "offered", "assigned", "scheduled", "parked")
        return Step("cancel", (name,), self.options(behind=self.behind(), key=self.key()))

    def requeue(self) -> Step:
        name, _ = self.contact("assigned", "offered")
        return Step("requeue", (name,), self.options(behind=self.behind(), key=self.key()))

    def reprioritise(self) -> Step:
        name, _ = self.contact("queued", "offered", "scheduled")
        return Step("reprioritise", (name, self.rng.randint(-10, 10)), self.options(behind=self.behind()))

    def transfer(self) -> Step:
        name, _ = self.contact("assigned", "assigned", "queued", "offered")
        to_agent = self.chance(40)
        options = self.options(
            queue=self.queue() if not to_agent or self.chance(30) else None,
            agent=self.agent() if to_agent else None,
            requirement=self.requirement(),
            reason="reassigned" if to_agent and self.chance(30) else None,
            by_keys=True if self.chance(20) else None,
            behind=self.behind(),
        )
        return Step("transfer", (name,), options)

    def patch(self) -> Step:
        name, _ = self.contact("queued", "offered", "scheduled", "assigned", "parked", "closed")
        options = self.options(
            kind=self.rng.choice(["vip", "private"]) if self.chance(50) else None,
            customer=self.rng.choice(CUSTOMERS) if self.chance(30) else None,
            attributes=self.attributes() if self.chance(60) else None,
            behind=self.behind(),
        )
        return Step("patch", (name,), options)

    def rate(self) -> Step:
        name, _ = self.contact("closed", "closed", "abandoned")
        return Step(
            "rate", (name, self.rng.choice([1, 3, 5, 5])), self.options(comment=self.rng.choice([None, "fine"]))
        )

    def ask(self) -> Step:
        name, contact = self.contact("queued", "offered", "assigned", "closed")
        account = self.options(account=contact.account if contact and contact.account != "main" else None)
        return self.rng.choice(
            [
                Step("ask", (name, contact.channel if contact else "phone"), account),
                Step("ask_agent", (self.agent(),)),
                Step("ask_messages", (name, self.rng.choice([0, 2]))),
                Step("ask_queue", (self.queue(),)),
                Step("ask_channel", (self.rng.choice(SESSIONS), name, "nobody"), {"behind": self.rng.choice([0, 20])}),
            ]
        )

    def sign_in(self) -> Step:
        away = [agent.id for agent in self.play.world.agents.values() if not is_there(agent)]
        return Step("sign_in", (self.rng.choice(away) if away else self.agent(), self.rng.choice(ROUTERS)))

    def connect(self) -> Step:
        hold_ms = self.rng.choice([1000, 20_000]) if self.chance(30) else None
        line = self.rng.choice(LINES)
        return Step("connect", (self.agent(), line, self.rng.choice(ROUTERS)), self.options(hold_ms=hold_ms))

    def disconnect(self) -> Step:
        silent_ms = self.rng.choice([4000, 15_000, 20_000]) if self.chance(40) else None
        return Step("disconnect", (self.agent(), self.rng.choice(LINES)), self.options(silent_ms=silent_ms))

    def presence(self) -> Step:
        presence = self.rng.choice(["available", "available", "break", "offline"])
        options = self.options(
            reason=self.rng.choice(["lunch", "training"]) if self.chance(30) else None,
            later=True if self.chance(40) else None,
            device=self.rng.choice(["p1", "p2"]) if self.chance(10) else None,
        )
        return Step("presence", (self.agent(), presence), options)

    def device(self) -> Step:
        state = self.rng.choice(["idle", "idle", "in_use", "ringing", "unreachable"])
        return Step("device", (self.agent(), state), {} if self.chance(80) else {"address": "p2"})

    def ready(self) -> Step:
        return Step("ready", (self.agent(),))

    def channel_open(self) -> Step:
        down = [one for one in self.play.world.accounts.values() if one.holder is None]
        channel = self.rng.choice((*SESSIONS, "phone")) if not self.chance(5) else "telepathy"
        account = "second" if self.chance(20) else None
        if down and self.chance(60):
            chosen = self.rng.choice(down)
            channel, account = chosen.channel, chosen.account if chosen.account != "main" else None
        options = self.options(
            account=account,
            holder=self.rng.choice(["one", "other"]) if self.chance(60) else None,
            again=True if self.chance(20) else None,
        )
        return Step("channel_open", (channel, self.rng.choice(LINES), self.rng.choice(ROUTERS)), options)

    def channel_close(self) -> Step:
        options = {"account": "second"} if self.chance(20) else {}
        return Step("channel_close", (self.rng.choice((*SESSIONS, "phone")), self.rng.choice(LINES)), options)

    def channel_status(self) -> Step:
        detail = self.rng.choice([None, "slow"])
        channel = self.rng.choice(list(CHANNELS)) if not self.chance(10) else "telepathy"
        retries = self.options(retries=self.rng.choice([None, 0, 3]))
        return Step("channel_status", (channel, self.rng.choice(["up", "degraded"]), detail), retries)

    def process_put(self) -> Step:
        options = self.options(
            account="second" if self.chance(20) else None,
            ago_ms=self.rng.choice([None, 1, 20_000]),
            ends=True if self.chance(20) else None,
        )
        return Step("process_put", (self.rng.choice(ROUTERS), self.rng.choice((*SESSIONS, "phone"))), options)

    def customer(self) -> Step:
        name = self.rng.choice(CUSTOMERS)
        if self.chance(30):
            return Step("forget", (name,))
        return Step("customer", (name,), {"blocked": True} if self.chance(25) else {"type": "vip"})

    def era(self) -> Step:
        return Step("era", (self.rng.choice(["one", "other"]),))

    def alive(self) -> tuple[str, ...]:
        """The router processes that live on while time passes."""
        return ROUTERS if not self.chance(3) else self.rng.choice([ROUTERS[:1], ROUTERS[1:], ()])

    def renew(self) -> Step:
        return Step("renew", (self.rng.choice(ROUTERS),))

    def advance(self) -> Step:
        ms = self.rng.choice([1, 10, 300, 1000, 2999, 3000, 7000, 10_000, 15_000, 20_000, 60_000])
        return Step("advance", (ms, *self.alive()))

    def until_due(self) -> Step:
        return Step("until_due", (self.rng.choice([0, 0, 0, 0, 0, -1, 1]), *self.alive()))

    def long(self) -> Step:
        alive = self.alive() if self.chance(70) else ()
        return Step("advance", (self.rng.choice([130_000, 300_000]), *alive))

    def very_long(self) -> Step:
        return Step("advance", (self.rng.choice([3_600_000, 9 * 86_400_000, 31 * 86_400_000]),))

    def stay_away(self) -> Step:
        """A customer who was served does not come back."""
        if not any(one.state == "closed" and one.due is not None for one in self.play.world.contacts.values()):
            raise NothingFits
        return Step("advance", (LIMITS["return_ms"],))

    def apply(self) -> Step:
        document = changed_operation(self.rng, dict(self.play.document))
        changes = changes_between(self.play.document, document)
        return Step("apply", (changes,), {"dies": True} if self.chance(25) else {})

    def apply_late(self) -> Step:
        return self.rng.choice([Step("apply_late", (1,)), Step("apply_late", (0,)), Step("on_another_clock")])


KINDS: list[tuple[Callable[[Steps], Step], int]] = [
    (Steps.post, 110),
    (Steps.repeat, 3),
    (Steps.acknowledge, 50),
    (Steps.accept, 80),
    (Steps.decline, 30),
    (Steps.answered, 60),
    (Steps.picked_up, 40),
    (Steps.connect_failed, 45),
    (Steps.interrupted, 20),
    (Steps.handover, 25),
    (Steps.phone_in, 25),
    (Steps.phone_out, 6),
    (Steps.complete, 60),
    (Steps.left, 20),
    (Steps.cancel, 8),
    (Steps.requeue, 12),
    (Steps.reprioritise, 15),
    (Steps.transfer, 25),
    (Steps.patch, 15),
    (Steps.rate, 8),
    (Steps.sign_in, 45),
    (Steps.connect, 12),
    (Steps.disconnect, 12),
    (Steps.presence, 25),
    (Steps.device, 15),
    (Steps.ready, 20),
    (Steps.channel_open, 25),
    (Steps.channel_close, 8),
    (Steps.channel_status, 4),
    (Steps.process_put, 4),
    (Steps.customer, 4),
    (Steps.renew, 4),
    (Steps.advance, 70),
    (Steps.until_due, 90),
    (Steps.long, 5),
    (Steps.very_long, 1),
    (Steps.stay_away, 20),
    (Steps.apply, 12),
    (Steps.apply_late, 2),
    (Steps.era, 6),
    (Steps.post_old_id, 2),
    (Steps.write, 90),
    (Steps.greet, 25),
    (Steps.send, 60),
    (Steps.revise, 12),
    (Steps.message_state, 30),
    (Steps.park, 20),
    (Steps.resume, 5),
    (Steps.come_back, 10),
    (Steps.typing, 6),
    (Steps.erase, 5),
    (Steps.instruct, 60),
    (Steps.command_state, 25),
    (Steps.again, 25),
    (Steps.ask, 25),
]
"""Every kind of step and how often it is taken."""

URGENT: list[Callable[[Steps], Step]] = [
    Steps.acknowledge,
    Steps.accept,
    Steps.accept,
    Steps.answered,
    Steps.answered,
    Steps.picked_up,
    Steps.picked_up,
    Steps.handover,
    Steps.park,
    Steps.come_back,
]
"""What is mostly done where it can be, so that contacts come far."""

MOODS: list[dict[Callable[[Steps], Step], int]] = [
    {},
    {},
    {Steps.decline: 15, Steps.accept: 0},
    {Steps.acknowledge: 5, Steps.accept: 0, Steps.decline: 0, Steps.until_due: 3},
    {Steps.post: 4, Steps.advance: 0, Steps.until_due: 0},
    {Steps.post: 0, Steps.complete: 3, Steps.sign_in: 3},
    {Steps.phone_in: 5, Steps.sign_in: 0, Steps.channel_open: 3, Steps.handover: 3, Steps.interrupted: 3},
    {Steps.post: 0, Steps.write: 4, Steps.send: 4, Steps.park: 3, Steps.accept: 3, Steps.complete: 2},
    {Steps.post: 0, Steps.write: 6, Steps.accept: 4, Steps.send: 3, Steps.until_due: 2, Steps.left: 0},
]
"""How much more, or less, often steps are taken for a while.

Agents who decline or sleep, a storm, a quiet time, agents at their phones, conversations, and some in which agents fall
silent.
"""
