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

from router.kit.clock import SystemClock

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

GOING_DOWN = 0x8004587D
"""ext4's ioctl EXT4_IOC_SHUTDOWN: from here on nothing reaches the device."""
WITHOUT_THE_LOG = 2
"""Not even its journal: what was not synced is lost, as when the power fails."""
MIB = 1024 * 1024
CLOSED_WITHIN_MS = 10_000


@dataclass(frozen=True)
class Disk:
    """A mounted file system on a device of its own."""

    device: str
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
        subprocess.run(["mount", self.device, self.path], check=True)

    def unmount(self) -> None:
        """What a process that was killed had open is closed a moment after its end."""
        clock = SystemClock()
        until_ms = clock.monotonic_ms() + CLOSED_WITHIN_MS
        while subprocess.run(["umount", self.path], check=False).returncode:
            assert clock.monotonic_ms() < until_ms, "somebody has a file open"


@contextlib.contextmanager
def disk(directory: Path, size_mib: int) -> Generator[Disk]:
    """A disk of this size. Skips the test, saying so, where this user may not mount one."""
    image = directory / "disk.img"
    with image.open("wb") as file:
        file.truncate(size_mib * MIB)
    with contextlib.ExitStack() as stack:
        try:
            subprocess.run(["mkfs.ext4", "-q", "-m", "0", image], check=True)
            # One device for as long as the disk is there: one that a mount takes is let go of some time after its end.
            device = subprocess.check_output(["losetup", "--find", "--show", image], text=True).strip()
            stack.callback(subprocess.run, ["losetup", "--detach", device], check=True)
            made = Disk(device, directory / "disk")
            made.path.mkdir()
            made.mount()
        except (OSError, subprocess.CalledProcessError) as error:
            pytest.skip(f"no disk could be mounted, so nothing was tested on a full one or without power: {error}")
        stack.callback(made.unmount)
        yield made
