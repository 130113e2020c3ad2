"""The data directory of the embedded server: what lies in it, and who may touch it when.

    DATA/             its lock is the door: held by whoever starts, joins or leaves the server, for that moment
    DATA/store/       the server's files; the living server holds its lock from its first moment to its last
    DATA/run/         the socket; each process that uses the server shares its lock
    DATA/server.log

The locks are the kernel's (flock, on the directories themselves). They end with the process that holds them, however it
ends, so nothing goes stale, and no pid is ever trusted or signalled.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import shutil
import stat
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from router.kit.errors import ServerUnfit

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

# Linux takes 107 bytes for the path of a socket, others 103.
LONGEST_SOCKET_PATH = 103
DOOR_PAUSE_S = 0.01
LAST_WORDS_BYTES = 4096
LAST_WORDS_LINES = 8
# What may lie there before the first use: nothing, what a fresh file system puts into its root, or what another process
# is making at this moment.
_EXPECTED = frozenset({"lost+found", "store", "run", "server.log"})


class DataDirectory:
    """One data directory; made by `prepare`. Everything but `door` takes a few milliseconds and blocks for them."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.store = path / "store"
        self.run = path / "run"
        self.log = path / "server.log"

    @classmethod
    def prepare(cls, path: Path) -> DataDirectory:
        """Create and check the directory. Raises `ServerUnfit` saying what is wrong with it."""
        data = cls(path.expanduser().resolve())
        try:
            data.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            data._check_owner()
            data._check_content()
            data.store.mkdir(exist_ok=True)
            for private in (data.path, data.store):
                private.chmod(0o700)
        except OSError as error:
            raise data.unfit(error.strerror or str(error)) from error
        return data

    @property
    def socket(self) -> Path:
        """The server's socket, by a path that is short enough to connect to. Only after `join`."""
        return self.run.resolve() / "server.sock"

    @property
    def pid_file(self) -> Path:
        """Where the server writes its pid, for people."""
        return self.socket.with_name("server.pid")

    def unfit(self, reason: str) -> ServerUnfit:
        """The error for a directory that cannot be used."""
        return ServerUnfit(f"data directory {self.path}: {reason}")

    def check_store(self, directory: str) -> None:
        """Raise `ServerUnfit` unless `directory`, where a server says it works, is the store."""
        place = Path(directory)
        if not (place.exists() and place.samefile(self.store)):
            raise self.unfit(f"the server on its socket works in {directory}")

    def last_words(self) -> str:
        """The end of the server's log."""
        if not self.log.exists():
            return ""
        with self.log.open("rb") as log:
            log.seek(max(0, self.log.stat().st_size - LAST_WORDS_BYTES))
            lines = log.read().decode(errors="replace").splitlines()
        return "\n".join([line for line in lines if line][-LAST_WORDS_LINES:])

    @contextlib.asynccontextmanager
    async def door(self) -> AsyncGenerator[None, None]:
        """Hold the door: nobody else starts, joins or leaves meanwhile."""
        # Waiting in a thread would survive the waiter's cancellation and then hold the door for ever.
        while (door := self._lock(self.path, fcntl.LOCK_EX)) is None:
            await asyncio.sleep(DOOR_PAUSE_S)
        try:
            yield
        finally:
            os.close(door)

    def server_lives(self) -> bool:
        """Whether a server works on the store. Only with the door held."""
        lock = self.take_store()
        if lock is None:
            return True
        os.close(lock)
        return False

    def take_store(self) -> int | None:
        """The store's lock, as a descriptor for a server to inherit; None if one holds it. Only with the door held."""
        return self._lock(self.store, fcntl.LOCK_EX)

    def join(self) -> int:
        """Become a user of the server; returns the descriptor that says so. Only with the door held."""
        try:
            self._make_run()
        except OSError as error:
            raise self.unfit(f"run: {error.strerror}") from error
        user = self._lock(self.run, fcntl.LOCK_SH)
        if user is None:  # whoever takes it exclusively holds the door too
            raise self.unfit(f"{self.run} is locked by a foreign process")
        return user

    def is_last(self, user: int) -> bool:
        """Whether `user` has no others beside it. Ends its own share: it must leave now. Only with the door held."""
        try:
            fcntl.flock(user, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def clear_run(self) -> None:
        """Remove the socket and all beside it. Only with the door held, by the last user, with the server gone."""
        target = self.run.resolve()
        shutil.rmtree(target)
        if target != self.run:
            self.run.unlink()

    def _lock(self, directory: Path, kind: int) -> int | None:
        try:
            descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
        except OSError as error:
            raise self.unfit(f"{directory.name or directory}: {error.strerror}") from error
        try:
            fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        except OSError as error:
            os.close(descriptor)
            raise self.unfit(f"cannot be locked ({error.strerror}); it must lie on a local disk") from error
        return descriptor

    def _check_owner(self) -> None:
        owner = self.path.stat().st_uid
        if owner != os.geteuid():
            raise self.unfit(f"belongs to user {owner}, and this process is user {os.geteuid()}")

    def _check_content(self) -> None:
        if not self.store.exists() and {entry.name for entry in self.path.iterdir()} - _EXPECTED:
            raise self.unfit("is not empty and holds no router's data; name an empty or a new directory")

    def _make_run(self) -> None:
        """`run` is a directory or, where its path is too long for a socket, a link to a private one elsewhere."""
        fits = len(os.fsencode(self.run / "server.sock")) <= LONGEST_SOCKET_PATH
        if self.run.is_symlink() and (fits or not self._is_ours(self.run)):
            self.run.unlink()
        if self.run.exists():
            return
        if fits:
            self.run.mkdir(mode=0o700)
            return
        target = Path(tempfile.mkdtemp(prefix="contact-router-"))
        (target / "data").symlink_to(self.path)
        self.run.symlink_to(target)

    def _is_ours(self, link: Path) -> bool:
        """Whether the directory that `link` names is private and was made for this data directory.

        It may be neither: a restart empties /tmp and anyone may make it anew, and a copied data directory has a copy of
        the link.
        """
        try:
            target = link.readlink()
            status = target.lstat()
            made_for = (target / "data").readlink()
        except OSError:
            return False
        private = stat.S_ISDIR(status.st_mode) and status.st_uid == os.geteuid() and not status.st_mode & 0o077
        return private and made_for == self.path
