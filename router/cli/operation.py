"""`check` and `apply`: an operation file is looked at, and put in force."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from router.app import attached
from router.cli.options import place, run, store_options
from router.domain.difference import difference, overlay_lines
from router.domain.operation_file import Loaded, read_operation
from router.domain.pools import pools_of
from router.engine.engine import Actor
from router.kit.errors import Refusal
from router.service.operations import apply_operation, current_operation

if TYPE_CHECKING:
    from router.domain.operation import Operation
    from router.service.operations import Current

OPERATOR = Actor("admin", "command line")

file_argument = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))


@click.command(
    epilog="""\b
Example:
  contact-router check operation.toml"""
)
@file_argument
def check(file: Path) -> None:
    """Say what is wrong with an operation FILE."""
    operation = _read(file).operation
    click.echo(
        f"{operation.workspace}: {len(operation.queues)} queues, {len(operation.agents)} agents,"
        f" {len(pools_of(operation).pools)} pools"
    )


@click.command(
    epilog="""\b
Examples:
  contact-router apply operation.toml
  contact-router apply operation.toml --yes --redis redis://10.0.0.5:6379/0

Routers that serve the workspace go on and follow at once; none needs to run."""
)
@file_argument
@store_options
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--reset", is_flag=True, help="End the changes that were made at run time, which are kept otherwise.")
def apply(file: Path, data: Path | None, redis: str | None, yes: bool, reset: bool) -> None:
    """Put an operation FILE in force, once asked."""
    operation, where = _read(file).operation, place(data, redis)
    seen = run(_look(operation, where, reset=reset))
    if seen is None:
        return
    # Nothing is connected while the question stands: whoever answers may be at lunch.
    if not yes:
        click.confirm(f"Apply this to {operation.workspace}?", abort=True)
    run(_apply(operation, where, seen, reset=reset))


async def _look(operation: Operation, where: dict[str, Any], *, reset: bool) -> int | None:
    """Show what would change. Gives the revision that is in force now, 0 for none; None where nothing would change."""
    async with attached(operation.workspace, new=True, **where) as engine:
        current = await current_operation(engine)
    lines = _changes(current, operation, reset=reset)
    for line in lines:
        click.echo(line)
    if current is not None and current.is_of(operation) and not (reset and lines):
        click.echo(f"{operation.workspace}: this is in force already, as revision {current.revision}.")
        return None
    return current.revision if current else 0


async def _apply(operation: Operation, where: dict[str, Any], seen: int, *, reset: bool) -> None:
    async with attached(operation.workspace, new=True, **where) as engine:
        current = await current_operation(engine)
        if (current.revision if current else 0) != seen:
            raise Refusal("stale", "the operation has changed since you were asked")
        now = await apply_operation(engine, operation, OPERATOR, reset=reset)
        click.echo(f"{operation.workspace}: revision {now.revision} is in force.")


def _changes(current: Current | None, operation: Operation, *, reset: bool) -> list[str]:
    """What would be other than now, and what becomes of the changes of run time, for people."""
    if current is None:
        return [f"{operation.workspace} is new: {len(operation.queues)} queues, {len(operation.agents)} agents."]
    return [*difference(current.base, operation), *overlay_lines(current.overlays, operation, reset=reset)]


def _read(file: Path) -> Loaded:
    """The file, its warnings told. Raises `OperationInvalid`."""
    loaded = read_operation(file)
    for warning in loaded.warnings:
        click.echo(f"warning: {warning}", err=True)
    return loaded
