"""Servers that replicate: primaries and replicas, Sentinels, clusters; each a process that a test may treat roughly."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from router.engine.address import Address
from router.engine.elected import SLOTS
from router.engine.link import connect
from router.kit.errors import NotReplicated, RouterError
from tests.helpers.servers import binary_of, free_port

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence
    from pathlib import Path

    from router.engine.link import Argument

IN_NO_SLOT = "#!lua name=followed\nredis.register_function('followed', function() end)"
"""What a write writes that any server of a cluster takes."""
PLAIN = ("--protected-mode", "no")
DURABLE = ("--appendonly", "yes", "--appendfsync", "always", "--save", "")
PROMPT = ("--repl-diskless-sync-delay", "0", "--repl-ping-replica-period", "1", "--repl-timeout", "5")
"""Replicas are in step as soon as can be, and miss each other soon."""
PRIMARIES = 3
"""Of a cluster."""
AGAIN_S = 0.05
WITHIN_S = 30.0


@dataclass(frozen=True)
class Host:
    """A machine: this one, or one in a network namespace, whose commands begin with `inside`."""

    address: str
    inside: Sequence[str] = ()
    line: str | None = None
    """Its address from here, where that is another one."""

    @property
    def from_here(self) -> str:
        """Where it is, seen from here."""
        return self.line or self.address

    def node(self, kind: str, directory: Path, *arguments: str, first: Sequence[str] = ()) -> Node:
        """A server on it, not yet started; `first` are the arguments that must come first."""
        return Node(directory, self, free_port(), (*self.inside, str(binary_of(kind)), *first), (*arguments, *PLAIN))


HERE = Host("127.0.0.1")


@dataclass(eq=False)
class Node:
    """A server of a set."""

    directory: Path
    on: Host
    port: int
    command: Sequence[str]
    arguments: Sequence[str]
    process: subprocess.Popen[bytes] = field(init=False)

    @property
    def host(self) -> str:
        """Where the others find it."""
        return self.on.address

    @property
    def address(self) -> Address:
        """Where the others find it."""
        return Address(host=self.host, port=self.port)

    @property
    def from_here(self) -> Address:
        """Where it is, seen from here."""
        return Address(host=self.on.from_here, port=self.port)

    def start(self) -> None:
        """Start it, on what it has stored."""
        self.directory.mkdir(parents=True, exist_ok=True)
        with (self.directory / "log").open("ab") as log:
            where = ("--port", str(self.port), "--bind", *dict.fromkeys((self.host, self.on.from_here)))
            command = [*self.command, *self.arguments, *where]
            self.process = subprocess.Popen(command, cwd=self.directory, stdout=log, stderr=log)

    def send(self, what: signal.Signals) -> None:
        """Send it a signal, which a kill outlives no longer than it takes."""
        os.kill(self.process.pid, what)
        if what is signal.SIGKILL:
            self.process.wait()

    async def ask(self, *command: Argument) -> Any:
        """Its reply to one command. Raises what `connect` and `call` do."""
        link = await connect(self.from_here, reply_timeout_s=5)
        try:
            return await link.call(*command)
        finally:
            link.discard("asked")
            await link.gone()

    async def ask_until(self, *command: str | int) -> Any:
        """Its reply, as soon as it answers."""
        await self.says("PONG", "PING")
        return await self.ask(*command)

    async def followed_by(self, replicas: int) -> None:
        """Wait until so many replicas have all that it has."""
        async with asyncio.timeout(WITHIN_S):
            while True:
                link = await connect(self.from_here, reply_timeout_s=WITHIN_S)
                try:
                    await link.call("FUNCTION", "LOAD", "REPLACE", IN_NO_SLOT)
                    if await link.call("WAIT", replicas, 5_000) >= replicas:
                        return
                except NotReplicated:
                    await asyncio.sleep(AGAIN_S)
                finally:
                    link.discard("asked")
                    await link.gone()

    async def says(self, words: str, *command: Argument) -> None:
        """Wait until its reply to a command has these words."""
        await self.replies(lambda reply: words in str(reply), *command)

    async def replies(self, wanted: Callable[[Any], bool], *command: Argument) -> Any:
        """Its reply to a command, as soon as it is such a one."""
        reply: Any = None
        try:
            async with asyncio.timeout(WITHIN_S):
                while True:
                    with contextlib.suppress(OSError, RouterError):
                        reply = await self.ask(*command)
                        if wanted(reply):
                            return reply
                    await asyncio.sleep(AGAIN_S)
        except TimeoutError:
            raise AssertionError(f"{command} never said what was wanted but {reply}") from None


@contextlib.contextmanager
def running_all(*nodes: Node) -> Generator[None]:
    """Run them; in the end none is left, however a test left it."""
    try:
        for node in nodes:
            node.start()
        yield
    finally:
        for node in nodes:
            node.process.kill()
            node.process.wait()


async def primary_of(nodes: Sequence[Node], replicas: int = 0) -> Node:
    """The one that is primary now, once so many replicas are in step with it. One that came back says so first."""
    async with asyncio.timeout(WITHIN_S):
        while True:
            for node in nodes:
                with contextlib.suppress(OSError, RouterError):  # it is just made another, or dies
                    role, *_, followers = await node.ask("ROLE")
                    if role == b"master" and len(followers) >= replicas:
                        await node.followed_by(replicas)
                        return node
            await asyncio.sleep(AGAIN_S)


def replicated(kind: str, directory: Path, hosts: Sequence[Host] = (HERE, HERE)) -> list[Node]:
    """A primary and its replicas, the first of them the primary, each on a host."""
    primary = hosts[0].node(kind, directory / "server0", *DURABLE, *PROMPT, "--min-replicas-to-write", "1")
    of_primary = ("--replicaof", f"{primary.host} {primary.port}", "--min-replicas-to-write", "1")
    return [
        primary,
        *(
            host.node(kind, directory / f"server{number}", *DURABLE, *PROMPT, *of_primary)
            for number, host in enumerate(hosts[1:], 1)
        ),
    ]


def sentinels(kind: str, directory: Path, primary: Node, hosts: Sequence[Host] = (HERE, HERE, HERE)) -> list[Node]:
    """Sentinels that watch a primary as `heart`; most of them elect another within two seconds of its silence."""
    return [_sentinel(host, kind, directory / f"sentinel{number}", primary, len(hosts) // 2 + 1)
            for number, host in enumerate(hosts)]  # fmt: skip


def _sentinel(host: Host, kind: str, directory: Path, primary: Node, quorum: int) -> Node:
    directory.mkdir(parents=True)
    lines = (
        f"monitor heart {primary.host} {primary.port} {quorum}",
        "down-after-milliseconds heart 1000",
        "failover-timeout heart 4000",
    )
    (directory / "sentinel.conf").write_text("".join(f"sentinel {line}\n" for line in lines))
    return host.node(kind, directory, "--sentinel", first=("sentinel.conf",))


async def watched(nodes: Sequence[Node], replicas: int) -> None:
    """Wait until every Sentinel knows the replicas and the other Sentinels."""
    for node in nodes:
        await node.says(f"b'num-slaves', b'{replicas}'", "SENTINEL", "MASTER", "heart")
        await node.says(f"b'num-other-sentinels', b'{len(nodes) - 1}'", "SENTINEL", "MASTER", "heart")


def clustered(kind: str, directory: Path, hosts: Sequence[Host] = (HERE,) * 6) -> list[Node]:
    """The nodes of a cluster, which `formed` makes of them. A primary with two replicas gives none of them away."""
    return [
        host.node(
            kind, directory / f"node{number}", *DURABLE, *PROMPT, "--cluster-enabled", "yes",
            "--cluster-node-timeout", "1500", "--cluster-migration-barrier", "2", "--cluster-port", str(free_port()),
        )
        for number, host in enumerate(hosts)
    ]  # fmt: skip


def first_primary_of(slot: int) -> int:
    """The number of the primary that gets a slot when a cluster is made."""
    return slot * PRIMARIES // SLOTS


async def formed(nodes: Sequence[Node], following: Sequence[int] = (0, 1, 2)) -> None:
    """Make a cluster of them: three primaries with equal shares of the slots, and after them their replicas.

    `following` has the number of each replica's primary.
    """
    names = [(await node.ask_until("CLUSTER", "MYID")).decode() for node in nodes]
    for node in nodes[1:]:
        bus = node.arguments[node.arguments.index("--cluster-port") + 1]
        await nodes[0].ask("CLUSTER", "MEET", node.host, node.port, bus)
    for number, node in enumerate(nodes[:PRIMARIES]):
        first, behind = (-(-share * SLOTS // PRIMARIES) for share in (number, number + 1))
        await node.ask("CLUSTER", "ADDSLOTSRANGE", first, behind - 1)
    for node in nodes:
        await node.says(f"cluster_known_nodes:{len(nodes)}", "CLUSTER", "INFO")
    for primary, node in zip(following, nodes[PRIMARIES:], strict=True):
        await node.says(names[primary], "CLUSTER", "NODES")
        await node.ask("CLUSTER", "REPLICATE", names[primary])
    for node in nodes:
        await node.says("cluster_state:ok", "CLUSTER", "INFO")
    for primary, replicas in Counter(following).items():
        await nodes[primary].followed_by(replicas)
