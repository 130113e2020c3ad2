"""A disk of a test's own: small, so that it can be full, and with a power supply that can be cut."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import struct
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

GOING_DOWN = 0x8004587D
"""ext4's ioctl EXT4_IOC_SHUTDOWN: from here on nothing reaches the device."""
WITHOUT_THE_LOG = 2
"""Not even its journal: what was not synced is lost, as when the power fails."""
MIB = 1024 * 1024


@dataclass(frozen=True)
class Disk:
    """A mounted file system in a file."""

    image: Path
    path: Path

    @property
    def ballast(self) -> Path:
        """A file that takes room from the others."""
        return self.path / "ballast"

    def fill(self, free_mib: float) -> None:
        """Leave so much room. With none at all, the file system itself is left none for its own tables."""
        more = shutil.disk_usage(self.path).free - round(free_mib * MIB)
        with self.ballast.open("ab") as ballast, contextlib.suppress(OSError):
            os.posix_fallocate(ballast.fileno(), ballast.tell(), more)

    def make_room(self) -> None:
        """Take the ballast away."""
        self.ballast.unlink()

    def cut_power(self) -> None:
        """Lose all that no sync has brought to the disk, and come back with the rest. Nobody may have a file open."""
        directory = os.open(self.path, os.O_RDONLY)
        fcntl.ioctl(directory, GOING_DOWN, struct.pack("I", WITHOUT_THE_LOG))
        os.close(directory)
        self.unmount()
        self.mount()

    def mount(self) -> None:
        subprocess.run(["mount", "--options", "loop", self.image, self.path], check=True)

    def unmount(self) -> None:
        subprocess.run(["umount", self.path], check=True)


@contextlib.contextmanager
def disk(directory: Path, size_mib: int) -> Generator[Disk]:
    """A disk of this size. Skips the test, saying so, where this user may not mount one."""
    made = Disk(directory / "disk.img", directory / "disk")
    made.path.mkdir()
    with made.image.open("wb") as image:
        image.truncate(size_mib * MIB)
    try:
        subprocess.run(["mkfs.ext4", "-q", "-m", "0", made.image], check=True)
        made.mount()
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"no disk could be mounted, so nothing was tested on a full one or without power: {error}")
    try:
        yield made
    finally:
        made.unmount()
