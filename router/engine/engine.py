"""The engine: one workspace's acts, called through the connection.

An engine holds no state that another could not have: only where it believes the workspace's clock to be.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

import msgspec

from router.domain.states import Role
from router.engine.acts.table import ACTS
from router.engine.acts.workspace import BeginEra
from router.engine.fitness import info_of
from router.engine.keys import key
from router.engine.render import Library, library
from router.kit.clock import SystemClock
from router.kit.errors import Refusal, ServerRefused, StoreAway
from router.kit.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Callable

    from router.engine.acts.act import Act
    from router.engine.link import Caller
    from router.kit.clock import Clock

Result = TypeVar("Result")


class Actor(msgspec.Struct, frozen=True):
    """Who asks. `id` is the agent's id for an agent, else the token's name."""

    role: Role
    id: str | None = None


SYSTEM = Actor("system")


class Key(msgspec.Struct, frozen=True):
    """An idempotency key, already scoped to its token and operation, and the fingerprint of the request's body."""

    key: str
    fingerprint: str


class Answer(msgspec.Struct, Generic[Result], frozen=True):
    """What an act answered. `repeated` where it had been done before; times are the workspace's, in milliseconds."""

    result: Result
    repeated: bool
    now: int
    wall: int
    next_due: int | None
    """The nearest deadline of the workspace: `Due` should run then."""
    seq: int
    """The sequence number of the last event."""


class _Reply(msgspec.Struct, Generic[Result], frozen=True, array_like=True, gc=False):
    refusal: str | None
    detail: str | None
    now: int | None
    wall: int | None
    next_due: float | None
    seq: int | None
    repeated: bool
    result: Result | None
    """None where it is refused."""


async def load_library(link: Caller, wanted: Library | None = None) -> None:
    """Make the server know the library. Harmless where it does."""
    wanted = wanted or library()
    try:
        await link.call("FUNCTION", "LOAD", wanted.source)
    except ServerRefused as refused:
        if "already exists" not in str(refused):
            raise
    except StoreAway:
        # A full memory denies to load even what is there, and who is here must be served.
        if not await link.call("FUNCTION", "LIST", "LIBRARYNAME", wanted.name):
            raise


def confirming(workspace: str) -> tuple[str | int, ...]:
    """The small write by which replicas confirm what a workspace answered."""
    return ("FCALL", f"{library().name}_confirm", 1, key(workspace, "confirmed"))


async def attend(link: Caller, workspace: str) -> None:
    """Let the workspace know on which server it is, before anything else is done over a new link.

    Another server than before, or the same one after its restart, begins an era. Where there is no such workspace yet,
    nothing happens.
    """
    server = (await info_of(link, "replication"))["master_replid"]
    engine = Engine(link, workspace, SystemClock())
    try:
        await engine.do(BeginEra(server=server))
    except Refusal as refusal:
        if refusal.code == "wrong_clock":
            engine.given_ms = 0  # its clock stands where its callers have set it
            await engine.do(BeginEra(server=server))
        elif refusal.code != "unknown_workspace":
            raise


def as_text(packed: bytes) -> msgspec.Raw:
    """Bytes as a msgpack text: the library's msgpack is older than the type for bytes."""
    size = len(packed)
    head = b"\xd9" + size.to_bytes(1, "big") if size < 256 else b"\xdb" + size.to_bytes(4, "big")
    return msgspec.Raw(head + packed)


class Engine:
    """The acts of one workspace. Its clock is the server's, or given by its callers where `given` is not None."""

    def __init__(self, connection: Caller, workspace: str, clock: Clock, *, given_ms: int | None = None) -> None:
        self.connection = connection
        self.workspace = workspace
        self.given_ms = given_ms
        """Where the clock stands, for a workspace whose clock is given; its caller sets it forward."""
        self.on_answer: Callable[[Answer[Any]], object] | None = None
        """Hears every answer: the pump learns from it when to run next."""
        self.took: defaultdict[type[Act[Any]], Tally] = defaultdict(Tally)
        """How often each act was answered, and in how many milliseconds in all."""
        self._clock = clock
        self._library = library().name
        self._absent = key(workspace, "absent")
        self._now = 0
        self._heard = 0

    async def do(self, act: Act[Result], by: Actor = SYSTEM, idempotency: Key | None = None) -> Answer[Result]:
        """Call the act.

        Raises `Refusal` with a code of `act.refuses` (or of the workspace), `StoreAway` while the server cannot be
        reached or has no memory left, and `OutcomeUnknown` where the reply was lost, or is not replicated: then an act
        that is `repeatable`, or came with a key, may be called again.
        """
        stub = type(act)
        command = "FCALL_RO" if stub.reads else "FCALL"
        started = self._clock.monotonic_ms()
        arguments = _encode(
            [
                self._believed_now(started) if self.given_ms is None else self.given_ms,
                self.given_ms is not None,
                by.role,
                by.id,
                idempotency.key if idempotency else None,
                idempotency.fingerprint if idempotency else None,
                *[as_text(value) if type(value) is bytes else value for value in msgspec.structs.astuple(act)],
            ]
        )
        function = f"{self._library}_{NAMES[stub]}"
        try:
            reply = await self.connection.call(command, function, 1, self._absent, arguments)
        except ServerRefused as refused:
            if "Function not found" in str(refused):
                # The library went with a restart or a FLUSH; nothing has run.
                await load_library(self.connection)
                reply = await self.connection.call(command, function, 1, self._absent, arguments)
            else:
                raise
        heard = self._clock.monotonic_ms()
        self.took[stub].add(heard - started)
        return self._answer(stub, reply, heard)

    def _believed_now(self, now: int) -> int | None:
        """Where the workspace's clock must be by this process's monotonic one; None before it has heard of it."""
        return None if self._heard == 0 else self._now + now - self._heard

    def _answer(self, stub: type[Act[Result]], reply: bytes, heard: int) -> Answer[Result]:
        said: _Reply[Result] = _REPLIES[stub].decode(reply)
        if said.now is not None:
            self._now, self._heard = said.now, heard
        if said.refusal is not None:
            raise Refusal(said.refusal, said.detail)
        assert said.now is not None
        assert said.wall is not None
        assert said.seq is not None
        due = None if said.next_due is None else int(said.next_due)
        answer = Answer(cast("Result", said.result), said.repeated, said.now, said.wall, due, said.seq)
        if self.on_answer is not None:
            self.on_answer(answer)
        return answer


_encode = msgspec.msgpack.Encoder().encode
_REPLIES: dict[type[Act[Any]], msgspec.msgpack.Decoder[Any]] = {
    stub: msgspec.msgpack.Decoder(_Reply[stub.result]) for stub in ACTS.values()
}
NAMES: dict[type[Act[Any]], str] = {stub: name for name, stub in ACTS.items()}
"""The Lua name of each stub."""
