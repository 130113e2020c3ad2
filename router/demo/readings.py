"""What the table shows, read from the public API: the queues and agents as they stand, and the counters."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Final, NamedTuple

from prometheus_client.parser import text_string_to_metric_families

if TYPE_CHECKING:
    from router.demo.client import Api

PREFIX: Final = "contact_router_"


class QueueNow(NamedTuple):
    """A queue as it stands."""

    waiting: int
    longest_s: float


class Counted(NamedTuple):
    """What was counted of a queue's contacts since the workspace began. `early` were abandoned in target."""

    answered: float = 0
    in_target: float = 0
    waited_s: float = 0
    abandoned: float = 0
    early: float = 0
    ratings: float = 0
    top: float = 0

    def since(self, before: Counted) -> Counted:
        """What has come since then."""
        return Counted(*(now - then for now, then in zip(self, before, strict=True)))


class Reading(NamedTuple):
    """All of it at one moment."""

    queues: dict[str, QueueNow]
    agents: Counter[str]
    """State → agents."""
    counted: dict[str, Counted]


async def read(api: Api) -> Reading:
    """Read now. Raises `Refused` and `Away`."""
    queues = {
        queue["id"]: QueueNow(queue["waiting"], queue["longest_wait_s"] or 0)
        for queue in (await api.get("/queues"))["items"]
    }
    agents = Counter([agent["state"] for agent in (await api.get("/agents"))["items"]])
    return Reading(queues, agents, counted(await api.metrics()))


def counted(exposed: str) -> dict[str, Counted]:
    """The counters that we show, by queue, from what Prometheus would read."""
    sums: defaultdict[str, defaultdict[str, float]] = defaultdict(lambda: defaultdict(float))
    for family in text_string_to_metric_families(exposed):
        for sample in family.samples:
            for field in _FIELDS.get(sample.name, ()):
                if field in {"in_target", "early"} and sample.labels["in_target"] != "true":
                    continue
                sums[sample.labels["queue"]][field] += sample.value
    return {queue: Counted(**fields) for queue, fields in sums.items()}


_FIELDS: Final[dict[str, tuple[str, ...]]] = {
    f"{PREFIX}answered_total": ("answered", "in_target"),
    f"{PREFIX}wait_answered_seconds_sum": ("waited_s",),
    f"{PREFIX}abandoned_total": ("abandoned", "early"),
    f"{PREFIX}ratings_total": ("ratings",),
    f"{PREFIX}ratings_five_total": ("top",),
}
"""Series → the fields that it adds to."""
