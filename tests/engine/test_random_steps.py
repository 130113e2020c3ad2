"""Random stories, in which the engine and its model must not be told apart, and every index must be true."""

from __future__ import annotations

import os
import secrets
from collections import Counter
from random import Random
from typing import TYPE_CHECKING

import pytest

from router.domain.audit.audit import Audit
from router.domain.events import EVENTS
from router.kit.errors import OperationInvalid
from tests.helpers.consistency import check
from tests.helpers.operations import random_operation
from tests.helpers.play import play_on
from tests.helpers.servers import ask
from tests.helpers.steps import Steps

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.helpers.figures import Figure
    from tests.helpers.operations import Document
    from tests.helpers.play import Play, Step
    from tests.helpers.servers import Server

STORIES = 16
STEPS = 250
LOOK_EVERY = 25
"""After so many steps everything that can be read is compared, and every index made again from the records."""

CROWDED = 5
"""Every so many stories have so many agents that no act reaches them all."""


def story_of(seed: int) -> tuple[Random, Document]:
    """The chance that a story takes, and its first operation."""
    rng = Random(seed)
    return rng, random_operation(rng, crowd=seed % CROWDED == 0)


async def tell(server: Server, seed: int, steps: int) -> Counter[str]:
    """Take random steps and compare; where something differs, say the shortest story of it. Gives the events."""
    rng, document = story_of(seed)
    story: list[Step] = []
    try:
        async with play_on(server, document) as play:
            chosen = Steps(rng, play)
            for number in range(1, steps + 1):
                story.append(chosen.next())
                await story[-1].take(play)
                if number % LOOK_EVERY == 0:
                    await play.twin.compare_all()
                    await check(play.twin.connection, play.twin.workspace)
            check_promises(play)
            return Counter(event.type for event in play.world.events)
    except AssertionError as problem:
        story = await shortened(server, document, story)
        lines = "\n".join(str(step) for step in story)
        raise AssertionError(f"seed {seed}\n{document}\n{lines}\n{problem}") from problem


def check_promises(play: Play) -> None:
    """The history checker finds nothing broken in the story, whose figures are compared already."""
    audit = Audit(figures=None)
    for event in play.world.events:
        audit.read(event)
    audit.finish(play.world.now)
    assert not audit.found.breaches, "\n".join(map(str, audit.found.breaches))


async def shortened(server: Server, document: Document, story: list[Step]) -> list[Step]:
    """The story without whatever it can do without and still fail: halves, quarters, down to single steps."""
    size = len(story) // 2
    while size:
        place = 0
        while place < len(story):
            shorter = story[:place] + story[place + size :]
            if await fails(server, document, shorter):
                story = shorter
            else:
                place += size
        size //= 2
    return story


async def fails(server: Server, document: Document, story: Sequence[Step]) -> bool:
    """Whether the engine and the model differ in this story. Without its beginning, a step may make no sense."""
    try:
        async with play_on(server, document) as play:
            for step in story:
                await step.take(play)
            await play.twin.compare_all()
            await check(play.twin.connection, play.twin.workspace)
            check_promises(play)
    except AssertionError:
        return True
    except (KeyError, AttributeError, OperationInvalid):
        return False
    return False


async def test_the_engine_does_what_the_model_does(server: Server) -> None:
    events: Counter[str] = Counter()
    for seed in range(1, STORIES + 1):
        events += await tell(server, seed, STEPS)
    assert set(EVENTS) == set(events), "every event comes of some step"


@pytest.mark.soak
@pytest.mark.timeout(6 * 3600)
async def test_the_engine_does_what_the_model_does_for_long(server: Server, figure: Figure) -> None:
    stories = int(os.environ.get("STEPS", "500000")) // STEPS
    first = int(os.environ.get("SEED", str(secrets.randbelow(10**6))))
    for seed in range(first, first + stories):
        await tell(server, seed, STEPS)
        ask(server, "FLUSHALL")  # whoever looks at a workspace walks all keys of its server
    figure(
        f"random steps, engine and model, on {server.kind}",
        "1,000,000 steps, half of them on each server: no difference",
        f"{stories * STEPS:,} steps in {stories:,} stories (seeds {first} to {first + stories - 1}): no difference",
    )
