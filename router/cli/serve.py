"""`serve`: the router itself, as one process or as several behind one port."""

from __future__ import annotations

import os
import socket
import sys
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, get_args

import click

from channels.kit.either import either
from router.app import attached, serving
from router.cli.adapters import SETTINGS, adapters, check_channels
from router.cli.options import metrics_option, place, run, store_options, workspace_option
from router.cli.processes import READY, Command, Processes, end_with_parent
from router.domain.operation_file import read_operation
from router.engine.engine import SYSTEM
from router.kit.errors import Died, Refusal
from router.kit.garbage import settle_garbage
from router.kit.log import Level, Unblocked, log_to
from router.service.operations import apply_operation, current_operation
from router.web.listening import bind, listening
from router.web.metrics_listener import metrics_on, shown_address
from router.web.options import WebOptions

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from router.domain.operation import Operation
    from router.service.served import Served


@dataclass(frozen=True)
class Serving:
    """What to serve: an operation, a workspace, or the only workspace there is; and where, and how.

    `channels` are those whose adapters run beside it, with the settings in the file.
    """

    what: Operation | str | None
    place: dict[str, Any]
    web: WebOptions
    metrics: tuple[str, int] | None
    log: Level
    channels: tuple[str, ...] = ()
    settings: Path | None = None


@click.command(
    epilog="""\b
Examples:
  contact-router serve --operation operation.toml
  contact-router serve --redis redis://10.0.0.5:6379/0 --host 0.0.0.0 --behind-proxy --processes 4
  contact-router serve --redis redis+sentinel://10.0.0.5,10.0.0.6,10.0.0.7/heart
  contact-router serve --operation operation.toml --channels telegram,vk --settings channels.toml

SIGTERM ends it once the requests under way are answered. With several processes, SIGHUP replaces them one after the
other and loses no request. Channels are processes, too; `contact-router channel --help` has more of them."""
)
@click.option(
    "--operation", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Apply this file first, unless it is in force. Without it: what the workspace has.",
)  # fmt: skip
@store_options
@workspace_option
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8080, show_default=True, type=click.IntRange(0, 65535), help="0 takes a free one.")
@click.option(
    "--processes", metavar="N", default=1, show_default=True, type=click.IntRange(1, 64),
    help="So many behind the one port; about one for each core.",
)  # fmt: skip
@metrics_option
@click.option("--channels", metavar="NAMES", default="", help="Run the adapters of these too, such as telegram,vk.")
@click.option(
    "--settings", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path),
    envvar=SETTINGS, show_envvar=True, help="TOML, with a table for each of these channels.",
)  # fmt: skip
@click.option("--behind-proxy", is_flag=True, help="One proxy stands before it: its X-Forwarded-… are believed.")
@click.option(
    "--allow-origin", metavar="URL", multiple=True,
    help="A site, such as https://desk.example.org, whose pages may open sockets here; repeatable.",
)  # fmt: skip
@click.option("--log", default="info", show_default=True, type=click.Choice(get_args(Level)), help="From which level.")
@click.option("--child", type=int, hidden=True, help="The listening descriptor that this process got.")
def serve(
    operation: Path | None,
    data: Path | None,
    redis: str | None,
    workspace: str | None,
    host: str,
    port: int,
    processes: int,
    metrics: tuple[str, int] | None,
    channels: str,
    settings: Path | None,
    behind_proxy: bool,
    allow_origin: tuple[str, ...],
    log: Level,
    child: int | None,
) -> None:
    """Serve a workspace: the HTTP API and its websockets."""
    log_to(Unblocked(sys.stderr), log)
    loaded = read_operation(operation).operation if operation else None
    if loaded is not None and workspace not in {None, loaded.workspace}:
        raise click.UsageError(f"--workspace is {workspace}, and the file's workspace {loaded.workspace}.")
    work = Serving(
        what=loaded or workspace,
        place=place(data, redis, must_exist=loaded is None),
        web=WebOptions(behind_proxy=behind_proxy, allow_origins=frozenset(allow_origin)),
        metrics=metrics,
        log=log,
        channels=tuple(name.strip() for name in channels.split(",") if name.strip()),
        settings=settings,
    )
    check_channels(work.channels, settings)
    if child is not None:
        run(_child(work, socket.socket(fileno=child)), endless=True)
        return
    try:
        listener = bind(host, port)
    except OSError as error:
        raise click.ClickException(f"{host}:{port}: {error.strerror or error}\n--port takes another one.") from None
    with listener:
        one = processes == 1
        run(_alone(work, listener, host) if one else _together(work, listener, host, processes), endless=True)


