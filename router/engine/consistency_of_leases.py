"""Whether what a workspace keeps of who is there is true: the connections of its processes, and agents at their phones.

Who is signed in at the phones of which account, who is at his, and what rings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from router.engine.snapshot import Record, Snapshot

_REACHED = {"up": True, "held": False, "lost": False}
"""Phase of an account → whether its phones can be rung; in the other phases some of them may be so and some not."""


def indexes(agents: dict[str, Record], accounts: dict[str, Record]) -> dict[str, Any]:
    """Which accounts there are; who is signed in at the phones of each, and whether he is at his."""
    found: dict[str, Any] = {"accounts": set(accounts)} if accounts else {}
    for name, record in agents.items():
        if "phone_at" in record.fields:
            found.setdefault(f"phones:{record.fields['phone_at']}", {})[name] = float("at_phone" in record.fields)
    return found


def problems(snapshot: Snapshot, contacts: dict[str, Record], agents: dict[str, Record]) -> list[str]:
    """Connections that nobody holds or looks at; phones, and contacts that ring, that are not as their accounts say."""
    return [*_of_processes(snapshot, agents), *_of_phones(snapshot, agents), *_of_ringing(contacts)]


def _of_phones(snapshot: Snapshot, agents: dict[str, Record]) -> list[str]:
    """Agents who are at phones that cannot be rung, or not at those that can."""
    accounts, wrong = snapshot.accounts(), list[str]()
    for name, record in agents.items():
        place, is_there = record.fields.get("phone_at"), "at_phone" in record.fields
        if place is None:
            wrong += [f"a:{name} is at a phone and signed in at none"] if is_there else []
            continue
        phase = accounts[place].fields["phase"] if place in accounts else "lost"
        if is_there != _REACHED.get(phase, is_there):
            wrong.append(f"a:{name} is {'' if is_there else 'not '}at his phone, whose account is {phase}")
    return wrong


def _of_ringing(contacts: dict[str, Record]) -> list[str]:
    """Contacts that ring and are not offered, or were to be acknowledged first."""
    wrong: list[str] = []
    for name, record in contacts.items():
        state = record.fields["state"]
        if "rings" in record.fields and (state != "offered" or "delivered_at" not in record.fields):
            wrong.append(f"c:{name} is {state}, rings and was delivered at {record.fields.get('delivered_at')}")
    return wrong


def _of_processes(snapshot: Snapshot, agents: dict[str, Record]) -> list[str]:
    """Processes that do not know whose connections they hold, or are never looked at."""
    processes: dict[str, set[str]] = {}
    for name, record in agents.items():
        for connection, held in record.group("connections").items():
            if "due" not in held:
                processes.setdefault(held["process"], set()).add(f"{name}|{connection}")
    for name, record in snapshot.accounts().items():
        if "holder" in record.fields:
            processes.setdefault(record.fields["process"], set()).add(f"@{name}|{record.fields['holder']}")
    known = {name: set(content) for name, content in snapshot.below("process:").items() if isinstance(content, set)}
    problems = [f"process:* hold {known}, and should hold {processes}"] if known != processes else []
    problems += [
        f"process {process} has no deadline"
        for process in processes
        if f"p:{process}" not in snapshot.sorted_set("deadlines")
    ]
    return problems
