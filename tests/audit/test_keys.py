"""Figures and keys that are not what the events say are named, and what is left behind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from router.engine.acts.commands import Instruct, SetCommandState
from router.engine.acts.workspace import SetChannelStatus
from router.engine.keys import key, prefix
from router.engine.snapshot import AT_ONCE, take_snapshot
from router.service.audit import Auditor
from tests.helpers.floor import floor_on
from tests.helpers.histories import OPERATION, lived
from tests.helpers.kept import say
from tests.helpers.phones import call, hold, let_go, pick_up, sign_in
from tests.helpers.threads import Thread, park, send

if TYPE_CHECKING:
    import asyncio

    from router.engine.link import Argument
    from tests.helpers.floor import Floor
    from tests.helpers.servers import Server


async def test_figures_that_no_event_gives_are_named(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await lived(floor)
        name = key(floor.engine.workspace, "figures")
        await floor.engine.connection.call("HINCRBY", name, next(iter(await floor.figures())), 1)
        assert await found_by(floor) == {"figures"}


async def test_an_index_that_is_not_true_is_named(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await lived(floor)
        contact = await floor.post()
        name = key(floor.engine.workspace, "waiting", queue="private")
        await floor.engine.connection.call("ZREM", name, contact.id)
        assert await found_by(floor) == {"indexes"}


async def test_keys_are_read_some_at_a_time(server: Server) -> None:
    """Of a million keys at once the last reply would come too late, and whoever serves meanwhile would wait for all."""

    class Counting:
        """The server, and how many calls it has to answer at once."""

        under_way = most = 0

        def call(self, *command: Argument) -> asyncio.Future[Any]:
            self.under_way += 1
            self.most = max(self.most, self.under_way)
            reply = floor.engine.connection.call(*command)
            reply.add_done_callback(self.done)
            return reply

        def done(self, _reply: asyncio.Future[Any]) -> None:
            self.under_way -= 1

    async with floor_on(server, OPERATION) as floor:
        for number in range(AT_ONCE // 4):
            await floor.post(external_id=f"n{number}")
        counting = Counting()
        snapshot = await take_snapshot(counting, floor.engine.workspace)
        assert len(snapshot.contacts()) == AT_ONCE // 4
        assert len(snapshot.content) * 2 > AT_ONCE
        assert counting.most <= AT_ONCE


async def test_a_record_that_is_not_what_its_events_say_is_named(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        names = await lived(floor)
        await say(floor.engine.connection, floor.engine.workspace, f"c:{names['first']}", "version", 9)
        assert await found_by(floor) == {"indexes"}


async def test_a_record_that_is_broken_is_named(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        names = await lived(floor)
        name = key(floor.engine.workspace, "contact", contact=names["first"])
        await floor.engine.connection.call("DEL", name)
        await floor.engine.connection.call("HSET", name, "zz", "nonsense")
        assert "indexes" in await found_by(floor)


async def test_a_lost_contact_is_named(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        contact = await floor.post()
        await floor.engine.connection.call("DEL", key(floor.engine.workspace, "contact", contact=contact.id))
        assert "contacts" in await found_by(floor)


async def test_what_is_left_of_a_contact_that_is_gone_is_named(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await lived(floor)
        external = key(floor.engine.workspace, "external", channel="phone", account="main", external_id="old")
        await floor.engine.connection.call("SET", external, "gone|fingerprint")
        assert "retention" in await found_by(floor)


TALKED = """
texts_days = 2
media.chat.limits_s = { reply = 120, wrap_up = 0 }
[queues.messages]
target_s = 40
ask_rating = true
says.ru = { received = "hello", ended = "bye" }
[[routes]]
queue = "messages"
[agents]
vera = { queues = ["messages"], media = ["chat"] }
"""


async def talked(floor: Floor) -> dict[str, str]:
    """One conversation is parked, one is over and has messages to be sent. Gives them, and what their keys end with."""
    await floor.sign_in("vera")
    parked, ended = [await floor.accept(await Thread(floor, "ivan", name=name).write("hi", name)) for name in "pe"]
    await send(floor, parked, client_id="a")
    await park(floor, parked)
    await send(floor, ended)
    await floor.complete(ended)
    return {"parked": parked.id, "ended": ended.id}


BROKEN_KEYS: tuple[tuple[str, ...], ...] = (
    ("ZREM", "of:ivan", "{parked}"),
    ("ZADD", "of:ivan", "1", "{parked}"),
    ("ZADD", "of:maria", "1", "{parked}"),
    ("ZREM", "parked", "{parked}"),
    ("ZADD", "parked", "1", "{ended}"),
    ("ZREM", "past:telegram:main:e", "{ended}"),
    ("ZADD", "past:telegram:main:e", "1", "{parked}"),
    ("ZREM", "outbox:telegram:main", "{ended}|2"),
    ("ZADD", "outbox:telegram:main", "1", "{ended}|1"),
    ("ZADD", "outbox:telegram:main", "0", "{ended}|3"),
    ("ZREM", "texts", "{ended}"),
    ("ZADD", "texts", "1", "{parked}"),
    ("HDEL", "m:{parked}", "1"),
    ("HDEL", "m:{parked}", "1|b"),
    ("HDEL", "m:{parked}", "x|p"),
    ("HSET", "m:{parked}", "x|9", "9"),
    ("HDEL", "m:{parked}", "k|vera|a"),
    ("HSET", "m:{parked}", "more", "1"),
    ("HSET", "m:{parked}", "3", "\x90"),
    ("HSET", "m:nobody", "1", "\x90"),
    ("DEL", "m:{parked}"),
    ("SET", "said:telegram:main:e", "ended|1", "PX", "9999"),
    ("SET", "said:telegram:main:p", "nonsense|1", "PX", "9999"),
    ("SET", "said:telegram:main:p", "ended|1"),
    ("SET", "asked:ivan", "ended|1", "PX", "9999"),
    ("SET", "asked:ivan", "asked|9999999999999", "PX", "9999"),
)
"""What makes keys of conversations untrue; the first of `said` does not."""


@pytest.mark.parametrize("command", BROKEN_KEYS, ids=" ".join)
async def test_what_is_kept_of_conversations_is_looked_at_exactly(server: Server, command: tuple[str, ...]) -> None:
    async with floor_on(server, TALKED) as floor:
        names = await talked(floor)
        assert await found_by(floor) == set(), "it was true before"
        await do(floor, *(part.format(**names) for part in command))
        expected: set[str] = set() if command[1:3] == ("said:telegram:main:e", "ended|1") else {"indexes"}
        assert await found_by(floor) - {"retention"} == expected


COMMANDED = """
[queues.private]
target_s = 40
[[routes]]
queue = "private"
[agents]
anna = { queues = ["private"], media = ["voice"] }
"""

BROKEN_COMMANDS: tuple[tuple[str, ...], ...] = (
    ("ZREM", "commands:phone:main", "{talk}|2"),
    ("ZADD", "commands:phone:main", "1", "{talk}|2"),
    ("ZADD", "commands:phone:main", "1", "{talk}|1"),
    ("HDEL", "co:{talk}", "1"),
    ("DEL", "co:{talk}"),
    ("RENAME", "co:{talk}", "co:nobody"),
    ("record", "c:{talk}", "open_commands/2"),
    ("record", "c:{talk}", "open_commands/1", "5"),
    ("record", "c:{talk}", "answered_at"),
)
"""What makes keys of commands untrue."""


@pytest.mark.parametrize("command", BROKEN_COMMANDS, ids=" ".join)
async def test_what_is_kept_of_commands_is_looked_at_exactly(server: Server, command: tuple[str, ...]) -> None:
    async with floor_on(server, COMMANDED) as floor:
        can = SetChannelStatus(channel="phone", account="main", status="up", detail=None, capabilities=("hold",))
        await floor.do(can)
        await floor.sign_in("anna")
        contact = await floor.talk(await floor.post())
        for _ in range(2):
            await floor.do(Instruct(contact=contact.id, word="hold", args=b"\x80"))
        await floor.do(SetCommandState(contact=contact.id, n=1, state="done"))
        assert await found_by(floor) == set(), "it was true before"
        await do(floor, *(part.format(talk=contact.id) for part in command))
        assert await found_by(floor) - {"retention"} == {"indexes"}


BROKEN_PHONES: tuple[tuple[str, ...], ...] = (
    ("ZREM", "phones:pbx:main", "gleb"),
    ("ZADD", "phones:pbx:main", "0", "gleb"),
    ("ZADD", "phones:pbx:main", "1", "vera"),
    ("record", "a:gleb", "at_phone"),
    ("record", "a:gleb", "phone_at"),
    ("record", "a:dina", "at_phone", "1"),
    ("record", "c:{answered}", "rings", "1"),
    ("record", "c:{ringing}", "delivered_at"),
)
"""What makes keys of phones untrue."""


@pytest.mark.parametrize("command", BROKEN_PHONES, ids=" ".join)
async def test_what_is_kept_of_phones_is_looked_at_exactly(server: Server, command: tuple[str, ...]) -> None:
    async with floor_on(server, OPERATION) as floor:
        await hold(floor)
        await sign_in(floor, "gleb")
        answered = await pick_up(floor, await call(floor))
        await sign_in(floor, "dina", account="branch")
        await hold(floor, "branch")
        await let_go(floor, "branch")
        await floor.advance(15)
        await sign_in(floor, "anna")
        ringing = await call(floor, queue="private")
        assert ringing.rings == 1
        assert await found_by(floor) == set(), "it was true before"
        await do(floor, *(part.format(answered=answered.id, ringing=ringing.id) for part in command))
        assert await found_by(floor) == {"indexes"}


async def test_texts_that_are_kept_for_too_long_are_named(server: Server) -> None:
    async with floor_on(server, TALKED) as floor:
        await talked(floor)
        floor.jump(2 * 86_400 - 1)
        await floor.choose("vera", "break")
        assert "retention" not in await found_by(floor)
        floor.jump(120)
        await floor.choose("vera", "available")
        assert "retention" in await found_by(floor), "nobody has run what is due"
        await floor.run_due()
        assert "retention" not in await found_by(floor)


async def do(floor: Floor, word: str, key_name: str, *rest: str) -> None:
    """A command of the server on a key, or `record`: say this of a field of a record, or that it is not there."""
    store, workspace = floor.engine.connection, floor.engine.workspace
    if word == "record":
        await say(store, workspace, key_name, rest[0], int(rest[1]) if len(rest) > 1 else None)
    else:
        others = [prefix(workspace) + rest[0]] if word == "RENAME" else rest
        await store.call(word, prefix(workspace) + key_name, *others)


async def found_by(floor: Floor) -> set[str]:
    """The promises that the whole check says are broken."""
    auditor = await Auditor.open(floor.engine)
    _ = [breach async for breach in auditor.read()]
    await auditor.check_keys()
    return {breach.promise for breach in auditor.found.breaches}
