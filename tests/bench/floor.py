"""The machine's floor: the smallest function that does something, called the same way as an act."""

from __future__ import annotations

from typing import TYPE_CHECKING

from router.kit.errors import ServerRefused
from tests.bench.measure import measure

if TYPE_CHECKING:
    from router.engine.connection import Connection
    from tests.bench.measure import Figure

COMMANDS = 10
_LIBRARY = f"""#!lua name=floor
redis.register_function('floor', function(keys, args)
  for index = 1, {COMMANDS} do
    redis.call('ZADD', keys[1], index, 'member' .. index)
  end
  return args[1]
end)
"""


async def measure_machine(connection: Connection) -> Figure:
    """A function that adds to a sorted set `COMMANDS` times: what the machine gives at that moment."""
    try:
        await connection.call("FUNCTION", "LOAD", _LIBRARY)
    except ServerRefused as refused:
        if "already exists" not in str(refused):
            raise
    call = lambda: connection.call("FCALL", "floor", 1, "{bench}:floor", "x" * 200)  # noqa: E731
    return await measure(connection, f"floor: {COMMANDS} × ZADD", [[call] * 1000] * 5)
