"""From an operation file to an `Operation`: read and checked whole, or refused with everything that is wrong in it."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Final, get_args

import msgspec

from router.domain.loading.advice import advice
from router.domain.loading.media import read_channels, read_media
from router.domain.loading.names import Names, collect
from router.domain.loading.overflow import overflow_problems
from router.domain.loading.people import read_agents, read_groups
from router.domain.loading.queues import read_queues
from router.domain.loading.roster import read_roster
from router.domain.loading.routes import read_routes
from router.domain.loading.schedules import read_hours, read_zone
from router.domain.loading.table import NAME, NAME_RULE, Table
from router.domain.loading.words import read_breaks, read_labels, read_quick_replies
from router.domain.operation import Operation, Order
from router.domain.pools import POOLS_MAX, pools_of
from router.kit.errors import OperationInvalid, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

ORDERS: Final[tuple[Order, ...]] = get_args(Order)

_LANGUAGE: Final = re.compile("[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_ESSENTIAL: Final = {
    "languages": "the first is spoken with whoever did not say another",
    "channels": "no contact could come",
    "queues": "no contact could wait",
    "routes": "no contact could reach a queue",
}
"""What must be there and not empty, and why."""


class Loaded(msgspec.Struct, frozen=True):
    """An operation that may be started, and what its operator should look at first."""

    operation: Operation
    warnings: tuple[Problem, ...]


def read_operation(path: Path) -> Loaded:
    """The operation in the TOML file at `path`, with the CSV file of agents that it may name, beside it.

    Raises OperationInvalid with every problem of both files, also where one is missing, not UTF-8 or not TOML.
    """
    problems: list[Problem] = []
    try:
        document = tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        raise OperationInvalid([Problem(path.name, "", "", None, f"cannot be read: {error}")]) from None
    agents: object = document.get("agents")
    roster = None
    if isinstance(agents, str):
        try:
            roster = (path.parent / agents).read_bytes().decode()
        except (OSError, ValueError) as error:
            problems.append(Problem(path.name, "", "agents", agents, f"cannot be read: {error}"))
    return _load(document, path.name, roster, problems)


def load_operation(document: Mapping[str, object], file_name: str, agents_csv: str | None = None) -> Loaded:
    """The operation in `document`, a parsed file; `agents_csv` is the text of the CSV file if its `agents` names one.

    Raises OperationInvalid with every problem, each at its place in `file_name` or in the CSV file.
    """
    problems: list[Problem] = []
    agents = document.get("agents")
    if isinstance(agents, str) and agents_csv is None:
        problems.append(Problem(file_name, "", "agents", agents, "names a file, and its text was not given"))
    return _load(document, file_name, agents_csv, problems)


def _load(document: Mapping[str, object], file: str, roster: str | None, problems: list[Problem]) -> Loaded:
    """`roster` is None where the agents stand in the document, or where why they could not be read is in `problems`."""
    top = Table(problems, file, "", document)
    names = collect(document)
    people = _people(top, names, roster, problems)
    names = msgspec.structs.replace(names, agents=tuple(name for name, _ in people))
    zone = read_zone(top)
    media = read_media(top, names)
    agents = read_agents(people, read_groups(top, names), names)
    operation = Operation(
        workspace=_read_workspace(top),
        timezone=zone,
        languages=_read_languages(top),
        order=top.choice("order", ORDERS, "delay_ratio"),
        dispositions=top.texts("dispositions"),
        skills=_read_words(top, "skill", "skills"),
        powers=_read_words(top, "power", "powers"),
        hours=read_hours(top, zone),
        media=media,
        channels=read_channels(top, names),
        queues=read_queues(top, names, media, agents),
        routes=read_routes(top, names),
        agents=agents,
        texts_days=top.whole("texts_days", 1, 365, 30),
        breaks=read_breaks(top),
        labels=read_labels(top, names),
        quick_replies=read_quick_replies(top, names),
    )
    for key, reason in _ESSENTIAL.items():
        if not document.get(key):
            top.wrong(key, f"is missing or empty: {reason}")
    top.done()
    problems += overflow_problems(operation.queues, file)
    if problems:
        raise OperationInvalid(problems)
    pools = len(pools_of(operation).pools)
    if pools > POOLS_MAX:
        message = f"differ in {pools} ways, at most {POOLS_MAX}: let more agents share skills, powers and queues"
        raise OperationInvalid([Problem(file, "", "agents", None, message)])
    return Loaded(operation, advice(operation, file, dict(people)))


def _people(top: Table, names: Names, roster: str | None, problems: list[Problem]) -> list[tuple[str, Table]]:
    """Every agent's table, from the file or from the CSV file that it names."""
    agents = top.value("agents")
    if isinstance(agents, str):
        return [] if roster is None else read_roster(roster, agents, names, problems)
    if not top.has("agents"):
        top.wrong("agents", "is missing: a table of agents, or the name of a CSV file")
    return list(top.named("agent", "agents"))


def _read_workspace(top: Table) -> str:
    name = top.text("workspace")
    if name and not NAME.fullmatch(name):
        top.wrong("workspace", f"cannot be used: {NAME_RULE}")
    return name


def _read_languages(top: Table) -> tuple[str, ...]:
    languages = top.texts("languages")
    for language in languages:
        if not _LANGUAGE.fullmatch(language):
            top.report("languages", language, 'must be a language tag, like "ru" or "pt-BR"')
    return languages


def _read_words(top: Table, kind: str, key: str) -> dict[str, str]:
    """The skills or powers that there are, each with what it means."""
    table = top.part(key)
    for name in table:
        table.check_name(kind, name)
    return {name: table.text(name) for name in table}
