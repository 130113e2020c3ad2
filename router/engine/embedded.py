"""The embedded server: one server process per data directory, shared by every router process that names it.

The first process starts it, others join, the last to stop shuts it down. It runs detached, so neither Ctrl-C nor the
death of a router reaches it: a server that lost its last user goes on, and the next process adopts it. `datadir.py`
says how the processes keep out of each other's way.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess
from typing import TYPE_CHECKING, Any, Literal

import structlog

from router.engine.address import Address
from router.engine.binary import find_binary, read_version
from router.engine.datadir import DataDirectory
from router.engine.link import connect
from router.engine.place import Place
from router.engine.versions import check_version
from router.kit.errors import OutcomeUnknown, RouterError, StoreAway

if TYPE_CHECKING:
    from pathlib import Path

# With fsync always, a server that cannot write ends itself: rather refuse while there is room to clean up in.
LEAST_FREE_BYTES = 64 * 1024 * 1024
ANSWER_LIMIT_S = 10.0
STOP_LIMIT_S = 20.0
POLL_PAUSE_S = 0.005

# What a server writes into its log before it ends at its start → what to do about it.
_ADVICE = (
    (
        r"append only file (?P<file>\S+\.aof):",
        "{file} in {files} is damaged before its end. Restore {store} from a backup; or copy it away and give up all"
        " that came after the damage: (exec -a {check_program} {binary} --fix {files}/{file})",
    ),
    (
        r"append only file \S+\.rdb|RDB reading|loading DB|RDB format version",
        "the snapshot in {files} is damaged, or a newer or another kind of server wrote it. Use the server that wrote"
        " it, or restore {store} from a backup",
    ),
    (r"No space left", "the disk is full: make room"),
)

_log: Any = structlog.get_logger()


def _arguments(data: DataDirectory) -> list[str]:
    """The server's whole configuration: nothing is read from files or from the machine."""
    settings = {
        "daemonize": "yes",
        "port": "0",
        "unixsocket": str(data.socket),
        "unixsocketperm": "700",
        "protected-mode": "yes",
        "pidfile": str(data.pid_file),
        "logfile": str(data.log),
        "dir": str(data.store),
        "databases": "1",
        # A 2xx is a promise: what was answered is on the disk.
        "appendonly": "yes",
        "appendfsync": "always",
        "no-appendfsync-on-rewrite": "no",
        "aof-use-rdb-preamble": "yes",
        "aof-load-truncated": "yes",
        "save": "",
        # Better to refuse a contact than to forget one.
        "maxmemory": "0",
        "maxmemory-policy": "noeviction",
        "enable-debug-command": "no",
        "enable-module-command": "no",
        "enable-protected-configs": "no",
        "slowlog-log-slower-than": "10000",
        "slowlog-max-len": "256",
        "latency-monitor-threshold": "50",
    }
    return [text for name, value in settings.items() for text in (f"--{name}", value)]


