"""Whether a server can keep the router's promises, asked on each new connection.

What would falsify the state is refused: a version with known holes, a server that forgets keys when memory is short, a
replica. What weakens the promise "answered means stored" is only said, one line each, because an operator may want it
so. A managed service may forbid CONFIG; then the lines say what could not be checked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

from router.engine.versions import Version, check_version
from router.kit.errors import ServerRefused, ServerUnfit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from router.engine.link import Caller

# How a server is run: by the router itself, by somebody else as one server, or with replicas that confirm each answer.
Profile = Literal["embedded", "single", "replicated"]

_FSYNC_WARNINGS: Mapping[str | None, str] = {
    None: "appendfsync could not be checked, since CONFIG is forbidden; a crash may lose what was answered",
    "everysec": "appendfsync is everysec: a machine's crash loses up to 2 s of what was answered; set it to always",
    "no": "appendfsync is no: a machine's crash loses up to 30 s of what was answered; set it to always",
}


async def check_server(server: Caller, profile: Profile, replicas: int = 0) -> list[str]:
    """One-line warnings of what could be lost on `server`, of which `replicas` must confirm each answer.

    Raises `ServerUnfit` if it must not be used at all.
    """
    info = await info_of(server, "server", "replication", "memory", "persistence")
    warnings = check_version(_version(info))
    if info["role"] != "master":
        raise ServerUnfit("the server is a replica: name its primary")
    policy = info.get("maxmemory_policy") or await _configured(server, "maxmemory-policy")
    if policy is None:
        warnings.append("maxmemory-policy could not be checked; unless it is noeviction, a full memory loses contacts")
    elif policy != "noeviction":
        raise ServerUnfit(f"maxmemory-policy is {policy}: a full memory would lose contacts; set it to noeviction")
    weaknesses = await _weaknesses(server, info)
    if profile == "replicated":
        # What is answered is on other machines too; a disk that lags by a second is none of its weaknesses.
        weaknesses = [line for line in weaknesses if line not in _FSYNC_WARNINGS.values()]
        weaknesses += await _few_replicas(server, int(info["connected_slaves"]), replicas)
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


async def _few_replicas(server: Caller, connected: int, wanted: int) -> list[str]:
    """Where a primary's replicas do not suffice for what was asked for."""
    lines: list[str] = []
    if connected < wanted:
        lines.append(f"{connected} replicas are connected and {wanted} must confirm: until then nothing is answered")
    elif 2 * (wanted + 1) <= connected + 1:
        lines.append(
            f"of {connected + 1} servers {wanted + 1} have an answer when it leaves, which is no majority: an election"
            f" among the others may lose it; say replicas={(connected + 1) // 2}"
        )
    if await _configured(server, "min-replicas-to-write") == "0":
        lines.append("min-replicas-to-write is 0: a primary that was cut off goes on writing what will be lost; set it")
    return lines


class StoreNow(msgspec.Struct, frozen=True):
    """How full a server is, and whether it keeps what it has."""

    memory_bytes: int
    memory_max_bytes: int
    """Its `maxmemory`; the machine's memory where it has none."""
    persisting: bool
    """It writes an append only file or snapshots, and has written the last of them."""


async def store_now(server: Caller) -> StoreNow:
    """How a server stands. Where CONFIG is forbidden and nothing is appended, snapshots are believed to be made."""
    info = await info_of(server, "memory", "persistence")
    appends, saves = info["aof_enabled"] == "1", await _configured(server, "save") != ""
    appended, saved = info["aof_last_write_status"] == "ok", info["rdb_last_bgsave_status"] == "ok"
    return StoreNow(
        memory_bytes=int(info["used_memory"]),
        memory_max_bytes=int(info["maxmemory"]) or int(info["total_system_memory"]),
        persisting=(appends or saves) and (appended or not appends) and (saved or not saves),
    )


async def info_of(server: Caller, *sections: str) -> dict[str, str]:
    """What a server says of itself in these sections of INFO."""
    fields: dict[str, str] = {}
    for section in sections:
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
