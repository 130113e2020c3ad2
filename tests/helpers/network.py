"""Several hosts on one machine, in network namespaces, and the wire between them, which can be cut.

Each host is reached in two ways: by its address on the wire, as the other hosts reach it, and by a line of its own from
here, which stays when the wire is cut. It takes Linux, root and iproute2.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.helpers.replicas import Host

if TYPE_CHECKING:
    from collections.abc import Generator


@dataclass
class Network:
    """Hosts by name."""

    name: str
    hosts: dict[str, Host]

    def cut(self, host: str) -> None:
        """What this host sends on the wire reaches nobody, and the other way round; nobody is told."""
        _ip("link", "set", f"{self.name}w{host}", "nomaster")

    def mend(self, host: str) -> None:
        """The wire is whole again."""
        _ip("link", "set", f"{self.name}w{host}", "master", f"{self.name}wire")


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


@contextlib.contextmanager
def network(*names: str) -> Generator[Network]:
    """Hosts of these names, one letter each. Skips the test, saying so, where none can be made."""
    if sys.platform != "linux" or os.geteuid() != 0 or shutil.which("ip") is None:
        pytest.skip("network namespaces take Linux, root and iproute2: no partition was tested")
    tag = os.getpid() % 10_000
    found = Network(f"c{tag}", {})
    with contextlib.ExitStack() as stack:
        _ip("link", "add", f"{found.name}wire", "type", "bridge")
        stack.callback(_ip, "link", "del", f"{found.name}wire")
        _ip("link", "set", f"{found.name}wire", "up")
        for number, name in enumerate(names, 1):
            space = f"{found.name}{name}"
            _ip("netns", "add", space)
            stack.callback(_ip, "netns", "del", space)
            inside = ("netns", "exec", space, "ip")
            _ip("link", "add", f"{found.name}w{name}", "type", "veth", "peer", "name", "wire", "netns", space)
            _ip("link", "add", f"{found.name}l{name}", "type", "veth", "peer", "name", "line", "netns", space)
            wire, line = f"10.{tag % 100}.0.{number}", f"10.{100 + tag % 100}.{number}"
            found.mend(name)
            for link in (f"{found.name}w{name}", f"{found.name}l{name}"):
                _ip("link", "set", link, "up")
            _ip("address", "add", f"{line}.1/24", "dev", f"{found.name}l{name}")
            _ip(*inside, "address", "add", f"{wire}/24", "dev", "wire")
            _ip(*inside, "address", "add", f"{line}.2/24", "dev", "line")
            for link in ("wire", "line", "lo"):
                _ip(*inside, "link", "set", link, "up")
            found.hosts[name] = Host(wire, ("ip", "netns", "exec", space), f"{line}.2")
        yield found
