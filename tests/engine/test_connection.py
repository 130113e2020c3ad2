"""The connection that stays: against real servers, through a proxy that misbehaves, and while servers die."""

from __future__ import annotations

import asyncio
import contextlib
import random
import ssl
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from router.engine.address import Address
from router.engine.connection import FIRST_PAUSE_S, LONGEST_PAUSE_S, Connection
from router.engine.place import Place
from router.kit.errors import OutcomeUnknown, ServerRefused, ServerUnfit, StoreAway
from tests.helpers.proxy import listening, proxied, scripted
from tests.helpers.servers import KINDS, ask, free_port, running
from tests.helpers.turns import turn

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from router.engine.link import Link
    from tests.helpers.servers import Server


class Changes:
    """Whether a connection stands, as its `on_change` said, and a way to wait for it."""

    def __init__(self) -> None:
        self.heard: list[bool] = []
        self._changed = asyncio.Event()

    def __call__(self, connected: bool) -> None:
        self.heard.append(connected)
        self._changed.set()

    async def wait_for(self, *heard: bool) -> None:
        while self.heard != list(heard):
            self._changed.clear()
            await self._changed.wait()


@contextlib.asynccontextmanager
async def connected(place: Place, **options: Any) -> AsyncGenerator[Connection]:
    connection = await Connection.open(place, **options)
    try:
        yield connection
    finally:
        await connection.close()


@pytest.fixture
def proxy_address(tmp_path: Path) -> Address:
    return Address(path=str(tmp_path / "proxy.sock"))


async def test_a_call_gets_its_reply(server: Server) -> None:
    async with connected(server.address) as connection:
        assert connection.connected
        assert await connection.call("SET", "{replies}:key", b"\x00\xff") == b"OK"
        assert await connection.call("GET", "{replies}:key") == b"\x00\xff"
        assert await connection.call("RPUSH", "{replies}:list", 1, 2.5) == 2
        assert await connection.call("LRANGE", "{replies}:list", 0, -1) == [b"1", b"2.5"]
        assert await connection.call("GET", "{replies}:nothing") is None
        with pytest.raises(ServerRefused, match="WRONGTYPE"):
            await connection.call("INCR", "{replies}:list")


async def test_no_reply_is_ever_anothers_however_callers_are_cancelled(server: Server, proxy_address: Address) -> None:
    """Of 12,000 calls by 64 callers at a time, a third is cancelled at random moments, before and after its writing."""
    dice = random.Random(59)
    numbers = iter(range(12_000))
    answered = cancelled = 0

    async def echo(connection: Connection, number: int) -> None:
        assert await connection.call("ECHO", number) == str(number).encode()

    async def keep_calling(connection: Connection) -> None:
        nonlocal answered, cancelled
        for number in numbers:
            call = asyncio.create_task(echo(connection, number))
            if dice.random() < 1 / 3:
                for _ in range(dice.randint(0, 30)):
                    await turn()
                call.cancel()
            await asyncio.wait([call])
            if call.cancelled():
                cancelled += 1
            else:
                call.result()
                answered += 1

    async with proxied(server.address, proxy_address, shred=dice), connected(proxy_address) as connection:
        async with asyncio.TaskGroup() as callers:
            for _ in range(64):
                callers.create_task(keep_calling(connection))
        assert await connection.call("ECHO", "the last") == b"the last"
    assert answered + cancelled == 12_000
    assert cancelled > 2_000


async def test_a_reply_does_not_wait_for_the_rest_of_its_batch(server: Server) -> None:
    async with connected(server.address) as blocked, connected(server.address) as other:
        quick, slow = blocked.call("PING"), blocked.call("BLPOP", "{batch}:list", 0)
        assert await quick == b"PONG"
        assert not slow.done()
        await other.call("RPUSH", "{batch}:list", "pushed")
        assert await slow == [b"{batch}:list", b"pushed"]


@pytest.mark.parametrize("kind", KINDS)
async def test_a_dead_server_fails_what_was_sent_as_unknown_and_all_else_at_once(kind: str, tmp_path: Path) -> None:
    changes, prepared = Changes(), 0

    async def prepare(link: Link) -> None:
        nonlocal prepared
        assert await link.call("PING") == b"PONG"
        prepared += 1

    with running(kind, tmp_path) as server:
        connection = await Connection.open(server.address, on_change=changes, on_connect=prepare)
        answered, sent = connection.call("PING"), connection.call("BLPOP", "never", 0)
        await answered  # so both are written
        server.process.kill()
        await changes.wait_for(True, False)
        assert not connection.connected
        with pytest.raises(OutcomeUnknown):
            await sent
        with pytest.raises(StoreAway):
            await connection.call("PING")
    with running(kind, tmp_path):
        await changes.wait_for(True, False, True)
        assert await connection.call("PING") == b"PONG"
        assert prepared == 2
        await connection.close()
    assert changes.heard == [True, False, True, False]


