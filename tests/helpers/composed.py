"""What deploy/compose.yaml starts, as processes of this machine: its own commands and files, on other ports."""

from __future__ import annotations

import contextlib
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from router.engine.binary import find_binary
from tests.helpers import haproxy
from tests.helpers.servers import Output, free_port

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

DEPLOY = Path(__file__).parents[2] / "deploy"
PASSWORD = "a-secret"


def services() -> dict[str, Any]:
    """The services of compose.yaml."""
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]


@contextlib.contextmanager
def store(directory: Path) -> Generator[str]:
    """Valkey and its replica, in step, while the context lasts; the URL that the routers are told."""
    port = free_port()
    with _server("valkey", directory, port, port) as primary:
        primary.wait_for("ready to accept connections")
        with _server("valkey-replica", directory, free_port(), port) as replica:
            replica.wait_for("sync: finished with success")
            yield f"redis://:{PASSWORD}@127.0.0.1:{port}/0?replicas=1"


@contextlib.contextmanager
def _server(name: str, directory: Path, port: int, primary: int) -> Generator[Output]:
    """One of them, by the command of its service, whose paths and ports are others here; and what it says."""
    service, own = services()[name], directory / name
    own.mkdir()
    (script,) = service["command"]
    for there, here in {
        "$$": "$",
        "/etc/valkey": str(DEPLOY / "valkey"),
        "/run/valkey": str(own),
        "replicaof valkey 6379": f"replicaof 127.0.0.1 {primary}",
        "exec valkey-server": f"echo 'port {port}' >> {own}/valkey.conf\nexec {find_binary()}",
    }.items():
        script = script.replace(there, here)
    process = subprocess.Popen(
        [*service["entrypoint"], script],
        cwd=own,
        env=os.environ | {"VALKEY_PASSWORD": PASSWORD},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    output = Output(process)
    try:
        yield output
    finally:
        process.terminate()
        process.wait()
        output.close()


@contextlib.contextmanager
def proxy(directory: Path, places: Mapping[str, int]) -> Generator[None]:
    """HAProxy with the file of compose.yaml; `places` are the ports here of `router-1:8080`, of `:8080` and so on."""
    text = (DEPLOY / "haproxy" / "haproxy.cfg").read_text()
    for there, port in sorted(places.items(), key=lambda place: -len(place[0])):
        text = text.replace(f"server {there.partition(':')[0]} {there}", f"server {there} 127.0.0.1:{port}")
        text = text.replace(f"bind {there}", f"bind 127.0.0.1:{port}")
    file = directory / "haproxy.cfg"
    file.write_text(text)
    with (directory / "haproxy.log").open("wb") as log:
        process = subprocess.Popen([*haproxy.program(), "-f", str(file)], stdout=log, stderr=log)
    try:
        yield
    finally:
        process.terminate()
        process.wait()
