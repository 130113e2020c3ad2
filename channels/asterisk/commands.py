"""Commands: what is asked of a call during its talk. Each is done once, in its order, and the router hears how it went.

It is done in the call's own turn, so that nothing else moves its channels meanwhile. Who is asked for by `transfer` and
`consult` takes his time to answer, and the command with him; what comes after it need not wait for that.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, Final

import msgspec
import structlog

from channels.asterisk.ari import AriError
from channels.kit.router import Refused
from router.domain.wire import commands, requests
from router.domain.wire.moment import GivenMoment
from router.kit.errors import RouterError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from channels.asterisk.call import Call
    from channels.asterisk.server import Server

CAPABILITIES: Final = (
    "hold", "resume", "mute", "unmute", "digits", "transfer", "consult", "cancel_consult", "complete_consult",
    "pause_recording", "resume_recording",
)  # fmt: skip
"""The commands that a call can do."""

_log: Any = structlog.get_logger()


class Failed(RouterError):
    """It cannot be done; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class OpenCommands:
    """All that are open in the account, as last heard."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._open: dict[str, commands.Command] = {}

    def hear_all(self, said: Iterable[commands.Command]) -> None:
        """Those of a snapshot; they are given to their calls when it is known which there are."""
        self._open = {command.id: command for command in said}

    def hear(self, command: commands.Command) -> None:
        """A new one."""
        self._open[command.id] = command
        self.give()

    def give(self) -> None:
        """Give each to its call, in their order. What belongs to none is over with its contact."""
        for command in list(self._open.values()):
            call = self._server.call_of(command.contact)
            if call is not None:
                del self._open[command.id]
                call.commands.take(command)


class Commands:
    """Those of one call."""

    def __init__(self, server: Server, call: Call) -> None:
        self._server = server
        self._call = call
        self._known: set[str] = set()
        self._waiting: deque[commands.Command] = deque()
        self.adopted_ms: int | None = None
        """When the call was taken over from another adapter; None where it came to this one."""

    def take(self, command: commands.Command) -> None:
        """Do it in its turn, if it is a new one."""
        if command.id not in self._known:
            self._known.add(command.id)
            self._waiting.append(command)
            self._call.look()

    async def render(self) -> None:
        """Do what is to be done."""
        while self._waiting:
            command = self._waiting.popleft()
            try:
                if await self._do(command):
                    self.settle(command.id)
            except Failed as failed:
                self.settle(command.id, failed.code)
            except AriError as error:
                _log.warning("command_failed", do=command.do, why=str(error))
                self.settle(command.id, "channel")

    def settle(self, command: str, code: str | None = None) -> None:
        """Tell the router that it is done, or why it has failed."""
        body = requests.CommandStateSaid(status="failed" if code else "done", code=code)
        self._server.lanes.add(self._call.id, lambda: self._settle(command, body))

    async def _settle(self, command: str, body: requests.CommandStateSaid) -> None:
        try:
            await self._server.router.call("POST", f"/commands/{command}", body, commands.Command)
        except Refused as refused:
            _log.info("command_unknown", code=refused.code)

    async def _do(self, command: commands.Command) -> bool:
        """Whether it is done; otherwise whoever is asked for by it says so later. Raises `Failed` and `AriError`."""
        call, talk, consulting = self._call, self._call.talk, self._call.consulting
        if _wall_ms(command.until) < self._server.time.wall_ms():
            raise Failed("too_late")
        leg = call.leg
        if leg is None or not leg.joined or leg.ended is not None:
            raise Failed("no_talk")
        match command.do:
            case "hold" | "resume":
                consulting.must_be_over()
                await (talk.hold() if command.do == "hold" else talk.resume())
            case "mute":
                await talk.mute(leg)
            case "unmute":
                await talk.unmute(leg)
            case "digits":
                await self._press(command)
            case "transfer":
                await consulting.transfer(command)
                return False
            case "consult":
                await consulting.consult(command)
                return False
            case "cancel_consult":
                await consulting.cancel()
            case "complete_consult":
                await consulting.complete(command)
                return False
            case "pause_recording" | "resume_recording":
                await self._record(command.do)
        return True

    async def _record(self, what: str) -> None:
        recording = self._call.recording
        if not await (recording.pause() if what == "pause_recording" else recording.resume()):
            raise Failed("not_recorded")

    async def _press(self, command: commands.Command) -> None:
        if self.adopted_ms is not None and _wall_ms(command.at) < self.adopted_ms:
            # Whoever was here before may have pressed them, and nobody wants them twice.
            raise Failed("outcome_unknown")
        await self._call.talk.press(command.args["digits"].upper())


def _wall_ms(moment: str) -> float:
    return msgspec.convert(moment, GivenMoment).timestamp() * 1000
