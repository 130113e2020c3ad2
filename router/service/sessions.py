"""Reconciling the sessions of a channel's account: what its adapter no longer has is over here too.

An adapter that was away does not know what it missed. It lists the sessions that it still has, and every live contact
of the account that is not among them has lost its customer. `as_of` is the sequence number of the last answer that the
adapter saw before it took the list: a contact that was born since may well be missing there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from router.engine.acts.contacts import Left
from router.engine.acts.reading import GetLive
from router.kit.errors import Refusal

if TYPE_CHECKING:
    from router.engine.engine import Actor, Engine

FEW: Final = 20
"""So many contacts may always be closed at once; more only where they are no more than half, or with force."""


class Reconciled(msgspec.Struct, frozen=True):
    """`closed` are the contacts that were ended, `unknown` the external ids that are of no open contact."""

    closed: tuple[str, ...]
    unknown: tuple[str, ...]


async def reconcile(
    engine: Engine,
    channel: str,
    account: str,
    as_of: int,
    external_ids: tuple[str, ...],
    by: Actor,
    *,
    force: bool = False,
    lost: bool = False,
) -> Reconciled:
    """Close the account's live contacts that were born at or before `as_of` and are not in `external_ids`.

    They have left, or are `lost`.

    Raises `Refusal` (`needs_force`) where that would close more than `FEW` and more than half of them: more likely the
    list is wrong than so many customers gone at once. Repeating it is harmless.
    """
    live = GetLive(channel=channel, account=account, as_of=as_of, external_ids=external_ids)
    born, known = (await engine.do(live, by)).result
    gone = sorted(set(born) - set(known))
    if not force and len(gone) > FEW and 2 * len(gone) > len(born):
        raise Refusal("needs_force", f"{len(gone)} of {len(born)} live contacts would be closed")
    for contact in gone:
        await engine.do(Left(contact=contact, lost=lost or None), by)
    unknown = (external_id for external_id, contact in zip(external_ids, known, strict=True) if not contact)
    return Reconciled(closed=tuple(gone), unknown=tuple(unknown))
