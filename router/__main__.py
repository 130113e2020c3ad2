"""The command line: `python -m router demo`, `python -m router check FILE`."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from router.app import serving
from router.demo.demand import read_demand
from router.demo.robots import Robots
from router.demo.table import table
from router.domain.operation_file import read_operation
from router.domain.pools import pools_of
from router.kit.errors import RouterError

if TYPE_CHECKING:
    from collections.abc import Coroutine


def main() -> int:
    """Run the command; 0 is success, 1 a refusal that says why."""
    arguments = _parser().parse_args()
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger("warning"),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    try:
        if arguments.command == "check":
            return check(arguments.file)
        asyncio.run(until_told(demo(arguments)))
    except RouterError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


async def until_told(work: Coroutine[None, None, None]) -> None:
    """Run until it is done, or until Ctrl-C or SIGTERM; both let it take itself down."""
    task = asyncio.create_task(work)
    for told in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(told, task.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await task


def check(file: Path) -> int:
    """Say what is wrong or doubtful with an operation file, and how large it is."""
    loaded = read_operation(file)
    for warning in loaded.warnings:
        print(f"warning: {warning}")
    operation = loaded.operation
    print(
        f"{operation.workspace}: {len(operation.queues)} queues, {len(operation.agents)} agents,"
        f" {len(pools_of(operation).pools)} pools"
    )
    return 0


async def demo(arguments: argparse.Namespace) -> None:
    """Serve an operation with robots as customers and agents, and draw what happens each second."""
    operation = read_operation(arguments.operation).operation
    demand = read_demand(arguments.operation.with_name("demand.toml"))
    async with serving(operation, data=arguments.data, url=arguments.redis, pace=arguments.speed) as app:
        robots = asyncio.create_task(Robots(app, operation, demand, arguments.seed).run())
        try:
            while not robots.done():
                picture = await table(app, operation)
                clear = "\x1b[H\x1b[J" if sys.stdout.isatty() else ""
                title = f"{operation.workspace}, {arguments.speed:g} × as fast as life; Ctrl-C ends it"
                print(f"{clear}{title}\n\n{picture}\n")
                await asyncio.sleep(1)
            await robots
        finally:
            robots.cancel()
            await asyncio.wait([robots])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="contact-router", description="Routes customers' contacts to agents.")
    commands = parser.add_subparsers(dest="command", required=True)
    checking = commands.add_parser("check", help="say what is wrong with an operation file")
    checking.add_argument("file", type=Path)
    showing = commands.add_parser("demo", help="serve an operation with robots as customers and agents")
    showing.add_argument("--operation", type=Path, default=Path("seeds/krasnoyarsk/operation.toml"))
    server = showing.add_mutually_exclusive_group()
    server.add_argument("--data", type=Path, default=Path("data"), help="directory of the embedded server (data)")
    server.add_argument("--redis", help="redis://, rediss:// or unix:// address of another server")
    showing.add_argument("--speed", type=float, default=10.0, help="how many times faster than life (10)")
    showing.add_argument("--seed", type=int, default=1)
    return parser


if __name__ == "__main__":
    sys.exit(main())
