"""Every name that an operation file defines, collected before anything is read, so that tables may refer forwards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import msgspec

from router.domain.loading.media import BUILT_IN


class Names(msgspec.Struct, frozen=True):
    """What may be referred to, each in the file's order. A name counts even where its table has a problem."""

    languages: tuple[str, ...]
    dispositions: tuple[str, ...]
    breaks: tuple[str, ...]
    skills: tuple[str, ...]
    powers: tuple[str, ...]
    hours: tuple[str, ...]
    media: tuple[str, ...]
    channels: tuple[str, ...]
    queues: tuple[str, ...]
    groups: tuple[str, ...]
    agents: tuple[str, ...]


def collect(document: Mapping[str, object]) -> Names:
    """The names in `document`. A built-in medium is there if it is stated or a channel uses it."""
    used = [_table(channel).get("medium") for channel in _table(document.get("channels")).values()]
    stated = tuple(_table(document.get("media")))
    return Names(
        languages=_listed(document.get("languages")),
        dispositions=_listed(document.get("dispositions")),
        breaks=_listed(document.get("breaks")),
        skills=tuple(_table(document.get("skills"))),
        powers=tuple(_table(document.get("powers"))),
        hours=tuple(_table(document.get("hours"))),
        media=stated + tuple(name for name in BUILT_IN if name in used and name not in stated),
        channels=tuple(_table(document.get("channels"))),
        queues=tuple(_table(document.get("queues"))),
        groups=tuple(_table(document.get("groups"))),
        agents=tuple(_table(document.get("agents"))),
    )


def _table(value: object) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}


def _listed(value: object) -> tuple[str, ...]:
    items = cast("list[object]", value) if isinstance(value, list) else []
    return tuple(item for item in items if isinstance(item, str))
