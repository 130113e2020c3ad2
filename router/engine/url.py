"""Where the workspaces' server is, as one URL: a server's own address, or who knows the primary.

    redis://…  rediss://…  unix://…                     see `Address`
    redis+sentinel://[[user]:password@]host[:port][,host[:port]…]/NAME[/database]
    redis+cluster://[[user]:password@]host[:port][,host[:port]…]
    rediss+…                                            the same over TLS

User and password are the servers'. Sentinels that want their own have ?sentinel_user= &sentinel_password=. Here one
replica must have what is answered, unless ?replicas= says otherwise.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode

from router.engine.address import Address, wrong
from router.engine.elected import Cluster, Sentinels

if TYPE_CHECKING:
    from router.engine.place import Place

SENTINEL_PORT = 26379
_ELECTED = re.compile(r"(rediss?)\+(sentinel|cluster)://(?:([^/?#]*)@)?([^/?#@]*)([^?#]*)(?:\?([^#]*))?")


def place_of(url: str) -> Place:
    """The place that `url` means. Raises `ServerUnfit` naming the part that is wrong; never shows the password."""
    parts = _ELECTED.fullmatch(url)
    if parts is None:
        return Address.parse(url)
    scheme, kind, who, hosts, path, query = (part or "" for part in parts.groups())
    options = dict(parse_qsl(query, keep_blank_values=True))
    own = {name: options.pop(f"sentinel_{name}", None) for name in ("user", "password")} if kind == "sentinel" else {}
    rest = urlencode({"replicas": "1", **options})

    def parsed(host: str, below: str = "") -> Address:
        return Address.parse(f"{scheme}://{who}@{host}{below}?{rest}" if who else f"{scheme}://{host}{below}?{rest}")

    if kind == "cluster":
        if path.strip("/"):
            raise wrong("database", "a cluster has one only, and no name")
        return Cluster(tuple(parsed(host) for host in hosts.split(",")))
    name, slash, database = path.removeprefix("/").partition("/")
    if not name:
        raise wrong("name", "missing: what the Sentinels call the primary, behind the hosts and a slash")
    sentinels = tuple(
        replace(parsed(host if re.search(r":\d+$", host) else f"{host}:{SENTINEL_PORT}"), database=0, **own)
        for host in hosts.split(",")
    )
    return Sentinels(name, sentinels, parsed("primary", slash + database))
