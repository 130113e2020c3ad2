"""Which servers are refused, and what the others are told."""

from __future__ import annotations

from pathlib import Path

import pytest

from router.engine.binary import find_binary, read_version
from router.engine.versions import Version, check_version
from router.kit.errors import ServerUnfit
from tests.helpers.servers import KINDS, binary_of

ACCEPTED = [
    "Valkey 8.1.9",
    "Valkey 9.1.1",
    "Valkey 9.1.40",
    "Valkey 9.2.0",
    "Valkey 10.0.0",
    "Redis 7.2.16",
    "Redis 8.11.0",
]
REFUSED = {
    "Redis 6.2.24": "no security fixes any more",
    "Redis 7.0.14": "known security holes; use 7.0.15, 7.2.16",
    "Redis 7.2.15": "known security holes",
    "Redis 8.0.9": "no security fixes any more",
    "Valkey 7.2.15": "known security holes",
    "Valkey 9.1.0": "known security holes",
    "KeyDB 6.3.4": "not a version of Redis or Valkey",
    "Valkey unstable": "not a version of Redis or Valkey",
}


def version(text: str) -> Version:
    server, _, numbers = text.partition(" ")
    return Version(server, numbers)


@pytest.mark.parametrize("text", ACCEPTED)
def test_a_patched_version_is_accepted_without_a_word(text: str) -> None:
    assert check_version(version(text)) == []


@pytest.mark.parametrize(("text", "reason"), REFUSED.items())
def test_any_other_is_refused_with_the_ones_to_use(text: str, reason: str) -> None:
    with pytest.raises(ServerUnfit, match=f"^{text}: .*{reason}"):
        check_version(version(text))


def test_a_version_that_only_distributions_patch_gets_a_warning() -> None:
    (warning,) = check_version(Version("Redis", "7.0.15"))
    assert "its distribution" in warning


@pytest.mark.parametrize("kind", KINDS)
def test_the_programs_we_test_on_are_acceptable(kind: str) -> None:
    found = read_version(binary_of(kind))
    assert found.server.lower() == kind
    check_version(found)


def test_without_the_package_the_path_is_searched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("router.engine.binary._PACKAGE", "no-such-package")
    assert find_binary() == binary_of("redis")
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ServerUnfit, match=r"no-such-package has none .* valkey-server or redis-server"):
        find_binary()


@pytest.mark.parametrize(
    ("program", "reason"), [("/bin/echo", "not a Redis or Valkey server"), ("/none", "does not run")]
)
def test_a_program_that_is_no_server_is_refused(program: str, reason: str) -> None:
    with pytest.raises(ServerUnfit, match=reason):
        read_version(Path(program))
