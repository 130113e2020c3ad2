"""Unpacks Debian's Asterisk into `.asterisk/`.

Debian's stable release has no Asterisk, so it comes from sid. What it links to comes along and is loaded by a loader of
its own.
"""

from __future__ import annotations

import re
from pathlib import Path

from tests.helpers import debian
from tests.helpers.debian import CannotUnpack, run

HOME = Path(__file__).parents[4] / ".asterisk"
"""Where it lies; its file `VERSION` says that it is whole."""
PACKAGES = ("asterisk", "asterisk-modules", "asterisk-core-sounds-en-gsm", "asterisk-core-sounds-ru-gsm")
OLDEST = {20: 13, 21: 8, 22: 3}
"""A major version → its first minor one that gives transfers by a phone's own keys to ARI. Later majors all do."""


def download(directory: Path) -> list[Path]:
    """The packages, and the libraries that Asterisk links to, by the names that its package says."""
    depends = run("apt-cache", "show", "--no-all-versions", "asterisk", settings=directory)
    wanted = re.search(r"^Depends: (.*)$", depends, re.MULTILINE)
    assert wanted is not None
    libraries = [name for name in re.findall(r"(?:^|, )([\w.+-]+)", wanted[1]) if name.startswith("lib")]
    run("apt-get", "-q", "-y", "--download-only", "install", *libraries, "libgsm1", settings=directory)
    # Of these only they themselves: what else they depend on is not needed for calls on a loopback.
    return debian.download(directory, *PACKAGES)


def is_new_enough(version: str) -> bool:
    """Whether "Asterisk 22.10.1+dfsg…" has what the channel needs."""
    numbers = re.search(r"(\d+)\.(\d+)", version)
    assert numbers is not None, version
    major, minor = int(numbers[1]), int(numbers[2])
    return minor >= OLDEST[major] if major in OLDEST else major > max(OLDEST)


def program(root: Path) -> list[str]:
    """The command that starts Asterisk of this tree, by the tree's own loader and libraries."""
    (loader,) = root.glob("usr/lib/*/ld-linux-*.so.*")
    return [str(loader), "--library-path", f"{loader.parent}:{root}/usr/lib", str(root / "usr/sbin/asterisk")]


def unpack() -> str:
    """Bring it all into `HOME`, in place of what lies there; the version. Raises CannotUnpack."""
    debian.unpack(HOME, "sid", download)
    version = run(*program(HOME), "-V").strip()
    if not is_new_enough(version):
        raise CannotUnpack(f"{version} is too old: 20.13, 21.8 or 22.3 is the least")
    (HOME / "VERSION").write_text(f"{version}\n")
    return version


if __name__ == "__main__":
    debian.unpack_and_say("Asterisk", unpack, HOME)