@asynccontextmanager
async def _serving(work: Serving, listener: socket.socket) -> AsyncGenerator[Served]:
    """Serve in this process while the context lasts."""
    async with (
        serving(work.what, **work.place) as served,
        listening(served, listener, work.web),
        metrics_on(served, work.metrics),
    ):
        settle_garbage()
        yield served


async def _alone(work: Serving, listener: socket.socket, host: str) -> None:
    async with _serving(work, listener) as served:
        if not work.channels:
            _announce(work, listener, host, served.engine.workspace)
            await _until_died(served)
        async with adapters(served.engine, work.channels, work.settings, _url(listener), work.log) as commands:
            processes = Processes(commands, [])
            keeping = processes.run(lambda: _announce(work, listener, host, served.engine.workspace))
            await either(keeping, _until_died(served))


async def _child(work: Serving, listener: socket.socket) -> None:
    """Serve until told to end, or until the parent is no more."""
    end_with_parent()
    async with _serving(work, listener) as served:
        click.echo(READY)
        await _until_died(served)


async def _until_died(served: Served) -> NoReturn:
    await served.died.wait()
    raise Died("a part of the router has died; the log says which. Start it again")


async def _together(work: Serving, listener: socket.socket, host: str, number: int) -> None:
    """Be the parent: put the operation in force, then keep so many processes that serve it."""
    operation = None if work.what is None or isinstance(work.what, str) else work.what
    name = operation.workspace if operation else work.what
    assert name is None or isinstance(name, str)
    async with attached(name, new=operation is not None, **work.place) as engine:
        if operation is not None:
            await apply_operation(engine, operation, SYSTEM)
        elif await current_operation(engine) is None:
            raise Refusal("unknown_workspace", engine.workspace)
        one = Command(_words(work, engine.workspace, listener.fileno()), _environment(work))
        async with adapters(engine, work.channels, work.settings, _url(listener), work.log) as commands:
            processes = Processes([*[one] * number, *commands], [listener.fileno()])
            await processes.run(lambda: _announce(work, listener, host, engine.workspace, number))


def _url(listener: socket.socket) -> str:
    """Where processes of this machine reach it."""
    host, port = str(listener.getsockname()[0]), int(listener.getsockname()[1])
    near = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - it is only looked up
    return f"http://[{near}]:{port}" if ":" in near else f"http://{near}:{port}"


def _words(work: Serving, name: str, descriptor: int) -> list[str]:
    """What makes one process of several: they serve what the workspace has, whatever is applied meanwhile."""
    origins = [word for origin in sorted(work.web.allow_origins) for word in ("--allow-origin", origin)]
    return [
        *(sys.executable, "-m", "router", "serve", "--workspace", name, "--child", str(descriptor), "--log", work.log),
        *(["--data", str(work.place["data"])] if "data" in work.place else []),
        *("--metrics", "off" if work.metrics is None else shown_address(work.metrics)),
        *(["--behind-proxy"] if work.web.behind_proxy else []),
        *origins,
    ]


def _environment(work: Serving) -> dict[str, str]:
    """The processes' environment: a server's address has a password, which is nothing for the list of processes."""
    return {**os.environ, **({"CONTACT_ROUTER_REDIS": work.place["url"]} if "url" in work.place else {})}


def _announce(work: Serving, listener: socket.socket, host: str, name: str, number: int = 1) -> None:
    shown = f"[{host}]" if ":" in host else host
    where = f"--data {work.place['data']}" if "data" in work.place else "--redis …"
    several = f" with {number} processes" if number > 1 else ""
    click.echo(
        f"Serving {name}{several} on http://{shown}:{listener.getsockname()[1]}/v1/{name}"
        f"; a token: contact-router token create --workspace {name} --role admin {where}"
    )
