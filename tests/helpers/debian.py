"""Debian's packages, unpacked into a folder of the tests: no root, nothing installed, the system's own untouched."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

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


def download(directory: Path, *packages: str) -> list[Path]:
    """These packages themselves, and all that lies in the cache of the apt settings of this folder."""
    archives = directory / "cache" / "archives"
    run("apt-get", "-q", "download", *packages, settings=directory, inside=archives)
    return sorted(archives.glob("*.deb"))


def unpack(home: Path, release: str, wanted: Callable[[Path], list[Path]]) -> None:
    """Lay packages into `home`, in place of what lies there. Raises CannotUnpack.

    They are of Debian's `release`, from the mirror that this machine's own apt knows. `wanted` gets the folder of an
    apt that knows nothing else, and gives the files.
    """
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        raise CannotUnpack("this is no Debian")
    shutil.rmtree(home, ignore_errors=True)
    apt = home / "apt"
    address = mirror(run("apt-get", "indextargets", "--format", "$(ORIGIN)|$(LABEL)|$(REPO_URI)"))
    _prepare_apt(apt, address, release)
    run("apt-get", "-q", "update", settings=apt)
    _lay(wanted(apt), home)
    shutil.rmtree(apt)


def unpack_and_say(what: str, unpack: Callable[[], str], home: Path) -> None:
    """Do it as a command that says what it did: the version, or why not, which is a failure."""
    try:
        click.echo(f"{unpack()} for the tests, in {home.name}/")
    except (CannotUnpack, subprocess.CalledProcessError) as why:
        click.echo(f"no {what} for the tests: {why}", err=True)
        sys.exit(1)


def _prepare_apt(directory: Path, address: str, release: str) -> None:
    """Settings, lists and a cache of an apt of its own, which knows nothing but this release."""
    for folder in ("lists/partial", "cache/archives/partial", "state"):
        (directory / folder).mkdir(parents=True)
    (directory / "status").touch()
    (directory / "sources.list").write_text(f"deb {address} {release} main\n")
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


def _lay(packages: list[Path], root: Path) -> None:
    """Unpack them into one tree, where `lib` is `usr/lib` as on Debian."""
    for folder in ("bin", "sbin", "lib", "lib64"):
        (root / "usr" / folder).mkdir(parents=True)
        (root / folder).symlink_to(f"usr/{folder}")
    needless = [f"--exclude=./usr/share/{name}" for name in NEEDLESS]
    for package in packages:
        with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", package], stdout=subprocess.PIPE) as files:
            tar = ["tar", "-x", "-C", str(root), "--keep-directory-symlink", "--no-same-owner", *needless]
            subprocess.run(tar, check=True, stdin=files.stdout)
