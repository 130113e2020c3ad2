"""What comes in and how people behave: how many contacts an hour, how long they take, how long customers wait.

Every draw hangs on the seed and on whose it is, never on the order in which things happen: the same seed brings the
same customers, however they are served.
"""

from __future__ import annotations

import math
import random
import tomllib
from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from router.kit.errors import RouterError

if TYPE_CHECKING:
    from pathlib import Path

Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Positive = Annotated[float, msgspec.Meta(gt=0)]
Between = tuple[float, float]
"""Seconds from … to, any of them equally likely."""


class DemandUnreadable(RouterError):
    """There is no demand beside the operation, or it does not say what it must."""


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table of the file."""


class Talk(_Table, frozen=True):
    """How long talks take: lognormal with this mean; `spread` is the standard deviation of the logarithm."""

    mean_s: Positive
    spread: Positive

    def seconds(self, draw: random.Random) -> float:
        """One talk. exp(μ + σ²/2) is the mean of a lognormal."""
        return draw.lognormvariate(math.log(self.mean_s) - self.spread**2 / 2, self.spread)


class Patience(_Table, frozen=True):
    """How long customers wait before giving up: Weibull; below a shape of 1 the hazard falls with time."""

    mean_s: Positive
    shape: Positive

    def seconds(self, draw: random.Random) -> float:
        """One customer's. The mean of a Weibull is scale × Γ(1 + 1/shape)."""
        return draw.weibullvariate(self.mean_s / math.gamma(1 + 1 / self.shape), self.shape)


class Line(_Table, frozen=True):
    """What comes in for one queue, and by which channels."""

    per_busiest_hour: Positive
    talk: Talk
    by: dict[str, Share]
    dialled: str | None = None
    customer_type: str | None = None
    fact: str | None = None
    """What is known of the real line's waits, to be shown beside ours."""


class Amount(_Table, frozen=True):
    """An attribute with one of these values."""

    attribute: str
    one_of: tuple[float, ...]


class Topic(_Table, frozen=True):
    """What some customers want."""

    share: Share
    attributes: dict[str, Any]
    amount: Amount | None = None


class Customers(_Table, frozen=True):
    """Who comes: with probability `again` one of the `lately` last customers of the line."""

    again: Share
    lately: int


class Behaviour(_Table, frozen=True):
    """What agents do; probabilities are per offer or per talk."""

    visitor: str
    """This one is left to whoever wants to join."""
    decline: Share
    miss: Share
    accept_s: Between
    connect_s: Between
    reply_s: Between
    wrap_up_s: Between
    leave: Share
    away_s: Between
    break_every_s: Positive
    break_s: Positive


class Demand(_Table, frozen=True, kw_only=True):
    """All of it. `hours` are shares of the busiest hour, from midnight."""

    hours: Annotated[tuple[Share, ...], msgspec.Meta(min_length=24, max_length=24)]
    patience: Patience
    customers: Customers
    lines: dict[str, Line]
    topics: tuple[Topic, ...] = ()
    agents: Behaviour
    rates: Share
    top_score: Share
    top_score_fact: str | None = None

    def per_second(self, line: Line, channel: str, hour: float) -> float:
        """How many contacts of the line come by the channel at this hour of the day."""
        return line.per_busiest_hour * line.by[channel] * self.hours[int(hour) % 24] / 3600


class Story(msgspec.Struct, frozen=True):
    """All that one contact brings with it, decided before it arrives."""

    customer: int
    attributes: dict[str, Any]
    patience_s: float
    hangs_up: bool
    """The customer ends the talk, not the agent."""
    rating: int | None


def story(demand: Demand, line_name: str, seed: int, name: str, number: int) -> Story:
    """What the contact of this name brings, the line's so many-th."""
    line, draw = demand.lines[line_name], drawn_by(seed, "story", name)
    attributes: dict[str, Any] = {"dialled": line.dialled} if line.dialled else {}
    luck = draw.random()
    for topic in demand.topics:
        if 0 <= luck < topic.share:
            attributes |= topic.attributes
            if topic.amount:
                attributes[topic.amount.attribute] = draw.choice(topic.amount.one_of)
        luck -= topic.share
    customer = number
    if draw.random() < demand.customers.again:
        customer = max(0, number - draw.randint(1, demand.customers.lately))
    rating = 5 if draw.random() < demand.top_score else draw.randint(1, 4)
    return Story(
        customer=customer,
        attributes=attributes,
        patience_s=demand.patience.seconds(draw),
        hangs_up=draw.random() < 0.5,
        rating=rating if draw.random() < demand.rates else None,
    )


def talk_s(demand: Demand, queue: str, seed: int, name: str) -> float:
    """How long the contact of this name is talked to: customer and agent come to the same without a word."""
    line = demand.lines.get(queue) or next(iter(demand.lines.values()))
    return line.talk.seconds(drawn_by(seed, "talk", name))


def drawn_by(seed: int, *whose: str | int) -> random.Random:
    """The dice of one robot, or of one contact."""
    return random.Random(f"{seed}/{'/'.join(map(str, whose))}")


def read_demand(path: Path) -> Demand:
    """The demand that stands beside an operation's file. Raises `DemandUnreadable`."""
    try:
        return msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), Demand)
    except FileNotFoundError:
        raise DemandUnreadable(
            f"{path}: not found; the robots need it beside the operation, seeds/krasnoyarsk/demand.toml is an example"
        ) from None
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise DemandUnreadable(f"{path}: {error}") from None