async def test_a_call_without_reply_ends_its_connection(server: Server, proxy_address: Address) -> None:
    changes = Changes()
    async with (
        proxied(server.address, proxy_address) as proxy,
        connected(proxy_address, on_change=changes, reply_timeout_s=0.5) as connection,
    ):
        proxy.replies_pass.clear()
        with pytest.raises(OutcomeUnknown, match=r"no reply within 0\.5 s"):
            await connection.call("PING")
        proxy.replies_pass.set()
        await changes.wait_for(True, False, True)
        assert await connection.call("PING") == b"PONG"
        assert proxy.accepted == 2


async def test_a_cut_connection_comes_back_by_itself(server: Server, proxy_address: Address) -> None:
    changes = Changes()
    async with (
        proxied(server.address, proxy_address) as proxy,
        connected(proxy_address, on_change=changes) as connection,
    ):
        for cuts in range(1, 4):
            proxy.cut()
            await changes.wait_for(True, *[False, True] * cuts)
            assert await connection.call("PING") == b"PONG"


async def test_a_place_or_hook_that_fails_once_is_asked_again(server: Server) -> None:
    attempts: list[str] = []

    class Somewhere(Place):
        async def locate(self) -> Address:
            attempts.append("before")
            if len(attempts) == 1:
                raise RuntimeError("the first attempt fails")
            return server.address

    async def prepare(_link: Link) -> None:
        attempts.append("on")
        if attempts.count("on") == 1:
            raise RuntimeError("the second attempt fails")

    async with connected(Somewhere(), on_connect=prepare) as connection:
        assert await connection.call("PING") == b"PONG"
    assert attempts == ["before", "before", "on", "before", "on"]


async def test_no_call_goes_out_before_the_connection_is_prepared(server: Server, proxy_address: Address) -> None:
    changes, preparing, prepared = Changes(), asyncio.Event(), asyncio.Event()

    async def prepare(_link: Link) -> None:
        preparing.set()
        await prepared.wait()

    prepared.set()
    async with (
        proxied(server.address, proxy_address) as proxy,
        connected(proxy_address, on_connect=prepare, on_change=changes) as connection,
    ):
        preparing.clear()
        prepared.clear()
        proxy.cut()
        await preparing.wait()
        assert not connection.connected
        with pytest.raises(StoreAway):
            await connection.call("PING")
        prepared.set()
        await changes.wait_for(True, False, True)


@pytest.mark.parametrize("error", [ServerUnfit("too old"), ServerRefused("NOPERM no functions")])
async def test_what_no_further_attempt_would_mend_is_raised_at_once(server: Server, error: Exception) -> None:
    async def prepare(_link: Link) -> None:
        raise error

    with pytest.raises(type(error), match=str(error)):
        await Connection.open(server.address, on_connect=prepare, connect_timeout_s=3600)


async def test_a_listener_that_fails_costs_nothing(server: Server) -> None:
    def fail(_connected: bool) -> None:
        raise RuntimeError("a bug")

    async with connected(server.address, on_change=fail) as connection:
        assert await connection.call("PING") == b"PONG"


async def test_where_no_server_is_open_gives_up_in_time(tmp_path: Path) -> None:
    address = Address(path=str(tmp_path / "nothing.sock"))
    with pytest.raises(StoreAway, match=r"nothing\.sock.*No such file"):
        await Connection.open(address, connect_timeout_s=0.1)


async def test_a_server_that_takes_no_notice_is_given_up_in_time(tmp_path: Path) -> None:
    address = Address(path=str(tmp_path / "mute.sock"))
    async with scripted(address, lambda _command: b""):
        with pytest.raises(StoreAway):
            await Connection.open(address, connect_timeout_s=0.1)


async def test_a_server_that_loads_its_data_is_waited_for(tmp_path: Path) -> None:
    address = Address(path=str(tmp_path / "loading.sock"))
    replies = iter([b"-LOADING the data\r\n", b"-LOADING the data\r\n", b"+PONG\r\n", b"+ready\r\n"])
    async with scripted(address, lambda _command: next(replies)), connected(address) as connection:
        assert await connection.call("ECHO", "ready") == b"ready"


async def test_a_server_that_became_a_replica_is_left_and_tried_again(tmp_path: Path) -> None:
    address = Address(path=str(tmp_path / "replica.sock"))
    changes = Changes()

    def answer(command: list[bytes]) -> bytes:
        return b"+PONG\r\n" if command == [b"PING"] else b"-READONLY You can't write against a read only replica.\r\n"

    async with scripted(address, answer), connected(address, on_change=changes) as connection:
        with pytest.raises(StoreAway, match="READONLY"):
            await connection.call("SET", "key", "value")
        await changes.wait_for(True, False, True)


