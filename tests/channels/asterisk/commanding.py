"""What is asked during a talk, and what came of it, as the agent's desk sees both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.helpers.desk import Desk

OUTSIDE: dict[str, Any] = {"talks": {"outside": "PJSIP/{number}@provider", "ring_s": 3}}
"""Numbers outside are reached over the lab's trunk."""
NUMBER = "79139999999"


async def commands(desk: Desk, contact: str, command: str, **args: str) -> str:
    """Ask for it; the command's id."""
    answer = await desk.ask("command", contact=contact, command=command, args=args)
    assert answer["status"] == 201, answer
    return answer["body"]["id"]


async def outcome(desk: Desk, command: str) -> str:
    """What came of it: "done", or the code of its failure."""
    while True:
        said = (await desk.frame("command"))["command"]
        if said["id"] == command and said["state"] != "open":
            return said["code"] or said["state"]


async def does(desk: Desk, contact: str, command: str, **args: str) -> str:
    """Ask for it and wait; what came of it."""
    return await outcome(desk, await commands(desk, contact, command, **args))
