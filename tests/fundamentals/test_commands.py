"""Commands: what whoever serves a talk asks of the channel, while the talk lasts, and what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from router.engine.acts.commands import GetCommand, GetCommands, Instruct, SetCommandState
from router.engine.acts.contacts import Cancel, HandOver, Requeue
from router.engine.acts.workspace import SetChannelStatus
from router.engine.engine import Key
from router.engine.limits import LIMITS
from tests.helpers.consistency import check
from tests.helpers.floor import ADAPTER, SUPERVISOR, as_agent, floor_on, refused
from tests.helpers.threads import park

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from router.domain.command import Command, Do
    from router.domain.contact import Contact
    from router.engine.engine import Actor
    from tests.helpers.floor import Floor
    from tests.helpers.servers import Server

OPERATION = """
[queues.private]
target_s = 40
[queues.other]
target_s = 40
[[routes]]
queue = "private"
[media.chat]
limits_s.wrap_up = 0
[agents]
anna = { queues = ["private"], media = ["voice", "chat"] }
boris = { queues = ["other"], media = ["voice"] }
"""


async def can(floor: Floor, *capabilities: str, channel: str = "phone") -> None:
    """The adapter of the account says what it can do."""
    act = SetChannelStatus(channel=channel, account="main", status="up", detail=None, capabilities=capabilities)
    await floor.do(act, ADAPTER)


async def talk(floor: Floor, channel: str = "phone") -> Contact:
    """A contact that anna has answered, on a channel that can do some of all."""
    await can(floor, "hold", "resume", "digits", channel=channel)
    await floor.sign_in("anna")
    return await floor.talk(await floor.post("ivan", channel=channel, thread=None if channel == "phone" else "42"))


async def instruct(floor: Floor, contact: Contact, word: Do = "hold", by: Actor | None = None, **args: str) -> Command:
    """Anna, or somebody else, asks for something."""
    act = Instruct(contact=contact.id, word=word, args=msgspec.msgpack.encode(args))
    return await floor.do(act, by or as_agent("anna"))


async def end(floor: Floor, command: Command, state: Any = "done", **why: str) -> Command:
    """The adapter says what has become of it."""
    return await floor.do(SetCommandState(contact=command.contact, n=command.n, state=state, **why), ADAPTER)


async def open_ones(floor: Floor, channel: str = "phone") -> list[str]:
    """The account's open commands, by their ids."""
    found, more = await floor.do(GetCommands(channel=channel, account="main"))
    assert more is None
    return [command.id for command in found]


async def told(floor: Floor) -> list[tuple[Any, ...]]:
    """What the events say of commands."""
    events = await floor.events("command.made", "command.ended")
    return [(event.type.removeprefix("command."), *event.data.values()) for event in events]


