"""Does what a Dockerfile says in a directory, and runs what came of it as a container would, without an engine."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import msgspec
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ITS_OWN = re.compile(r"(?<![\w.:/-])/(?=(?:opt|source|data)\b)")
"""Where an absolute path begins that the image makes itself."""
LAST_FILES = ("EXPOSE", "STOPSIGNAL", "ENTRYPOINT", "CMD", "USER", "HEALTHCHECK")
CONTAINER = (
    "ip link set lo up && mount --bind data data && mount -o remount,bind,ro / &&"
    ' exec unshare --user --map-user="$0" --map-group="$0" -- "$@"'
)
"""Alone with a network of its own, on a file system of which only the volume can be written, as that user."""


def instructions(file: Path) -> Iterator[tuple[str, str]]:
    """Each instruction of a Dockerfile: its word and the rest."""
    text = re.sub(r"^#.*\n", "", file.read_text(), flags=re.MULTILINE)
    for line in re.sub(r"\\\n\s*", "", text).splitlines():
        if line.strip():
            word, rest = line.split(maxsplit=1)
            yield word, rest


def taken(path: PurePosixPath, rules: list[str]) -> bool:
    """Whether the engine is given a file, by the last of the rules of .dockerignore that fits it or a folder of it."""
    given = True
    for rule in rules:
        pattern = re.escape(rule.removeprefix("!")).replace(r"\*\*/", "(?:.*/)?").replace(r"\*", "[^/]*")
        if any(re.fullmatch(pattern, str(place)) for place in (path, *path.parents)):
            given = rule.startswith("!")
    return given


@dataclass
class Image:
    """What a Dockerfile makes, in `root` in place of the root of a file system."""

    source: Path
    directory: Path
    said: dict[str, str] = field(default_factory=dict[str, str])
    environment: dict[str, str] = field(default_factory=dict[str, str])
    _work: PurePosixPath = field(default_factory=PurePosixPath)
    _stage: str = ""

    def __post_init__(self) -> None:
        (self.directory / "base").mkdir()
        (self.directory / "base" / "python").symlink_to(Path(sys.executable).resolve())
        ignored = (self.source / ".dockerignore").read_text().splitlines()
        self._rules = [rule for rule in ignored if rule and not rule.startswith("#")]

    @property
    def root(self) -> Path:
        """The same place for every stage, as it is `/` for every stage."""
        return self.directory / "root"

    @property
    def _path(self) -> str:
        """The path of the base image."""
        return f"{self.directory / 'base'}:/usr/sbin:/usr/bin:/sbin:/bin"

    def here(self, text: str) -> str:
        """A text of the Dockerfile with its own paths below `root`."""
        return ITS_OWN.sub(f"{self.root}/", text)

    def build(self) -> None:
        """Do all that the Dockerfile says."""
        for word, rest in instructions(self.source / "deploy" / "Dockerfile"):
            if word == "FROM":
                self._begin(rest)
            elif word == "WORKDIR":
                self._work = PurePosixPath(rest)
                self._at(".").mkdir(parents=True)
            elif word == "COPY":
                self._copy(*shlex.split(rest))
            elif word == "RUN":
                subprocess.run(["sh", "-c", self.here(rest)], check=True, cwd=self._at("."), env=self._surroundings())
            elif word == "ENV":
                name, value = rest.split("=", 1)
                self.environment[name] = self.here(value).replace("$PATH", self._path)
            else:
                assert word in LAST_FILES, word
                self.said[word] = rest

    def container(self, *command: str) -> list[str]:
        """The command that runs this one in it: a user without rights, a volume, a network alone."""
        user, _group = self.said["USER"].split(":")
        unshared = ["unshare", "--user", "--map-root-user", "--mount", "--net", "--"]
        return [*unshared, "sh", "-c", CONTAINER, user, *command]

    @property
    def command(self) -> list[str]:
        """What it runs."""
        return [*msgspec.json.decode(self.said["ENTRYPOINT"], type=list[str]), *self.words("CMD")]

    @property
    def health_check(self) -> list[str]:
        """What says whether it is well."""
        return msgspec.json.decode(self.said["HEALTHCHECK"].partition("CMD ")[2], type=list[str])

    def words(self, word: str) -> list[str]:
        """The words of an instruction that is a list."""
        return msgspec.json.decode(self.said[word], type=list[str])

    def surroundings(self, **given: str) -> dict[str, str]:
        """The environment of what it runs."""
        return self.environment | given

    def _begin(self, rest: str) -> None:
        if self._stage:
            self.root.rename(self.directory / self._stage)
        self.root.mkdir()
        self._stage, self._work = rest.partition(" AS ")[2] or "last", PurePosixPath()

    def _at(self, place: str) -> Path:
        return self.root / str(self._work / place).lstrip("/")

    def _copy(self, *words: str) -> None:
        options = dict(word.removeprefix("--").split("=", 1) for word in words if word.startswith("--"))
        *sources, target = (word for word in words if not word.startswith("--"))
        for source in sources:
            to = self._at(target) / Path(source).name if len(sources) > 1 or target.endswith("/") else self._at(target)
            if stage := options.get("from"):
                _copy(self.directory / stage / source.lstrip("/"), to)
            else:
                _copy(self.source / source, to, self._ignored)

    def _ignored(self, folder: str, names: list[str]) -> list[str]:
        """Those that the engine is not given."""
        within = PurePosixPath(Path(folder).relative_to(self.source).as_posix())
        return [name for name in names if not taken(within / name, self._rules)]

    def _surroundings(self) -> dict[str, str]:
        """Of what builds it: the machine's own, so that packages are found, and nothing of these tests' venv."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
        return kept | {"PATH": self._path}


def _copy(source: Path, to: Path, ignored: Callable[[str, list[str]], list[str]] | None = None) -> None:
    if source.is_dir():
        shutil.copytree(source, to, symlinks=True, ignore=ignored, dirs_exist_ok=True)
        return
    assert ignored is None or not ignored(str(source.parent), [source.name]), f"{source} is kept from the engine"
    to.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(source, to)


def needs_namespaces() -> None:
    """Skip the test where a process cannot have a network and a user of its own."""
    told = subprocess.run(
        ["unshare", "--user", "--map-root-user", "--mount", "--net", "ip", "link", "set", "lo", "up"],
        check=False, capture_output=True, text=True,
    ) if shutil.which("unshare") and shutil.which("ip") else None  # fmt: skip
    if told is None or told.returncode != 0:
        pytest.skip("no namespaces for a user here: no image was tried")
