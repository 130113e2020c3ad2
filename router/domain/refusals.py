"""Every refusal: its code, its HTTP status, its meaning. One table makes them, documents them, drives the tests."""

from __future__ import annotations

import msgspec


class RefusalKind(msgspec.Struct, frozen=True):
    """One expected "no"."""

    code: str
    status: int
    meaning: str


REFUSALS: dict[str, RefusalKind] = {
    kind.code: kind
    for kind in (
        RefusalKind("malformed", 400, "The request is not of the documented form."),
        RefusalKind("unknown_workspace", 404, "No operation has been applied to this workspace."),
        RefusalKind("unknown_contact", 404, "There is no such contact, or it is not yours."),
        RefusalKind("unknown_offer", 404, "There is no such offer, or it is not yours."),
        RefusalKind("unknown_agent", 404, "The operation has no such agent."),
        RefusalKind("unknown_queue", 404, "The operation has no such queue."),
        RefusalKind("unknown_channel", 404, "The operation has no such channel, or nobody has ever held this account."),
        RefusalKind("taken", 409, "Somebody else has it."),
        RefusalKind("wrong_state", 409, "The contact is in a state that this move does not leave."),
        RefusalKind("thread_open", 409, "The thread already has an open contact."),
        RefusalKind("external_id_conflict", 409, "The same external id came before with another body."),
        RefusalKind("not_capable", 409, "The agent may not or cannot serve this contact."),
        RefusalKind("needs_force", 409, "It would end too much at once to be meant; say that it is."),
        RefusalKind("offer_gone", 410, "The offer ended without an answer from this agent."),
        RefusalKind("stale", 412, "The contact has changed since the version given."),
        RefusalKind("idempotency_key_reused", 422, "The key came before with another body."),
        RefusalKind("old_operation", 409, "The caller works from an older operation than the workspace."),
        RefusalKind("wrong_clock", 409, "The workspace runs on the other kind of clock."),
        RefusalKind("exists", 409, "An id that must be new is in use."),
    )
}
"""Every refusal by code."""
