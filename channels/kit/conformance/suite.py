"""All checks, and how they are run one after the other."""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING, Final

from channels.kit.conformance.checks import files, inbound, outbound, standing

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Collection
    from contextlib import AbstractAsyncContextManager

    from channels.kit.conformance.check import Check
    from channels.kit.conformance.floor import Floor
    from channels.kit.port import Channel

CHECKS: Final[tuple[Check, ...]] = (*inbound.checks.all, *outbound.checks.all, *files.checks.all, *standing.checks.all)


async def run_checks(
    channel: Channel, floor: Callable[[], AbstractAsyncContextManager[Floor]], names: Collection[str] = ()
) -> AsyncGenerator[tuple[Check, str | None]]:
    """Each check that concerns the channel, on a floor of its own, with None, or with what went wrong and where.

    With `names`, those alone.
    """
    for check in CHECKS:
        if check.concerns(channel.manifest) and (not names or check.name in names):
            async with floor() as router:
                try:
                    await check.run(channel, router)
                except Exception as error:  # noqa: BLE001 - whatever breaks an adapter is what is looked for
                    yield check, "".join(traceback.format_exception_only(error)).strip() + _place(error)
                else:
                    yield check, None


def _place(error: BaseException) -> str:
    """The line of the check at which it ended."""
    for frame, line in traceback.walk_tb(error.__traceback__):
        if "/conformance/checks/" in frame.f_code.co_filename:
            return f", at line {line} of {frame.f_code.co_name}"
    return ""
