"""Debian's Prometheus and Alertmanager, each with its tool, unpacked into `.prometheus/` by `make prometheus`.

Not installed: their packages start daemons.
"""

from __future__ import annotations

import platform
import subprocess
from pathlib import Path

import pytest

from tests.helpers import debian
from tests.helpers.debian import CannotUnpack, run

HOME = Path(__file__).parents[2] / ".prometheus"
"""Where they lie; its file `VERSION` says that it is whole."""
PACKAGES = ("prometheus", "prometheus-alertmanager")


def program(name: str) -> str:
    """The path of `prometheus`, `promtool`, `prometheus-alertmanager` or `amtool`; without them the test is skipped."""
    if not (HOME / "VERSION").is_file():
        pytest.skip("no Prometheus in .prometheus/, see `make prometheus`: nothing here was tested with one")
    return str(HOME / "usr" / "bin" / name)


def promtool(*arguments: str | Path, given: str = "") -> str:
    """What promtool says to these arguments, `given` being its input. What it refuses fails the test in its words."""
    said = subprocess.run(
        [program("promtool"), *map(str, arguments)], check=False, capture_output=True, text=True, input=given
    )
    assert said.returncode == 0, said.stdout + said.stderr
    return said.stdout + said.stderr


def unpack() -> str:
    """Bring them into `HOME`, in place of what lies there; the version. Raises CannotUnpack.

    They are of this machine's own release, so its libraries fit.
    """
    try:
        release = platform.freedesktop_os_release()["VERSION_CODENAME"]
    except (OSError, KeyError):
        raise CannotUnpack("this is no Debian") from None
    debian.unpack(HOME, release, lambda apt: debian.download(apt, *PACKAGES))
    version = "Prometheus " + run(str(HOME / "usr/bin/promtool"), "--version").split()[2]
    (HOME / "VERSION").write_text(f"{version}\n")
    return version


if __name__ == "__main__":
    debian.unpack_and_say("Prometheus", unpack, HOME)
