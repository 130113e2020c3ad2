"""Whether a server can keep the router's promises, asked on each new connection.

What would falsify the state is refused: a version with known holes, a server that forgets keys when memory is short, a
replica. What weakens the promise "answered means stored" is only said, one line each, because an operator may want it
so. A managed service may forbid CONFIG; then the lines say what could not be checked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from router.engine.versions import Version, check_version
from router.kit.errors import ServerRefused, ServerUnfit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from router.engine.link import Caller

# How a server is run: by the router itself, or by somebody else as one server without replicas.
Profile = Literal["embedded", "single"]

_FSYNC_WARNINGS: Mapping[str | None, str] = {
    None: "appendfsync could not be checked, since CONFIG is forbidden; a crash may lose what was answered",
    "everysec": "appendfsync is everysec: a machine's crash loses up to 2 s of what was answered; set it to always",
    "no": "appendfsync is no: a machine's crash loses up to 30 s of what was answered; set it to always",
}


async def check_server(server: Caller, profile: Profile) -> list[str]:
    """One-line warnings of what could be lost on `server`. Raises `ServerUnfit` if it must not be used at all."""
    info = await _info(server)
    warnings = check_version(_version(info))
    if info["role"] != "master":
        raise ServerUnfit("the server is a replica: name its primary")
    policy = info.get("maxmemory_policy") or await _configured(server, "maxmemory-policy")
    if policy is None:
        warnings.append("maxmemory-policy could not be checked; unless it is noeviction, a full memory loses contacts")
    elif policy != "noeviction":
        raise ServerUnfit(f"maxmemory-policy is {policy}: a full memory would lose contacts; set it to noeviction")
    weaknesses = await _weaknesses(server, info)
    if profile == "embedded":
        # Its configuration is the router's own.
        weaknesses = [f"somebody reconfigured the embedded server: {weakness}" for weakness in weaknesses]
    return warnings + weaknesses


async def _weaknesses(server: Caller, info: Mapping[str, str]) -> list[str]:
    """Where "answered means stored" does not hold."""
    if info["aof_enabled"] != "1":
        return ["appendonly is no: a restart of the server loses all since its last snapshot; set it to yes"]
    weaknesses: list[str] = []
    fsync = await _configured(server, "appendfsync")
    if fsync in _FSYNC_WARNINGS:
        weaknesses.append(_FSYNC_WARNINGS[fsync])
    if info["aof_last_write_status"] != "ok":
        weaknesses.append("the last write to the append only file failed: look at the server's disk")
    return weaknesses


async def _info(server: Caller) -> dict[str, str]:
    fields: dict[str, str] = {}
    for section in ("server", "replication", "memory", "persistence"):
        text: bytes = await server.call("INFO", section)
        for line in text.decode(errors="replace").splitlines():
            name, colon, value = line.partition(":")
            if colon:
                fields[name] = value
    return fields


def _version(info: Mapping[str, str]) -> Version:
    # Valkey also gives a redis_version, of the Redis that it stands in for.
    if "valkey_version" in info:
        return Version(server="Valkey", text=info["valkey_version"])
    return Version(server="Redis", text=info["redis_version"])


async def _configured(server: Caller, name: str) -> str | None:
    """The server's setting, or None if it does not tell."""
    try:
        reply: list[bytes] = await server.call("CONFIG", "GET", name)
    except ServerRefused:
        return None
    return reply[1].decode() if reply else None
