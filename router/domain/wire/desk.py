"""Answers about the house: what a desk or a wall must know to show what everything is called, and who works there."""

from __future__ import annotations

import msgspec

from router.domain.operation import AnsweredBy, QuickReply
from router.domain.states import AgentState, Presence
from router.domain.wire.moment import Moment


class Medium(msgspec.Struct, frozen=True, kw_only=True):
    """How a contact of a medium occupies an agent, and how long each stage may last.

    It takes `cost` of an agent's 100, and nobody has more than `most` at once. `reply_s` is from accept to the first
    message, null where that is not what answers.
    """

    cost: int
    most: int
    answered_by: AnsweredBy
    offer_s: float
    wrap_up_s: float
    reply_s: float | None


class Labels(msgspec.Struct, frozen=True, kw_only=True):
    """What people call things in one language, by their names. What has no label is shown by its name."""

    queues: dict[str, str]
    dispositions: dict[str, str]
    breaks: dict[str, str]
    skills: dict[str, str]
    powers: dict[str, str]
    channels: dict[str, str]
    groups: dict[str, str]


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """What the operation in force names, in its order, and what people call it. Of `languages` the first is assumed.

    `skills` and `powers` say what their numbers mean; `channels` have their medium; `breaks` are reasons to offer.
    """

    revision: int
    workspace: str
    timezone: str
    languages: tuple[str, ...]
    dispositions: tuple[str, ...]
    breaks: tuple[str, ...]
    skills: dict[str, str]
    powers: dict[str, str]
    queues: tuple[str, ...]
    channels: dict[str, str]
    media: dict[str, Medium]
    labels: dict[str, Labels]
    quick_replies: list[QuickReply]


class Colleague(msgspec.Struct, frozen=True, kw_only=True):
    """An agent as his colleagues see him, who may ask him or send him a contact."""

    id: str
    name: str
    group: str | None
    automatic: bool
    presence: Presence
    reason: str | None
    state: AgentState
    since: Moment
    queues: tuple[str, ...]
    media: tuple[str, ...]


class Colleagues(msgspec.Struct, frozen=True, kw_only=True):
    """All agents, in the operation's order."""

    items: list[Colleague]
    next: str | None
