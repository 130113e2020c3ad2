"""Addresses: what each URL means, and what each wrong one is told."""

from __future__ import annotations

from typing import Any

import pytest

from router.engine.address import Address
from router.engine.elected import Cluster, Sentinels
from router.engine.url import place_of
from router.kit.errors import ServerUnfit


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("redis://box", Address(host="box", port=6379)),
        ("redis://box:7000/3", Address(host="box", port=7000, database=3)),
        ("redis://[::1]:7000", Address(host="::1", port=7000)),
        ("redis://:secret@box", Address(host="box", password="secret")),
        ("redis://anna:a%2Fb%40c@box", Address(host="box", user="anna", password="a/b@c")),
        ("rediss://box", Address(host="box", tls=True)),
        ("rediss://box?ca_file=/etc/ca.pem", Address(host="box", tls=True, ca_file="/etc/ca.pem")),
        (
            "rediss://box?cert_file=/c.pem&key_file=/k.pem",
            Address(host="box", tls=True, cert_file="/c.pem", key_file="/k.pem"),
        ),
        ("redis://box?replicas=2", Address(host="box", replicas=2)),
        ("unix:///run/server.sock", Address(path="/run/server.sock")),
        ("unix:///run/our%20server.sock?database=2", Address(path="/run/our server.sock", database=2)),
        ("unix://anna:secret@/run/server.sock", Address(path="/run/server.sock", user="anna", password="secret")),
    ],
)
def test_a_url_says_an_address(url: str, address: Address) -> None:
    assert Address.parse(url) == address


@pytest.mark.parametrize(
    ("url", "part"),
    [
        ("", "scheme"),
        ("box:6379", "scheme"),
        ("http://box", "scheme"),
        ("redis://", "host"),
        ("redis://:6379", "host"),
        ("redis://[::1", "host"),
        ("redis://box:port", "port"),
        ("redis://box:0", "port"),
        ("redis://box:65536", "port"),
        ("redis://box/one", "database"),
        ("redis://box/-1", "database"),
        ("redis://box/1/2", "database"),
        ("redis://anna@box", "password"),
        ("redis://:se#cret@box", "fragment"),
        ("redis://box?ca_file=/etc/ca.pem", "option"),
        ("redis://box?replicas=all", "option"),
        ("rediss://box?verify=no", "option"),
        ("rediss://box?ca_file=", "option"),
        ("rediss://box?ca_file=/a&ca_file=/b", "option"),
        ("rediss://box?cert_file=/c.pem", "option"),
        ("redis://box one", "url"),
        ("redis://box\n", "url"),
        ("unix://run/server.sock", "path"),
        ("unix:", "path"),
    ],
)
def test_a_wrong_url_is_refused_with_the_part_that_is_wrong(url: str, part: str) -> None:
    with pytest.raises(ServerUnfit, match=f"^server address: {part}: "):
        Address.parse(url)


def test_the_password_is_never_shown() -> None:
    address = Address.parse("redis://anna:secret@box:7000/3")
    assert str(address) == "redis://box:7000/3"
    assert "secret" not in repr(address)


@pytest.mark.parametrize("url", ["redis://box:7000/3", "rediss://[::1]:6379/0", "unix:///run/our%20server.sock"])
def test_the_text_of_an_address_is_its_url(url: str) -> None:
    assert str(Address.parse(url)) == url


def test_sentinels_are_named_with_what_they_watch() -> None:
    place = place_of("redis+sentinel://:secret@one,two:7000,[::1]/heart/2?sentinel_password=other")
    assert isinstance(place, Sentinels)
    assert place.name == "heart"
    assert place.primary == Address(host="primary", password="secret", database=2, replicas=1)
    assert [(each.host, each.port) for each in place.sentinels] == [("one", 26379), ("two", 7000), ("::1", 26379)]
    assert {(each.user, each.password, each.database) for each in place.sentinels} == {(None, "other", 0)}
    assert "secret" not in str(place)


def test_a_cluster_is_named_by_some_of_its_nodes() -> None:
    place = place_of("rediss+cluster://anna:secret@one,two:7000?ca_file=/etc/ca.pem&replicas=0")
    assert isinstance(place, Cluster)
    shared: dict[str, Any] = {"user": "anna", "password": "secret", "tls": True, "ca_file": "/etc/ca.pem"}
    assert place.nodes == (Address(host="one", **shared), Address(host="two", port=7000, **shared))
    assert "secret" not in str(place)


def test_any_other_url_is_one_servers_own() -> None:
    assert place_of("redis://box:7000/3") == Address(host="box", port=7000, database=3)


@pytest.mark.parametrize(
    ("url", "part"),
    [
        ("redis+sentinel://one,two", "name"),
        ("redis+sentinel:///heart", "host"),
        ("redis+sentinel://one,/heart", "host"),
        ("redis+sentinel://one:0/heart", "port"),
        ("redis+sentinel://one/heart/first", "database"),
        ("redis+sentinel://one/heart?sentinels=2", "option"),
        ("redis+cluster://one/2", "database"),
        ("redis+cluster://one?sentinel_password=x", "option"),
        ("redis+cluster://", "host"),
        ("redis+cluster://one,two:port", "port"),
        ("redis+raft://one", "scheme"),
    ],
)
def test_a_wrong_url_of_several_is_refused_with_the_part_that_is_wrong(url: str, part: str) -> None:
    with pytest.raises(ServerUnfit, match=f"^server address: {part}: "):
        place_of(url)
