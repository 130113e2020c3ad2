"""Addresses: what each URL means, and what each wrong one is told."""

from __future__ import annotations

import pytest

from router.engine.address import Address
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
