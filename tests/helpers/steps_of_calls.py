"""Random steps of calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.helpers.choices import NothingFits
from tests.helpers.play import Step
from tests.helpers.steps_of_conversations import ConversationSteps
from tests.model.ready import work_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.model.things import Contact


class CallSteps(ConversationSteps):
    """What happens between a customer and an agent who are to hear each other."""

    def answered(self) -> Step:
        name, contact = self.contact("assigned")
        if contact is not None and contact.messages is not None and not self.chance(30):
            return self.send_to(name)
        if contact is not None and contact.medium != "voice" and not self.chance(5):
            return Step("reply", (name,), self.options(by=self.by()))
        ago_ms = self.rng.choice([0, 1, 500, 20_000, -1000]) if self.chance(30) else None
        return Step(
            "connected", (name,), self.options(ago_ms=ago_ms, behind=self.behind(), attempt=self.attempt(contact))
        )

    def picked_up(self) -> Step:
        name, contact = self.ringing()
        return Step("connected", (name,), self.options(behind=self.behind(), attempt=self.attempt(contact)))

    def ringing(self) -> tuple[str, Contact | None]:
        """A contact that rings, most of the time."""
        return self.such("offered", lambda contact: contact.rings)

    def talk(self) -> tuple[str, Contact | None]:
        """A contact that is being talked to over a line, most of the time."""
        return self.such("assigned", lambda one: one.medium == "voice" and one.answered_at is not None)

    def such(self, state: str, fits: Callable[[Contact], bool]) -> tuple[str, Contact | None]:
        """A contact in a state that fits, most of the time."""
        if self.chance(10):
            return self.contact(state)
        for _ in range(10):
            name, contact = self.contact(state)
            if contact is not None and contact.state == state and fits(contact):
                return name, contact
        raise NothingFits

    def attempt(self, contact: Contact | None) -> int | None:
        """Which attempt the channel speaks of, if it says so: mostly the present one."""
        if contact is None or self.chance(60):
            return None
        return contact.offer or contact.offers if not self.chance(15) else self.rng.randint(1, contact.offers + 1)

    def connect_failed(self) -> Step:
        name, contact = self.contact("assigned") if self.chance(50) else self.ringing()
        reason = self.rng.choice(["busy", "no_answer", "unreachable", "refused", "channel"])
        return Step("connect_failed", (name, reason), self.options(behind=self.behind(), attempt=self.attempt(contact)))

    def interrupted(self) -> Step:
        name, _ = self.talk()
        ago_ms = self.rng.choice([0, 1, 700, 60_000, -500]) if self.chance(30) else None
        return Step("interrupted", (name,), self.options(ago_ms=ago_ms, behind=self.behind()))

    def handover(self) -> Step:
        name, _ = self.talk()
        free = [one.id for one in self.play.world.agents.values() if not work_of(one, "a")]
        agent = self.rng.choice(free) if free and self.chance(70) else self.agent()
        return Step("handover", (name, agent), self.options(behind=self.behind()))

    def phone_in(self) -> Step:
        channel = self.rng.choice(["pbx", "pbx", "phone"]) if not self.chance(3) else "telepathy"
        options = {"account": "second"} if self.chance(20) else {}
        agent = self.agent()
        device = self.rng.choice(["p1", "p2"]) if self.chance(15) else f"{agent}'s"
        return Step("phone_in", (agent, device, channel), options)

    def phone_out(self) -> Step:
        return Step("phone_out", (self.agent(),))
