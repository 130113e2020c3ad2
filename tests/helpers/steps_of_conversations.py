"""Random steps of conversations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.helpers.choices import CUSTOMERS, Choices, NothingFits
from tests.helpers.operations import LANGUAGES
from tests.helpers.play import Step

if TYPE_CHECKING:
    from random import Random

    from tests.helpers.play import Play
    from tests.model.things import Contact

THREADS = ("t1", "t2", "t3", "t4")
CHATS = ("telegram", "telegram", "telegram", "letters", "site")


class ConversationSteps(Choices):
    """What people do in conversations."""

    def __init__(self, rng: Random, play: Play) -> None:
        super().__init__(rng, play)
        self._sent = 0

    def write(self) -> Step:
        """A message of a thread; a contact that begins with it is greeted by the next step, most of the time."""
        if self.posted and self.chance(5):
            name = f"c{self.rng.randint(max(1, self.posted - 8), self.posted)}"
        else:
            self.posted += 1
            name = f"c{self.posted}"
        options = self.options(
            account="second" if self.chance(8) else None,
            customer=self.rng.choice(CUSTOMERS) if self.chance(60) else None,
            language=self.rng.choice(LANGUAGES) if self.chance(30) else None,
            ours=True if self.chance(8) else None,
            ago_ms=self.rng.choice([0, 1, 5000, 4_000_000, -5000]) if self.chance(20) else None,
            replies_for_ms=self.rng.choice([0, 5000, 100_000]) if self.chance(10) else None,
            queue=self.queue() if self.chance(40) else None,
        )
        return Step("write", (name, self.rng.choice(THREADS), self.rng.choice(CHATS)), options)

    def greet(self) -> Step:
        name, _ = self.conversation("queued", "queued", "offered", "scheduled", "rejected")
        return Step("greet", (name, *self.rng.choice([(), (1, 3), (2, 5)])))

    def conversation(self, *states: str) -> tuple[str, Contact | None]:
        """A contact that has messages, most of the time."""
        for _ in range(5):
            name, contact = self.contact(*states)
            if contact is not None and contact.messages is not None:
                return name, contact
        return self.contact(*states)

    def send(self) -> Step:
        return self.send_to(self.conversation("assigned", "assigned", "assigned", "queued", "parked", "closed")[0])

    def send_to(self, name: str) -> Step:
        options = self.options(
            by=self.by(),
            supervisor=True if self.chance(15) else None,
            client_id=self.rng.choice(["a", "b"]) if self.chance(20) else None,
            note=True if self.chance(15) else None,
            behind=self.behind(),
        )
        return Step("send", (name, self.rng.choice(["good day", "one moment"])), options)

    def revise(self) -> Step:
        _, contact = self.conversation("queued", "assigned", "parked", "closed", "scheduled", "rejected")
        if contact is None or contact.thread is None or not contact.kept:
            raise NothingFits
        message = self.rng.choice(list(contact.kept.values()))
        text = self.rng.choice(["hello", "other", "words", None])
        options = self.options(
            account=contact.account if contact.account != "main" else None,
            ago_ms=self.rng.choice([1000, 60_000]) if self.chance(40) else None,
        )
        return Step("revise", (message.external_id or "none", contact.thread, text, contact.channel), options)

    def message_state(self) -> Step:
        name, contact = self.conversation("queued", "assigned", "parked", "closed", "scheduled", "rejected")
        if contact is None or not contact.kept:
            raise NothingFits
        unsent = [message.n for message in contact.kept.values() if message.direction == "out"]
        n = self.rng.choice(unsent) if unsent and not self.chance(8) else self.rng.randint(1, len(contact.kept) + 1)
        state = self.rng.choice(["queued", "sending", "sending", "sent", "sent", "sent", "delivered", "read", "failed"])
        self._sent += 1
        options = self.options(
            external_id=f"out{self._sent}" if state == "sent" else None, code="blocked" if state == "failed" else None
        )
        return Step("message_state", (name, n, state), options)

    def park(self) -> Step:
        name, _ = self.conversation("assigned")
        return Step("park", (name,), self.options(by=self.by(), behind=self.behind(), key=self.key()))

    def resume(self) -> Step:
        name, _ = self.contact("parked")
        return Step("resume", (name,), self.options(by=self.by(), behind=self.behind()))

    def come_back(self) -> Step:
        """The customer of a parked conversation writes."""
        _, contact = self.contact("parked")
        if contact is None or contact.thread is None:
            raise NothingFits
        self.posted += 1
        options = self.options(account=contact.account if contact.account != "main" else None)
        return Step("write", (f"c{self.posted}", contact.thread, contact.channel), options)

    def typing(self) -> Step:
        name, _ = self.conversation("assigned", "queued", "closed")
        return Step("typing", (name, self.rng.choice(["agent", "customer"])), self.options(by=self.by()))

    def instruct(self) -> Step:
        """The agent of a talk wants something; before, its channel says what it can do."""
        name, contact = self.talk()
        if contact is None:
            raise NothingFits
        account = self.play.world.accounts.get((contact.channel, contact.account))
        if account is None or account.status is None:
            said = self.options(account=contact.account if contact.account != "main" else None)
            return Step("channel_status", (contact.channel, "up", self.rng.choice([None, "slow"])), said)
        options = self.options(
            by=self.by(), supervisor=True if self.chance(15) else None, behind=self.behind(), key=self.key()
        )
        return Step("instruct", (name, self.rng.choice(["hold", "hold", "hold", "digits", "mute"])), options)

    def talk(self) -> tuple[str, Contact | None]:
        """A contact that an agent has answered, most of the time."""
        for _ in range(8):
            name, contact = self.contact("assigned")
            if contact is not None and contact.answered_at is not None:
                return name, contact
        return self.contact("assigned")

    def command_state(self) -> Step:
        name, contact = self.contact("assigned", "assigned", "queued", "closed")
        if contact is None or (not contact.commands and not self.chance(10)):
            raise NothingFits
        state, code = self.rng.choice([("done", None), ("done", None), ("failed", "busy")])
        return Step("command_state", (name, self.rng.randint(1, len(contact.commands) + 1), state, code))

    def erase(self) -> Step:
        return Step("erase", (self.rng.choice(CUSTOMERS),))
