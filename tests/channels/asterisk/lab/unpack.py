"""Unpacks Debian's Asterisk into `.asterisk/`: no root, nothing installed, the system's own libraries untouched.

Debian's stable release has no Asterisk, so it comes from sid, from the mirror that this machine's own apt knows. What
it links to comes along and is loaded by a loader of its own.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import click

HOME = Path(__file__).parents[4] / ".asterisk"
"""Where it lies; its file `VERSION` says that it is whole."""
PACKAGES = ("asterisk", "asterisk-modules", "asterisk-core-sounds-en-gsm", "asterisk-core-sounds-ru-gsm")
OLDEST = {20: 13, 21: 8, 22: 3}
"""A major version → its first minor one that gives transfers by a phone's own keys to ARI. Later majors all do."""
NEEDLESS = ("doc", "man", "locale", "perl*", "lintian", "bug")


class CannotUnpack(Exception):
    """It cannot be had here; the words say why."""


def mirror(targets: str) -> str:
    """The Debian mirror among what this machine's own apt knows: lines of origin, label and address."""
    for origin, label, address in (line.split("|", 2) for line in targets.splitlines()):
        if (origin, label) == ("Debian", "Debian"):
            return address
    raise CannotUnpack("apt knows no mirror of Debian here")


def run(*command: str, settings: Path | None = None, inside: Path | None = None) -> str:
    """What the command says; with the apt settings that lie in this folder, and in that folder, if they are given."""
    environment = os.environ if settings is None else os.environ | {"APT_CONFIG": str(settings / "apt.conf")}
    said = subprocess.run(command, check=False, capture_output=True, text=True, env=environment, cwd=inside)
    if said.returncode != 0:
        raise CannotUnpack(f"{' '.join(command[:3])} failed: {said.stderr.strip()}")
    return said.stdout


def prepare_apt(directory: Path, address: str) -> None:
    """Settings, lists and a cache of an apt of its own, which knows nothing but sid."""
    for folder in ("lists/partial", "cache/archives/partial", "state"):
        (directory / folder).mkdir(parents=True)
    (directory / "status").touch()
    (directory / "sources.list").write_text(f"deb {address} sid main\n")
    settings = {
        "Dir::Etc::sourcelist": directory / "sources.list",
        "Dir::Etc::sourceparts": "-",
        "Dir::Etc::preferencesparts": "-",
        "Dir::State": directory / "state",
        "Dir::State::status": directory / "status",
        "Dir::State::lists": directory / "lists",
        "Dir::Cache": directory / "cache",
        "APT::Install-Recommends": "false",
        "APT::Sandbox::User": "",
        "Acquire::Languages": "none",
        # A mirror kept for repeatable builds may hold an index that has run out. Its signature is checked all the same.
        "Acquire::Check-Valid-Until": "false",
        "Acquire::Retries": "3",
    }
    (directory / "apt.conf").write_text("".join(f'{name} "{value}";\n' for name, value in settings.items()))


def download(directory: Path) -> list[Path]:
    """The packages, and the libraries that Asterisk links to, by the names that its package says."""
    run("apt-get", "-q", "update", settings=directory)
    depends = run("apt-cache", "show", "--no-all-versions", "asterisk", settings=directory)
    wanted = re.search(r"^Depends: (.*)$", depends, re.MULTILINE)
    assert wanted is not None
    libraries = [name for name in re.findall(r"(?:^|, )([\w.+-]+)", wanted[1]) if name.startswith("lib")]
    run("apt-get", "-q", "-y", "--download-only", "install", *libraries, "libgsm1", settings=directory)
    archives = directory / "cache" / "archives"
    # Only they themselves: what else they depend on is not needed for calls on a loopback.
    run("apt-get", "-q", "download", *PACKAGES, settings=directory, inside=archives)
    return sorted(archives.glob("*.deb"))


def lay(packages: list[Path], root: Path) -> None:
    """Unpack them into one tree, where `lib` is `usr/lib` as on Debian."""
    for folder in ("bin", "sbin", "lib", "lib64"):
        (root / "usr" / folder).mkdir(parents=True)
        (root / folder).symlink_to(f"usr/{folder}")
    needless = [f"--exclude=./usr/share/{name}" for name in NEEDLESS]
    for package in packages:
        with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", package], stdout=subprocess.PIPE) as files:
            tar = ["tar", "-x", "-C", str(root), "--keep-directory-symlink", "--no-same-owner", *needless]
            subprocess.run(tar, check=True, stdin=files.stdout)


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
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        raise CannotUnpack("this is no Debian")
    shutil.rmtree(HOME, ignore_errors=True)
    apt = HOME / "apt"
    prepare_apt(apt, mirror(run("apt-get", "indextargets", "--format", "$(ORIGIN)|$(LABEL)|$(REPO_URI)")))
    lay(download(apt), HOME)
    shutil.rmtree(apt)
    version = run(*program(HOME), "-V").strip()
    if not is_new_enough(version):
        raise CannotUnpack(f"{version} is too old: 20.13, 21.8 or 22.3 is the least")
    (HOME / "VERSION").write_text(f"{version}\n")
    return version


if __name__ == "__main__":
    try:
        click.echo(f"{unpack()} for the tests, in {HOME.name}/")
    except (CannotUnpack, subprocess.CalledProcessError) as why:
        click.echo(f"no Asterisk for the tests: {why}", err=True)
        sys.exit(1)
