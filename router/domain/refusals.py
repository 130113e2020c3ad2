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
        RefusalKind("unauthorized", 401, "There is no token, or it is unknown, expired or revoked."),
        RefusalKind("wrong_role", 403, "The token's role may not do this."),
        RefusalKind("foreign_origin", 403, "A page of another site may not open a socket here."),
        RefusalKind("unknown_path", 404, "There is nothing at this address."),
        RefusalKind("unknown_workspace", 404, "No operation has been applied to this workspace."),
        RefusalKind("unknown_contact", 404, "There is no such contact, or it is not yours."),
        RefusalKind("unknown_offer", 404, "There is no such offer, or it is not yours."),
        RefusalKind("unknown_agent", 404, "The operation has no such agent."),
        RefusalKind("unknown_queue", 404, "The operation has no such queue."),
        RefusalKind("unknown_customer", 404, "The directory has no such customer."),
        RefusalKind("unknown_message", 404, "There is no such message, or it is not yours."),
        RefusalKind("unknown_command", 404, "There is no such command, or it is not yours."),
        RefusalKind("unknown_token", 404, "There is no such token."),
        RefusalKind("unknown_channel", 404, "The operation has no such channel, or it is not yours."),
        RefusalKind("wrong_method", 405, "This address has no such method."),
        RefusalKind("too_slow", 408, "The request did not come in time."),
        RefusalKind("taken", 409, "Somebody else has it."),
        RefusalKind("wrong_state", 409, "The contact is in a state that this move does not leave."),
        RefusalKind("thread_open", 409, "The thread already has an open contact."),
        RefusalKind("external_id_conflict", 409, "The same external id came before with another body."),
        RefusalKind("not_capable", 409, "The agent may not or cannot serve this contact."),
        RefusalKind("unsupported", 409, "The channel's account has not said that it can do this."),
        RefusalKind("unseen", 409, "The customer has written a message since the last that was seen."),
        RefusalKind("needs_force", 409, "It would end too much at once to be meant; say that it is."),
        RefusalKind("offer_gone", 410, "The offer ended without an answer from this agent."),
        RefusalKind("events_trimmed", 410, "The events after this number are no longer kept; begin with a snapshot."),
        RefusalKind("too_late", 410, "Its time is over: the channel takes no message now, or the rating no score."),
        RefusalKind("stale", 412, "The contact has changed since the version given."),
        RefusalKind("too_large", 413, "The request is larger than is taken."),
        RefusalKind("idempotency_key_reused", 422, "The key came before with another body."),
        RefusalKind(
            "too_many", 429, "Too many of this account, customer or contact at once; come again after Retry-After."
        ),
        RefusalKind("internal", 500, "The router is at fault; its log says where."),
        RefusalKind("store_away", 503, "The store cannot be reached; nothing is lost, come again after Retry-After."),
        RefusalKind("not_replicated", 503, "The store has no replica that confirms; come again after Retry-After."),
        RefusalKind("old_operation", 409, "The caller works from an older operation than the workspace."),
        RefusalKind("wrong_clock", 409, "The workspace runs on the other kind of clock."),
        RefusalKind("exists", 409, "An id that must be new is in use."),
    )
}
"""Every refusal by code."""
