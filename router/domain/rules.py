"""What an operation's decisions follow, as its `operation.applied` event says it: enough to decide them again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from router.domain.operation import AnsweredBy, Mode, Order

if TYPE_CHECKING:
    from collections.abc import Mapping

    from router.domain.operation import Medium, Operation


class MediumRules(msgspec.Struct, frozen=True, omit_defaults=True):
    """How contacts of a medium occupy an agent; durations are milliseconds."""

    cost: int
    most: int
    mode: Mode
    answered_by: AnsweredBy
    offer: int
    answer: int
    wrap_up: int
    rest: int
    parked: int | None = None
    """None only in the events of releases that knew no parking."""
    parked_disposition: str | None = None
    rests: dict[str, int] = {}
    """Why a contact could not be connected → how long its agent rests, where not for `rest`."""

    def rest_after(self, reason: str | None) -> int:
        """How long an agent rests from a contact that could not be connected for this reason, or for another one."""
        return self.rests.get(reason or "", self.rest)


class ReserveRules(msgspec.Struct, frozen=True):
    """While no more than `agents` with the skill are ready for the medium, other queues' contacts do not take one."""

    skill: str
    agents: int
    medium: str


class Rules(msgspec.Struct, frozen=True, omit_defaults=True):
    """`targets` and `reserves` are by queue; `media` holds earlier operations' too, whose contacts may be open.

    `replies` are the reply limits of queues that have one of their own; for the others their media's `answer` counts.
    """

    order: Order
    media: dict[str, MediumRules]
    targets: dict[str, int]
    reserves: dict[str, ReserveRules]
    replies: dict[str, int] = {}


def rules_of(operation: Operation, media: Mapping[str, Medium]) -> Rules:
    """The rules of an operation with these media."""
    return Rules(
        order=operation.order,
        media={name: _medium(medium) for name, medium in media.items()},
        targets={name: queue.target_ms for name, queue in operation.queues.items()},
        reserves={
            name: ReserveRules(queue.reserve.skill, queue.reserve.agents, queue.reserve.medium)
            for name, queue in operation.queues.items()
            if queue.reserve is not None
        },
        replies={name: queue.reply_ms for name, queue in operation.queues.items() if queue.reply_ms is not None},
    )


def _medium(medium: Medium) -> MediumRules:
    return MediumRules(
        cost=medium.cost,
        most=medium.most,
        mode=medium.mode,
        answered_by=medium.answered_by,
        offer=medium.offer_ms,
        answer=medium.answer_ms,
        wrap_up=medium.wrap_up_ms,
        rest=medium.rest_ms,
        parked=medium.parked_ms,
        parked_disposition=medium.parked_disposition,
        rests=medium.rests_ms,
    )
