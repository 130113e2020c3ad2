"""Whether what is kept of commands is true: as contacts count those that are open, and as their accounts find them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from router.engine.records import COMMAND_ROW

if TYPE_CHECKING:
    from collections.abc import Iterator

    from router.engine.snapshot import Record, Snapshot


def indexes(contacts: dict[str, Record]) -> dict[str, Any]:
    """What says which commands are to be done."""
    found: dict[str, Any] = {}
    for name, contact in contacts.items():
        account = f"{contact.fields['channel']}:{contact.fields['account']}"
        for n, place in contact.group("open_commands").items():
            found.setdefault(f"commands:{account}", {})[f"{name}|{n}"] = float(place)
    return found


def problems(snapshot: Snapshot, contacts: dict[str, Record]) -> Iterator[str]:
    """Commands that are nobody's, are not all there, or are open where nobody talks; and contacts that do not know."""
    for name in snapshot.below("co:"):
        if name not in contacts:
            yield f"co:{name} is nobody's"
    for name, contact in contacts.items():
        commands, places = _commands(snapshot, name), contact.group("open_commands")
        if list(commands) != list(range(1, len(commands) + 1)):
            yield f"co:{name} holds {list(commands)}"
        for n, command in commands.items():
            if (command["contact"], command["n"]) != (name, n):
                yield f"co:{name} has under {n} number {command['n']} of {command['contact']}"
        still_open = [n for n, command in commands.items() if command["state"] == "open"]
        if still_open != sorted(map(int, places)):
            yield f"c:{name} says that {sorted(map(int, places))} are open, and co:{name} that {still_open} are"
        if still_open and (contact.fields["state"] != "assigned" or "answered_at" not in contact.fields):
            yield f"c:{name} is {contact.fields['state']}, and {still_open} are open"
        in_turn = [places[n] for n in sorted(places, key=int)]
        if in_turn != sorted(set(in_turn)):
            yield f"c:{name} has its commands out of turn: {places}"


def _commands(snapshot: Snapshot, name: str) -> dict[int, dict[str, Any]]:
    """A contact's commands without their arguments, by number."""
    found: dict[int, dict[str, Any]] = {}
    for n, packed in sorted(snapshot.hash(f"co:{name}").items(), key=lambda entry: int(entry[0])):
        values = msgspec.msgpack.decode(packed.encode("utf-8", "surrogateescape"), type=list[msgspec.Raw])
        found[int(n)] = dict(zip(COMMAND_ROW, map(msgspec.msgpack.decode, values[:-1]), strict=True))
    return found
