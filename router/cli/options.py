"""Options that several commands have, and how their values are read."""

from __future__ import annotations

import asyncio
import re
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from router.app import attached
from router.kit.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from contextlib import AbstractAsyncContextManager

    from router.engine.engine import Engine

    Command = Callable[..., Any]

AnyCommand = TypeVar("AnyCommand", bound="Command")
Result = TypeVar("Result")

DATA: Final = Path("data")
_UNITS_S: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


class Duration(click.ParamType[int]):
    """Such as 30m, 12h or 7d; milliseconds."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The milliseconds that the text says."""
        if isinstance(value, int):
            return value
        match = re.fullmatch(r"([1-9]\d{0,5})([smhd])", str(value))
        if match is None:
            self.fail(f"{value!r} is not a duration such as 30m, 12h or 7d", param, ctx)
        return int(match[1]) * _UNITS_S[match[2]] * 1000


class Address(click.ParamType[tuple[str, int] | None]):
    """Such as 127.0.0.1:9611 or [::1]:9611; `off` is none."""

    name = "address"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, int] | None:
        """Host and port."""
        if value == "off":
            return None
        host, colon, port = str(value).rpartition(":")
        if not (colon and host and port.isascii() and port.isdecimal() and 0 < int(port) < 65536):
            self.fail(f"{value!r} is not an address such as 127.0.0.1:9611, nor off", param, ctx)
        return host.removeprefix("[").removesuffix("]"), int(port)


def store_options(command: AnyCommand) -> AnyCommand:
    """`--data` or `--redis`: where the workspaces are."""
    redis = click.option(
        "--redis", metavar="URL", envvar="CONTACT_ROUTER_REDIS", show_envvar=True,
        help="Servers of your own instead: redis://, rediss://, unix://, redis+sentinel:// or redis+cluster://.",
    )  # fmt: skip
    data = click.option(
        "--data", metavar="DIR", type=click.Path(file_okay=False, path_type=Path),
        help=f"Directory of the embedded server ({DATA}); any number of processes share it.",
    )  # fmt: skip
    return data(redis(command))


metrics_option = click.option(
    "--metrics", metavar="HOST:PORT", default="127.0.0.1:9611", show_default=True, type=Address(),
    help="Where Prometheus finds the figures, without a token; off is nowhere.",
)  # fmt: skip

workspace_option = click.option("--workspace", metavar="W", help="The workspace; needless where there is one only.")


def place(data: Path | None, redis: str | None, *, must_exist: bool = False) -> dict[str, Any]:
    """The two options as `serving` and `attached` take them. An explicit --data beats the environment's server."""
    context = click.get_current_context()
    from_environment = context.get_parameter_source("redis") is click.core.ParameterSource.ENVIRONMENT
    if data is not None and redis is not None and not from_environment:
        raise click.UsageError("--data and --redis exclude each other: the workspaces are in one place.")
    if redis is not None and data is None:
        return {"url": redis}
    data = data or DATA
    if must_exist and not (data / "store").is_dir():
        raise Refusal("unknown_workspace", f"{data} holds no router's data")
    return {"data": data}


def workspace_at(data: Path | None, redis: str | None, name: str | None) -> AbstractAsyncContextManager[Engine]:
    """The workspace that the options mean, which must exist."""
    return attached(name, **place(data, redis, must_exist=True))


def run(work: Coroutine[Any, Any, Result], *, endless: bool = False) -> Result:
    """Run until it is done, or until Ctrl-C or SIGTERM, which lets it take itself down; a second one makes it hurry.

    To be told so is the good end of work that has no other (`endless`), and for other work it is none.
    """
    return asyncio.run(_until_told(work, endless=endless))


async def _until_told(work: Coroutine[Any, Any, Result], *, endless: bool) -> Result:
    task, loop = asyncio.ensure_future(work), asyncio.get_running_loop()
    told = False

    def tell() -> None:
        nonlocal told
        told = True
        task.cancel()

    for which in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(which, tell)
    try:
        return await task
    except asyncio.CancelledError:
        if not told:
            raise
        raise click.exceptions.Exit(0) if endless else click.Abort from None
