"""What random steps are about: a contact, an agent, a requirement, mostly such that a step makes sense."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.helpers.operations import AGENTS, QUEUES, TEAMS
from tests.model.ready import is_there

if TYPE_CHECKING:
    from random import Random

    from tests.helpers.play import Play
    from tests.model.things import Contact

CUSTOMERS = ("ivan", "maria", "oleg")


class NothingFits(Exception):
    """There is nothing now that such a step could be about."""


class Choices:
    """Chance, and what it chooses from: what the story has come to."""

    def __init__(self, rng: Random, play: Play) -> None:
        self.rng = rng
        self.play = play
        self.posted: int = 0
        """How many contacts and messages have come from outside."""
        self._keys = 0

    def chance(self, of_a_hundred: int) -> bool:
        return self.rng.randrange(100) < of_a_hundred

    def somebody_away(self) -> bool:
        """Whether fewer than half of the agents could be offered anything."""
        agents = self.play.world.agents.values()
        return 2 * sum(is_there(agent) for agent in agents) < len(agents)

    def contact(self, *states: str) -> tuple[str, Contact | None]:
        """A contact in one of these states, by its name in the story; now and then any, or one that never was."""
        names = {identity: name for name, identity in self.play.names.items()}
        contacts = [contact for contact in self.play.world.contacts.values() if contact.id in names]
        fitting = [contact for contact in contacts if contact.state in states]
        if self.chance(4):
            fitting = contacts[-20:]
        if self.chance(1):
            return "nobody", None
        if not fitting:
            raise NothingFits
        found = self.rng.choice(fitting)
        return names[found.id], found

    def options(self, **wanted: Any) -> dict[str, Any]:
        """The options that say anything."""
        return {name: value for name, value in wanted.items() if value is not None}

    def behind(self) -> int | None:
        """How old the caller's view of a contact is, if he says so."""
        return self.rng.choice([0, 0, 1]) if self.chance(12) else None

    def by(self) -> str | None:
        """Somebody else than who should."""
        return self.rng.choice(AGENTS) if self.chance(6) else None

    def key(self) -> str | None:
        """An idempotency key, often one that came before."""
        if not self.chance(15):
            return None
        self._keys += self.chance(60)
        return f"k{self._keys}"

    def agent(self) -> str:
        agents = list(self.play.world.agents)
        return self.rng.choice(agents) if agents and not self.chance(3) else self.rng.choice([*AGENTS, "nobody"])

    def queue(self) -> str:
        return self.rng.choice(list(self.play.document["queues"])) if not self.chance(4) else self.rng.choice(QUEUES)

    def requirement(self) -> dict[str, Any] | None:
        if not self.chance(20):
            return None
        return self.rng.choice(
            [
                {"skills": {self.rng.choice(["english", "vip"]): self.rng.randint(1, 7)}},
                {"powers": {"refund": self.rng.choice([10, 50, 99.5, 1000])}},
                {"teams": [self.rng.choice(TEAMS)]},
                {"agents": self.rng.sample(AGENTS, 2)},
            ]
        )
