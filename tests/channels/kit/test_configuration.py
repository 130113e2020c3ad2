"""Where settings and secrets come from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from channels.kit.configuration import read_secrets, read_settings, variable
from channels.kit.conformance.example import CHANNEL
from channels.kit.conformance.example.adapter import ExampleSettings
from channels.kit.failures import Misconfigured

if TYPE_CHECKING:
    from pathlib import Path

MANIFEST = CHANNEL.manifest
API = {"CONTACT_ROUTER_EXAMPLE_API_URL": "http://127.0.0.1:1"}


def test_the_environment_beats_the_file_and_what_is_given_beats_both(tmp_path: Path) -> None:
    file = tmp_path / "channels.toml"
    file.write_text('[vk]\nunknown = 1\n[example]\napi_url = "http://file"\nport = 1\naccount = "file"\n')
    environment = {"CONTACT_ROUTER_EXAMPLE_PORT": "2", "CONTACT_ROUTER_EXAMPLE_ACCOUNT": "environment"}
    settings = read_settings(MANIFEST, file, environment, account="given")
    assert isinstance(settings, ExampleSettings)
    assert (settings.api_url, settings.port, settings.account) == ("http://file", 2, "given")


def test_the_environment_says_lists_and_truths() -> None:
    said = {
        "CONTACT_ROUTER_EXAMPLE_ATTACHMENT_HOSTS": "a.example, b.example:8080",
        "CONTACT_ROUTER_EXAMPLE_WEBHOOK": "true",
    }
    settings = read_settings(MANIFEST, None, API | said)
    assert isinstance(settings, ExampleSettings)
    assert (settings.attachment_hosts, settings.webhook) == (("a.example", "b.example:8080"), True)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[example]\nprot = 1\n", "prot"),
        ('[example]\napi_url = "x"\nport = "many"\n', "port"),
        ("[example\n", "channels.toml"),
        ("[example]\n", "api_url"),
        ('[example]\napi_url = "x"\nkey = "secret-1"\n', "CONTACT_ROUTER_EXAMPLE_KEY"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "channels.toml"
    file.write_text(text)
    with pytest.raises(Misconfigured) as refused:
        read_settings(MANIFEST, file, {})
    assert said in str(refused.value)
    assert "secret-1" not in str(refused.value)


def test_secrets_come_from_the_environment_and_all_that_are_missing_are_named() -> None:
    assert variable(MANIFEST, "webhook_secret") == "CONTACT_ROUTER_EXAMPLE_WEBHOOK_SECRET"
    assert read_secrets(MANIFEST, {"CONTACT_ROUTER_EXAMPLE_KEY": "k"}) == {"key": "k"}
    for environment in ({}, {"CONTACT_ROUTER_EXAMPLE_KEY": ""}):
        with pytest.raises(Misconfigured, match="CONTACT_ROUTER_EXAMPLE_KEY"):
            read_secrets(MANIFEST, environment)