class EmbeddedServer(Place):
    """This process's share in the server of one data directory; made by `start`, given back by `stop`."""

    def __init__(self, data: DataDirectory, user: int, binary: Path | None) -> None:
        self._data = data
        self._user: int | None = user
        self._binary = binary
        self.address = Address(path=str(data.socket))

    @classmethod
    async def start(cls, data: Path, *, binary: Path | None = None) -> EmbeddedServer:
        """Start, join or adopt the server on `data` (created if missing), and wait until it answers.

        `binary` is the program to run where none runs yet; by default `find_binary` chooses. Raises `ServerUnfit` with
        what is wrong and what to do: the directory, the program, its version, or the data. Raises `StoreAway` if a
        server is there and does not answer.
        """
        directory = await asyncio.to_thread(DataDirectory.prepare, data)
        async with directory.door():
            server = cls(directory, directory.join(), binary)
        try:
            await server.locate()
        except BaseException:
            await server.stop()
            raise
        return server

    def __str__(self) -> str:
        return str(self.address)

    async def locate(self) -> Address:
        """Its address, once it answers: started again if it has died. Raises as `start` does.

        However many processes come at once, one starts it.
        """
        launched = False
        while True:
            try:
                async with asyncio.timeout(ANSWER_LIMIT_S):
                    while (state := await self._ask()) == "silent":
                        launched = await self._launch_if_dead(launched)
                        await asyncio.sleep(POLL_PAUSE_S)
            except TimeoutError:
                store = self._data.store
                raise StoreAway(
                    f"a server holds {store} and does not answer on {self._data.socket}; `fuser {store}` finds it"
                ) from None
            if state == "answers":
                return self.address
            await asyncio.sleep(POLL_PAUSE_S)

    async def stop(self) -> None:
        """Stop using the server. The last process to do so shuts it down; then only the data and the log remain."""
        async with self._data.door():
            user, self._user = self._user, None
            if user is None:
                return
            try:
                if self._data.is_last(user) and await self._shut_down():
                    self._data.clear_run()
            finally:
                os.close(user)

    async def _launch_if_dead(self, launched: bool) -> bool:
        """Launch the server unless one lives; whether this or an earlier call did. Raises if that one has died."""
        async with self._data.door():
            if self._user is None:
                raise StoreAway("this process has stopped using the embedded server")
            return await asyncio.to_thread(self._launch_if_free, launched)

    def _launch_if_free(self, launched: bool) -> bool:
        store = self._data.take_store()
        if store is None:
            return launched
        try:
            if launched:
                raise self._data.unfit(self._post_mortem())
            self._launch(store)
        finally:
            os.close(store)  # a launched server has inherited it: from here on only that one holds it
        return True

    def _launch(self, store: int) -> None:
        binary = self._binary or find_binary()
        version = read_version(binary)
        check_version(version)
        free_bytes = shutil.disk_usage(self._data.store).free
        if free_bytes < LEAST_FREE_BYTES:
            raise self._data.unfit(f"only {free_bytes} bytes are free on its disk, {LEAST_FREE_BYTES} are needed")
        # The server puts itself into the background; what it says before that, it says here.
        done = subprocess.run(
            [binary, *_arguments(self._data)],
            pass_fds=[store],
            start_new_session=True,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        if done.returncode != 0:
            raise self._data.unfit(f"{binary} does not start: {done.stdout.decode(errors='replace').strip()}")
        _log.info("embedded_server_started", data=str(self._data.path), server=str(version))

    async def _ask(self) -> Literal["answers", "loading", "silent"]:
        """What the server says of itself. Raises `ServerUnfit` if it is another directory's."""
        try:
            link = await connect(self.address, reply_timeout_s=ANSWER_LIMIT_S)
        except OSError:
            return "silent"
        try:
            await link.call("PING")
            _, directory = await link.call("CONFIG", "GET", "dir")
        except StoreAway:
            return "loading"
        except OutcomeUnknown:
            return "silent"
        finally:
            link.discard("asked")
            await link.gone()
        self._data.check_store(os.fsdecode(directory))
        return "answers"

    def _post_mortem(self) -> str:
        """What the server's last words mean and what to do, then the words themselves."""
        words = self._data.last_words()
        binary = self._binary or find_binary()
        for pattern, advice in _ADVICE:
            if match := re.search(pattern, words):
                reason = advice.format(
                    store=self._data.store,
                    files=self._data.store / "appendonlydir",
                    binary=binary,
                    check_program=binary.name.replace("server", "check-aof"),
                    **match.groupdict(),
                )
                break
        else:
            reason = "the server ended while it started"
        return f"{reason}\nIts last words, from {self._data.log}:\n{words}"

    async def _shut_down(self) -> bool:
        """End the server; whether it is gone. With the door held."""
        try:
            async with asyncio.timeout(STOP_LIMIT_S):
                while self._data.server_lives():
                    await self._ask_to_end()
                    await asyncio.sleep(POLL_PAUSE_S)
        except (TimeoutError, RouterError) as error:
            _log.warning("embedded_server_left_running", data=str(self._data.path), error=repr(error))
            return False
        return True

    async def _ask_to_end(self) -> None:
        try:
            link = await connect(self.address, reply_timeout_s=STOP_LIMIT_S)
        except OSError:
            return  # it is on its way up, or out
        try:
            await link.call("SHUTDOWN")
        except OutcomeUnknown:
            return  # a server that obeys has no time to reply
        finally:
            link.discard("asked to end")
            await link.gone()
