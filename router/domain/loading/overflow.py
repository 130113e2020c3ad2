"""Where queues send what they cannot keep: no circles, and at most three hops."""

from __future__ import annotations

from typing import TYPE_CHECKING

from router.domain.operation import HOPS_MAX
from router.kit.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from router.domain.operation import Queue


def overflow_problems(queues: Mapping[str, Queue], file: str) -> list[Problem]:
    """Every circle, at the action that closes it; without circles, every queue whose contacts may hop too often."""
    circles = list(_circles(queues, file))
    return circles or list(_long_chains(queues, file))


def _circles(queues: Mapping[str, Queue], file: str) -> Iterator[Problem]:
    left: set[str] = set()

    def walk(name: str, path: tuple[str, ...]) -> Iterator[Problem]:
        for key, target in queues[name].overflows:
            if target in path:
                circle = " → ".join([*path[path.index(target) :], target])
                yield _problem(file, name, key, target, f"overflows in a circle: {circle}")
            elif target in queues and target not in left:
                yield from walk(target, (*path, target))
        left.add(name)

    for name in queues:
        if name not in left:
            yield from walk(name, (name,))


def _long_chains(queues: Mapping[str, Queue], file: str) -> Iterator[Problem]:
    """Only chains that begin at a queue nothing overflows into: theirs are the longest."""
    targets = {target for queue in queues.values() for _, target in queue.overflows}
    for name in queues:
        if name in targets:
            continue
        chain = _chain(queues, name, HOPS_MAX + 1)
        if len(chain) - 1 > HOPS_MAX:
            key = next(key for key, target in queues[name].overflows if target == chain[1])
            yield _problem(file, name, key, chain[1], f"overflows more than {HOPS_MAX} times: {' → '.join(chain)}")


def _chain(queues: Mapping[str, Queue], name: str, hops: int) -> tuple[str, ...]:
    """The longest chain of queues from `name` that has at most so many hops."""
    targets = [target for _, target in queues[name].overflows if target in queues] if hops else []
    chains = (_chain(queues, target, hops - 1) for target in targets)
    return (name, *max(chains, key=len, default=()))


def _problem(file: str, queue: str, key: str, target: str, message: str) -> Problem:
    return Problem(file, f"queues.{queue}", f"{key}.then.overflow", target, message)
