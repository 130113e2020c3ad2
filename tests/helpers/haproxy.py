"""Debian's HAProxy, unpacked into `.haproxy/` by `make haproxy`. Not installed: its package starts a daemon."""

from __future__ import annotations

import os
import platform
from pathlib import Path

import pytest

from tests.helpers import debian
from tests.helpers.debian import CannotUnpack, run

HOME = Path(__file__).parents[2] / ".haproxy"
"""Where it lies; its file `VERSION` says that it is whole."""
PACKAGES = ("haproxy", "liblua5.3-0", "libopentracing-c-wrapper0", "libopentracing1")


def program() -> list[str]:
    """The command that starts it, with its own libraries; without it the test is skipped."""
    if not (HOME / "VERSION").is_file():
        pytest.skip("no HAProxy in .haproxy/, see `make haproxy`: nothing here was tested behind one")
    return _program()


def _program() -> list[str]:
    libraries = os.pathsep.join(str(found) for found in HOME.glob("usr/lib/*-linux-*"))
    return ["env", f"LD_LIBRARY_PATH={libraries}", str(HOME / "usr" / "sbin" / "haproxy")]


def unpack() -> str:
    """Bring it into `HOME`, in place of what lies there; the version. Raises CannotUnpack."""
    try:
        release = platform.freedesktop_os_release()["VERSION_CODENAME"]
    except (OSError, KeyError):
        raise CannotUnpack("this is no Debian") from None
    debian.unpack(HOME, release, lambda apt: debian.download(apt, *PACKAGES))
    version, *_ = run(*_program(), "-v").splitlines()
    (HOME / "VERSION").write_text(f"{version}\n")
    return version


if __name__ == "__main__":
    debian.unpack_and_say("HAProxy", unpack, HOME)
