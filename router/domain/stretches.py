"""What each agent does over time, as his events tell it: the engine says every change of his state once."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from router.domain.events import Event


class Stretch(NamedTuple):
    """An agent was in a state from one moment of the workspace's clock to another."""

    agent: str
    state: str
    from_ms: int
    until_ms: int


class Stretches:
    """Reads events in their order. It may begin anywhere: an agent's first change says what he was, and since when."""

    def __init__(self) -> None:
        self.now: dict[str, tuple[str, int]] = {}
        """Agent → (his state, since when). Who has not changed since the reading began is not in it."""
        self._removed: set[str] = set()

    def read(self, event: Event) -> Stretch | None:
        """Take one event in. Gives the stretch that it ends, but none of a program's, whose time is not counted."""
        kind, agent = event.type, event.agent
        if agent is None or kind not in {"agent.profile", "agent.state", "agent.removed"}:
            return None
        if kind == "agent.profile":
            if event.version == 1 or agent in self._removed:
                self._removed.discard(agent)
                self.now[agent] = ("offline", event.at_ms)
            return None
        if kind == "agent.removed":
            self._removed.add(agent)
            self.now.pop(agent, None)
        else:
            self.now[agent] = (event.data["state"], event.at_ms)
        took_ms = event.data["took"]
        return None if took_ms is None else Stretch(agent, event.data["was"], event.at_ms - took_ms, event.at_ms)
