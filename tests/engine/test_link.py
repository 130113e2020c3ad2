"""One physical connection, byte by byte: what is written when, whose reply is whose, and how calls end with it."""

from __future__ import annotations

import asyncio

import pytest

from router.engine.address import Address
from router.engine.link import AT_ONCE, Link
from router.kit.clock import SystemClock
from router.kit.errors import OutcomeUnknown, ServerRefused, StoreAway
from tests.helpers.turns import turn


class RecordingTransport(asyncio.Transport):
    """Keeps what is written; closes when told, as a real one does."""

    def __init__(self, link: Link) -> None:
        super().__init__()
        self.writes: list[bytes] = []
        self._link = link

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.writes.append(bytes(data))

    def abort(self) -> None:
        asyncio.get_running_loop().call_soon(self._link.connection_lost, None)


@pytest.fixture
async def link() -> Link:
    return Link(Address(path="/none"), reply_timeout_s=5)


@pytest.fixture
async def transport(link: Link) -> RecordingTransport:
    transport = RecordingTransport(link)
    link.connection_made(transport)
    return transport


async def errors_of(*calls: asyncio.Future[object]) -> list[type[object]]:
    return [type(error) for error in await asyncio.gather(*calls, return_exceptions=True)]


async def test_the_calls_of_one_turn_are_one_write(link: Link, transport: RecordingTransport) -> None:
    link.call("ECHO", "a", 1, 2.5, b"\xff")
    link.call("PING")
    await turn()
    link.call("PING")
    await turn()
    first = b"*5\r\n$4\r\nECHO\r\n$1\r\na\r\n$1\r\n1\r\n$3\r\n2.5\r\n$1\r\n\xff\r\n"
    ping = b"*1\r\n$4\r\nPING\r\n"
    assert transport.writes == [first + ping, ping]


async def test_of_many_calls_some_leave_at_a_time(link: Link, transport: RecordingTransport) -> None:
    ping = b"*1\r\n$4\r\nPING\r\n"
    for _ in range(AT_ONCE + 2):
        link.call("PING")
    assert transport.writes == [AT_ONCE * ping], "the server works while we make the next"
    await turn()
    assert transport.writes == [AT_ONCE * ping, 2 * ping]


async def test_each_reply_is_given_out_as_it_arrives(link: Link, transport: RecordingTransport) -> None:
    calls = [link.call("GET", str(number)) for number in range(3)]
    await turn()
    assert len(transport.writes) == 1
    link.data_received(b"$3\r\none\r\n$3\r\nt")
    assert [call.done() for call in calls] == [True, False, False]
    link.data_received(b"wo\r\n:3\r\n")
    assert await asyncio.gather(*calls) == [b"one", b"two", 3]


@pytest.mark.usefixtures("transport")
async def test_a_cancelled_call_keeps_its_place(link: Link) -> None:
    calls = [link.call("GET", str(number)) for number in range(3)]
    await turn()
    calls[1].cancel()
    link.data_received(b":0\r\n-ERR for the cancelled one\r\n:2\r\n")
    assert (await calls[0], await calls[2]) == (0, 2)


async def test_a_call_cancelled_before_its_turn_ended_is_not_sent(link: Link, transport: RecordingTransport) -> None:
    link.call("DEL", "contact").cancel()
    kept = link.call("PING")
    await turn()
    assert transport.writes == [b"*1\r\n$4\r\nPING\r\n"]
    link.data_received(b"+PONG\r\n")
    assert await kept == b"PONG"


@pytest.mark.usefixtures("transport")
async def test_an_error_reply_fails_its_own_call_only(link: Link) -> None:
    wrong, right = link.call("NONSENSE"), link.call("PING")
    await turn()
    link.data_received(b"-ERR unknown command\r\n+PONG\r\n")
    with pytest.raises(ServerRefused, match="ERR unknown command"):
        await wrong
    assert await right == b"PONG"
    assert link.usable


@pytest.mark.usefixtures("transport")
async def test_when_it_breaks_a_written_call_is_unknown_and_an_unwritten_one_is_safe_to_repeat(link: Link) -> None:
    written = link.call("INCR", "a")
    await turn()
    unwritten = link.call("INCR", "b")
    link.connection_lost(ConnectionResetError("reset by peer"))
    late = link.call("INCR", "c")
    assert await errors_of(written, unwritten, late) == [OutcomeUnknown, StoreAway, StoreAway]
    assert "reset by peer" in await link.gone()


@pytest.mark.usefixtures("transport")
async def test_a_call_may_wait_its_full_time_whatever_was_asked_before_it(
    link: Link, monkeypatch: pytest.MonkeyPatch
) -> None:
    def set_clock(now_ms: int) -> None:
        def monotonic_ms(_clock: SystemClock) -> int:
            return now_ms

        monkeypatch.setattr(SystemClock, "monotonic_ms", monotonic_ms)

    set_clock(0)
    early = link.call("PING")
    await turn()
    set_clock(4_000)
    late = link.call("PING")
    await turn()
    link.data_received(b"+PONG\r\n")
    assert await early == b"PONG"
    for now_ms, usable in [(5_000, True), (8_999, True), (9_000, False)]:
        set_clock(now_ms)
        link._check_overdue()  # pyright: ignore[reportPrivateUsage] - the timer's own way in
        assert link.usable == usable
    with pytest.raises(OutcomeUnknown, match="no reply within 5 s"):
        await late


@pytest.mark.usefixtures("transport")
@pytest.mark.parametrize("state", ["LOADING", "MASTERDOWN", "READONLY", "CLUSTERDOWN"])
async def test_a_server_that_cannot_serve_is_away(link: Link, state: str) -> None:
    refused, answered = link.call("INCR", "a"), link.call("PING")
    await turn()
    link.data_received(f"-{state} not now\r\n".encode())
    assert not link.usable
    late = link.call("PING")
    link.data_received(b"+PONG\r\n")
    assert await errors_of(refused, late) == [StoreAway, StoreAway]
    assert await answered == b"PONG"
    assert await link.gone() == f"{state} not now"


@pytest.mark.usefixtures("transport")
@pytest.mark.parametrize(
    ("data", "reason"),
    [(b"+PONG\r\n+PONG\r\n", "nobody asked for"), (b"+PONG\r\nHTTP/1.1 400 Bad Request\r\n", "is no reply")],
    ids=["one too many", "another protocol"],
)
async def test_a_peer_that_breaks_the_protocol_is_left(link: Link, data: bytes, reason: str) -> None:
    call = link.call("PING")
    await turn()
    link.data_received(data)
    assert await call == b"PONG"
    assert reason in await link.gone()


@pytest.mark.usefixtures("transport")
async def test_a_command_that_cannot_be_sent_is_the_callers_bug_and_harms_no_other(link: Link) -> None:
    with pytest.raises(TypeError):
        link.call("SET", "key", None)  # pyright: ignore[reportArgumentType] - the bug
    call = link.call("PING")
    await turn()
    link.data_received(b"+PONG\r\n")
    assert await call == b"PONG"
