"""Whether what is kept of customers who may come back is true: which contact is watched, and until when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from router.domain.states import ENDED

if TYPE_CHECKING:
    from router.engine.snapshot import Record


def indexes(contacts: dict[str, Record]) -> dict[str, Any]:
    """Key → the contact that it must name: of those that are watched, the one that is so for longest."""
    watched: dict[str, tuple[int, str]] = {}
    for name, contact in contacts.items():
        until, customer = contact.fields.get("due"), contact.fields.get("customer")
        if contact.fields["state"] == "closed" and until is not None and customer is not None:
            watched[customer] = max(watched.get(customer, (0, "")), (until, name))
    return {f"watched:{customer}": name.encode() for customer, (_, name) in watched.items()}


def problems(contacts: dict[str, Record]) -> list[str]:
    """Contacts that are watched for nobody, or have ended otherwise and still wait for something."""
    found: list[str] = []
    for name, contact in contacts.items():
        fields = contact.fields
        is_watched = fields.get("outcome") == "answered" and "customer" in fields
        if "due" in fields and fields["state"] in ENDED and not is_watched:
            found.append(f"c:{name} is {fields['state']}, and due at {fields['due']}")
        if "first" in fields and "customer" not in fields:
            found.append(f"c:{name} says {fields['first']} of a customer whom it does not know")
    return found