async def test_a_command_is_asked_for_and_done(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        contact = await talk(floor)
        version = contact.version
        first = await instruct(floor, contact, "digits", digits="4711#")
        assert (first.id, first.do, first.args) == (f"{contact.id}.c1", "digits", {"digits": "4711#"})
        assert first.state == "open"
        assert (first.role, first.author, first.at) == ("agent", "anna", floor.now)
        second = await instruct(floor, contact, by=SUPERVISOR)
        assert (second.n, second.role, second.author, second.args) == (2, "supervisor", "olga", {})
        assert await open_ones(floor) == [first.id, second.id]
        await check(floor.engine.connection, floor.engine.workspace)
        done = await end(floor, second)
        assert (done.state, done.code, done.detail) == ("done", None, None)
        failed = await end(floor, first, "failed", code="busy", detail="the line is busy")
        assert (failed.state, failed.code, failed.detail, failed.args) == (
            "failed", "busy", "the line is busy", {"digits": "4711#"},
        )  # fmt: skip
        assert await open_ones(floor) == []
        assert await floor.do(GetCommand(contact=contact.id, n=1)) == failed
        assert await told(floor) == [
            ("made", 1, "digits"), ("made", 2, "hold"), ("ended", 2, "done", None), ("ended", 1, "failed", "busy"),
        ]  # fmt: skip
        assert (await floor.contact(contact)).version == version, "a command is no change of its contact"
        figures = await floor.figures()
        assert figures["commands|private|phone|private|digits"] == 1
        assert figures["commands_failed|private|phone|private|busy"] == 1


async def test_what_was_dialled_is_in_no_event(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        command = await instruct(floor, await talk(floor), "digits", digits="4929123412341234")
        await end(floor, command, "failed", code="gone", detail="after 49291234")
        assert "4929" not in repr(await floor.events())


async def test_the_first_word_counts(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        command = await instruct(floor, await talk(floor))
        done = await end(floor, command)
        act = SetCommandState(contact=command.contact, n=command.n, state="failed", code="busy")
        again = await floor.engine.do(act, ADAPTER)
        assert (again.result, again.repeated) == (done, True)
        assert len(await told(floor)) == 2


async def test_a_command_that_is_not_there_is_unknown(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        command = await instruct(floor, await talk(floor))
        for contact, n in ((command.contact, 0), (command.contact, 2), ("none", 1)):
            with refused("unknown_command"):
                await floor.do(GetCommand(contact=contact, n=n))
            with refused("unknown_command"):
                await floor.do(SetCommandState(contact=contact, n=n, state="done"), ADAPTER)


async def test_only_while_somebody_talks(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await can(floor, "hold")
        waiting = await floor.post()
        with refused("wrong_state"):
            await instruct(floor, waiting, by=SUPERVISOR)
        await floor.sign_in("anna")
        with refused("wrong_state"):
            await instruct(floor, waiting)
        await floor.accept(waiting)
        with refused("wrong_state"):
            await instruct(floor, waiting)
        await floor.leave(waiting)
        with refused("wrong_state"):
            await instruct(floor, waiting)
        assert await told(floor) == []


async def test_only_what_the_account_can_do(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        await floor.sign_in("anna")
        contact = await floor.talk(await floor.post())
        with refused("unsupported"):
            await instruct(floor, contact)
        await can(floor, "hold", channel="pbx")
        with refused("unsupported"):
            await instruct(floor, contact)
        await can(floor, "resume", "hold")
        await instruct(floor, contact)
        with refused("unsupported"):
            await instruct(floor, contact, "mute")
        await can(floor)
        with refused("unsupported"):
            await instruct(floor, contact)


async def test_only_ones_own_and_as_one_knows_it(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        contact = await talk(floor)
        with refused("unknown_contact"):
            await instruct(floor, contact, by=as_agent("boris"))
        act = Instruct(contact=contact.id, version=contact.version - 1, word="hold", args=b"\x80")
        with refused("stale"):
            await floor.do(act, as_agent("anna"))


async def test_so_many_are_open_at_a_time(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        contact = await talk(floor)
        commands = [await instruct(floor, contact) for _ in range(LIMITS["open_commands"])]
        with refused("too_many"):
            await instruct(floor, contact)
        await end(floor, commands[3])
        assert (await instruct(floor, contact)).n == LIMITS["open_commands"] + 1


async def test_the_same_key_is_the_same_command(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        contact = await talk(floor)
        act = Instruct(contact=contact.id, word="hold", args=b"\x80")
        first = await floor.engine.do(act, as_agent("anna"), Key("k", "body"))
        second = await floor.engine.do(act, as_agent("anna"), Key("k", "body"))
        assert (second.result, second.repeated) == (first.result, True)
        assert len(await told(floor)) == 1


async def test_many_commands_are_read_some_at_a_time_and_in_their_order(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        contact = await talk(floor)
        commands = [await instruct(floor, contact) for _ in range(8)]
        for command in commands[:4]:
            await end(floor, command)
        commands += [await instruct(floor, contact) for _ in range(4)]  # ten and more: as numbers, not as texts
        found, after = await floor.do(GetCommands(channel="phone", account="main", most=5))
        assert [command.n for command in found] == [5, 6, 7, 8, 9]
        found, after = await floor.do(GetCommands(channel="phone", account="main", most=5, after=after))
        assert ([command.n for command in found], after) == ([10, 11, 12], None)
        await floor.complete(contact)
        ended = await floor.events("command.ended")
        assert [event.data["n"] for event in ended] == list(range(1, 13))


async def complete(floor: Floor, contact: Contact) -> object:
    return await floor.complete(contact)


async def leave(floor: Floor, contact: Contact) -> object:
    return await floor.leave(contact)


async def cancel(floor: Floor, contact: Contact) -> object:
    return await floor.do(Cancel(contact=contact.id), SUPERVISOR)


async def requeue(floor: Floor, contact: Contact) -> object:
    return await floor.do(Requeue(contact=contact.id), SUPERVISOR)


async def transfer(floor: Floor, contact: Contact) -> object:
    return await floor.contacts.transfer(contact.id, as_agent("anna"), queue="other")


@pytest.mark.parametrize("ends", [complete, leave, cancel, requeue, transfer])
async def test_what_is_open_ends_with_the_talk(
    server: Server, ends: Callable[[Floor, Contact], Awaitable[object]]
) -> None:
    async with floor_on(server, OPERATION) as floor:
        contact = await talk(floor)
        done = await end(floor, await instruct(floor, contact))
        first, second = await instruct(floor, contact), await instruct(floor, contact, "digits", digits="1")
        before = len(await floor.events())
        await ends(floor, contact)
        assert await open_ones(floor) == []
        for command in (first, second):
            found = await floor.do(GetCommand(contact=contact.id, n=command.n))
            assert (found.state, found.code) == ("failed", "ended")
            late = await floor.engine.do(SetCommandState(contact=contact.id, n=command.n, state="done"), ADAPTER)
            assert (late.result, late.repeated) == (found, True)
        assert await floor.do(GetCommand(contact=contact.id, n=done.n)) == done
        new = (await floor.events())[before:]
        assert [event.type for event in new[:2]] == ["command.ended"] * 2, "before what ends the talk"
        assert [event.agent for event in new[:2]] == ["anna"] * 2, "her desk hears of it"
        await check(floor.engine.connection, floor.engine.workspace)


async def test_a_handover_is_what_complete_consult_asked_for(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        contact = await talk(floor)
        await can(floor, "hold", "complete_consult")
        first, done = await instruct(floor, contact), await instruct(floor, contact, "complete_consult")
        await floor.do(HandOver(contact=contact.id, agent="boris"), ADAPTER)
        found = [await floor.do(GetCommand(contact=contact.id, n=command.n)) for command in (first, done)]
        assert [(command.state, command.code) for command in found] == [("failed", "ended"), ("done", None)]


async def test_what_is_open_ends_when_a_conversation_is_parked(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        contact = await talk(floor, "telegram")
        command = await instruct(floor, contact)
        await park(floor, contact)
        assert (await floor.do(GetCommand(contact=contact.id, n=command.n))).code == "ended"


async def test_the_next_agent_begins_with_none_and_goes_on_counting(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        contact = await talk(floor)
        await instruct(floor, contact)
        await floor.sign_in("boris")
        await transfer(floor, contact)
        await floor.talk(contact)
        command = await instruct(floor, contact, by=as_agent("boris"))
        assert (command.n, await open_ones(floor)) == (2, [command.id])


async def test_erasing_takes_what_a_command_was_given(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        contact = await talk(floor)
        act = Instruct(contact=contact.id, word="digits", args=msgspec.msgpack.encode({"digits": "4929"}))
        first = (await floor.engine.do(act, as_agent("anna"), Key("k", "body"))).result
        await end(floor, first, "failed", code="gone", detail="after 49")
        second = await instruct(floor, contact, "digits", digits="4929")
        await floor.contacts.erase("ivan", SUPERVISOR)
        first, second = [await floor.do(GetCommand(contact=contact.id, n=one.n)) for one in (first, second)]
        assert (first.args, first.state, first.code, first.detail) == ({}, "failed", "gone", None)
        assert (second.args, second.state, second.code) == ({}, "failed", "erased")
        assert await open_ones(floor) == []
        for name in await floor.keys():
            if name.startswith(("co:", "i:")):
                tag = f"{{{floor.engine.workspace}}}:"
                read = "HGETALL" if name.startswith("co:") else "GET"
                assert b"4929" not in repr(await floor.engine.connection.call(read, tag + name)).encode(), name
        await check(floor.engine.connection, floor.engine.workspace)


async def test_commands_go_with_their_contact(server: Server) -> None:
    async with floor_on(server, OPERATION) as floor:
        contact = await talk(floor)
        await instruct(floor, contact)
        await floor.complete(contact)
        await floor.advance(8 * 86_400 - 1, router_lives=False)
        assert (await floor.do(GetCommand(contact=contact.id, n=1))).code == "ended"
        await floor.advance(1, router_lives=False)
        with refused("unknown_command"):
            await floor.do(GetCommand(contact=contact.id, n=1))
        assert not [name for name in await floor.keys() if name.startswith("co")]
