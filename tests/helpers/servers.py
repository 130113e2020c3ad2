"""Servers to test on: the embedded profile's own program, and the Redis that Debian ships."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import hiredis
import pytest

from router.engine.address import Address
from router.engine.binary import find_binary

if TYPE_CHECKING:
    from collections.abc import Generator
    from typing import IO

KINDS = ("valkey", "redis")
DURABLE = ("--appendonly", "yes", "--appendfsync", "always", "--maxmemory-policy", "noeviction")
"""Settings of a server that keeps what it was told, as operators are to have it."""
LIMIT_S = 20.0
_given = set[int]()


class Output:
    """The lines that a process prints, read as they come, so that a test can wait for one."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._lines: list[str] = []
        self._ended = False
        self._changed = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def wait_for(self, words: str) -> None:
        """Return once a line has these words. Raises AssertionError with all lines if none comes."""
        with self._changed:
            self._changed.wait_for(lambda: self._has(words) or self._ended, timeout=LIMIT_S)
            assert self._has(words), f"no line says {words!r}:\n" + "".join(self._lines)

    def close(self) -> None:
        """Give back what the reading needs, after the process has ended."""
        self._reader.join()
        self._stream.close()

    @property
    def _stream(self) -> IO[str]:
        assert self._process.stdout is not None
        return self._process.stdout

    def _has(self, words: str) -> bool:
        return any(words in line.lower() for line in self._lines)

    def _read(self) -> None:
        for line in self._stream:
            with self._changed:
                self._lines.append(line)
                self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()


@dataclass(frozen=True)
class Server:
    """A running server: its kind, where it listens, and its process, for tests that are rough with it."""

    kind: str
    address: Address
    process: subprocess.Popen[str]
    output: Output


def binary_of(kind: str) -> Path:
    """The program of this kind. Skips the test, saying so, where Debian's Redis is not installed."""
    if kind == "valkey":
        return find_binary()
    found = shutil.which("redis-server")
    if found is None:
        pytest.skip("redis-server is not installed: nothing here was tested on Redis 7.0")
    return Path(found)


def free_port() -> int:
    """A TCP port that was free a moment ago, and has not been given to anyone else here."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
        if port not in _given:
            _given.add(port)
            return port


@contextlib.contextmanager
def running(kind: str, directory: Path, *settings: str, **environment: str) -> Generator[Server]:
    """A server that keeps nothing, on a unix socket in `directory`. `settings` are further arguments of the program."""
    path = directory / "server.sock"
    command = [str(binary_of(kind)), "--port", "0", "--unixsocket", str(path), "--save", "", "--dir", str(directory)]
    process = subprocess.Popen(
        [*command, *settings], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=os.environ | environment
    )
    output = Output(process)
    try:
        output.wait_for("ready to accept connections")
        yield Server(kind, Address(path=str(path)), process, output)
    finally:
        process.kill()
        process.wait()
        output.close()


@contextlib.contextmanager
def running_cluster(kind: str, directory: Path) -> Generator[Server]:
    """A cluster of one node, where an act that leaves its slot fails as it would among many."""
    ports = ("--port", str(free_port()), "--cluster-port", str(free_port()), "--bind", "127.0.0.1")
    with running(kind, directory, *ports, "--cluster-enabled", "yes") as server:
        ask(server, "CLUSTER", "ADDSLOTSRANGE", "0", "16383")
        server.output.wait_for("cluster state changed: ok")
        yield server


def ask(server: Server, *command: str) -> object:
    """One command of words without blanks, and its reply, without any of the code under test."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(LIMIT_S)
        connection.connect(str(server.address.path))
        connection.sendall(f"{' '.join(command)}\r\n".encode())
        reader = hiredis.Reader()
        while (reply := reader.gets()) is False:
            reader.feed(connection.recv(65536))
    if isinstance(reply, Exception):
        raise reply
    return reply