async def test_pauses_grow_to_a_second_and_differ_between_processes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    enough = asyncio.Event()

    async def note(pause_s: float) -> None:
        pauses.append(pause_s)
        if len(pauses) == 9:
            enough.set()
            await asyncio.Event().wait()

    monkeypatch.setattr("router.engine.connection.asyncio.sleep", note)
    address = Address(path=str(tmp_path / "nothing.sock"))
    opening = asyncio.create_task(Connection.open(address, connect_timeout_s=3600))
    await enough.wait()
    opening.cancel()
    await asyncio.wait([opening])
    longest = [min(FIRST_PAUSE_S * 2**attempt, LONGEST_PAUSE_S) for attempt in range(9)]
    assert all(whole / 2 <= pause <= whole for pause, whole in zip(pauses, longest, strict=True))
    assert len({pause / whole for pause, whole in zip(pauses, longest, strict=True)}) > 1


async def test_close_fails_what_is_under_way_and_leaves_nothing_running(server: Server) -> None:
    before = asyncio.all_tasks()
    connection = await Connection.open(server.address)
    answered, call = connection.call("PING"), connection.call("BLPOP", "{close}:never", 0)
    await answered  # so both are written
    await connection.close()
    await connection.close()
    with pytest.raises(OutcomeUnknown, match="closed by this process"):
        await call
    with pytest.raises(StoreAway, match="lost the connection to unix:"):
        await connection.call("PING")
    assert asyncio.all_tasks() == before


@pytest.mark.parametrize("kind", KINDS)
async def test_password_and_database(kind: str, tmp_path: Path) -> None:
    with running(kind, tmp_path) as server:
        ask(server, "ACL", "SETUSER", "anna", "on", ">hers", "~*", "+@all")
        ask(server, "CONFIG", "SET", "requirepass", "secret")
        path = server.address.path
        async with connected(Address(path=path, password="secret", database=3)) as connection:
            await connection.call("SET", "key", "in three")
        async with connected(Address(path=path, user="anna", password="hers", database=3)) as connection:
            assert await connection.call("GET", "key") == b"in three"
        with pytest.raises(ServerRefused, match="WRONGPASS"):
            await Connection.open(Address(path=path, password="guess"), connect_timeout_s=3600)
        with pytest.raises(ServerRefused, match="NOAUTH"):
            await Connection.open(Address(path=path), connect_timeout_s=3600)
        with pytest.raises(ServerRefused, match="DB index"):
            await Connection.open(Address(path=path, password="secret", database=99), connect_timeout_s=3600)


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that only those trust who are told to, and its key."""
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"),
            *("-days", "2", "-subj", "/CN=test", "-addext", "subjectAltName=IP:127.0.0.1"),
            *("-keyout", key, "-out", certificate),
        ],
        check=True,
        capture_output=True,
    )
    return certificate, key


async def test_over_tcp_and_tls(server: Server, certificate: tuple[Path, Path]) -> None:
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(*certificate)
    plain = Address(host="127.0.0.1", port=free_port())
    async with proxied(server.address, plain), connected(plain) as connection:
        assert await connection.call("PING") == b"PONG"
    trusting = Address(host="127.0.0.1", port=free_port(), tls=True, ca_file=str(certificate[0]))
    async with proxied(server.address, trusting, tls=tls), connected(trusting) as connection:
        assert await connection.call("PING") == b"PONG"
    wary = Address(host="127.0.0.1", port=free_port(), tls=True)
    async with proxied(server.address, wary, tls=tls):
        with pytest.raises(StoreAway, match="certificate verify failed"):
            await Connection.open(wary, connect_timeout_s=1)


async def test_a_peer_that_takes_the_connection_and_no_more_is_left_in_time(
    server: Server, certificate: tuple[Path, Path]
) -> None:
    """Without a limit, one attempt that hangs would be the last."""
    changes, second_attempt = Changes(), asyncio.Event()
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(*certificate)
    address = Address(host="127.0.0.1", port=free_port(), tls=True, ca_file=str(certificate[0]))
    async with proxied(server.address, address, tls=tls):
        connection = await Connection.open(address, on_change=changes, connect_timeout_s=1)
    attempts = 0

    async def say_nothing(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        nonlocal attempts
        attempts += 1
        if attempts == 2:
            second_attempt.set()
        await reader.read()

    async with listening(say_nothing, address):
        await second_attempt.wait()
        await connection.close()
    assert changes.heard == [True, False]
