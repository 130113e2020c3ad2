"""The acts on channels and on the workspace itself."""

from __future__ import annotations

from typing import Literal

from router.engine.acts.act import Act, QuietAct


class OpenChannel(QuietAct, frozen=True, kw_only=True):
    """A connection holds the account's lease, or still does.

    The same `holder` takes it back from an older connection of his, which may be dead and not known to be; one that has
    had it before (`again`) takes it from nobody.
    """

    refuses = ("unknown_channel", "taken")

    channel: str
    account: str
    connection: str
    process: str
    holder: str | None = None
    again: bool = False


class CloseChannel(QuietAct, frozen=True, kw_only=True):
    """The connection no longer holds the account's lease; with a `process`, if it was through that one."""

    channel: str
    account: str
    connection: str
    process: str | None = None


class SetChannelStatus(QuietAct, frozen=True, kw_only=True):
    """What an adapter says of its account."""

    refuses = ("unknown_channel",)

    channel: str
    account: str
    status: Literal["up", "degraded"]
    detail: str | None
    capabilities: tuple[str, ...]
    retries: int | None = None
    """What it had to send or ask again since it started."""


class PutProcess(QuietAct, frozen=True, kw_only=True):
    """What a router process says of itself, as msgpack of a `ProcessFigures`; None takes it away.

    `heard` are (channel, account, when its adapter last brought something), as far as the process knows.
    """

    begins = True

    process: str
    record: bytes | None
    heard: tuple[tuple[str, str, int], ...] = ()


class Create(QuietAct, frozen=True, kw_only=True):
    """The workspace exists from here, on the server's clock or on one that its callers give."""

    refuses = ("wrong_clock",)
    grows = True
    begins = True

    clock: Literal["server", "given"]


class BeginEra(QuietAct, frozen=True, kw_only=True):
    """The workspace is on this server, by its replication id, from here; another than before begins an era."""

    begins = True

    server: str


class StageOperation(QuietAct, frozen=True, kw_only=True):
    """Parts of an operation that the next `ApplyOperation` will need; nothing uses them before."""

    grows = True
    begins = True

    digest: str
    operation: bytes | None = None
    source: bytes | None = None
    profiles: tuple[tuple[str, str], ...] = ()
    changed: tuple[str, ...] = ()


class ApplyOperation(Act[int], frozen=True, kw_only=True):
    """The staged operation is the workspace's from here, if `revision` still was. Answers the new revision."""

    returns = "value"
    result = int
    refuses = ("stale",)
    begins = True

    digest: str
    revision: int
    queues: tuple[str, ...]


class SetHours(QuietAct, frozen=True, kw_only=True):
    """When one of the operation's hours opens and closes: (wall time, opens), from before now until some time ahead."""

    begins = True

    hours: str
    transitions: tuple[tuple[int, bool], ...]


class Swept(QuietAct, frozen=True, kw_only=True):
    """Every waiting contact of the queue is planned by this revision."""

    queue: str
    revision: int


class PutCustomer(QuietAct, frozen=True, kw_only=True):
    """What the directory says of a customer, as msgpack; None removes the record."""

    grows = True
    begins = True

    customer: str
    record: bytes | None


class Due(Act[tuple[int, list[str]]], frozen=True, kw_only=True):
    """Does what time has made due, `most` deadlines at once.

    Answers how many fired and the queues whose contacts are planned by an older operation.
    """

    returns = "value"
    result = tuple[int, list[str]]
    begins = True
    repeatable = True

    most: int = 20
