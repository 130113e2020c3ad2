"""The units are what systemd takes, start what the programs understand, and are confined."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from router.cli.channel import channel
from router.cli.serve import serve
from tests.helpers.composed import DEPLOY

UNITS = ("contact-router.service", "contact-router-channel@.service")
INSTALLED = "/opt/contact-router/bin/contact-router"
MOST_EXPOSED = 20
"""Of systemd's scale, in which 0 is shut off and 100 may do everything."""

systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not there: the units were not looked at"
)


def text_of(unit: str) -> str:
    return (DEPLOY / "systemd" / unit).read_text()


def installed(unit: str, directory: Path) -> str:
    """The unit as a file whose program is there; an instance where it is a template."""
    file = directory / unit.replace("@", "@phone")
    file.write_text(text_of(unit).replace(INSTALLED, str(Path(sys.executable).with_name("contact-router"))))
    return str(file)


def analyzed(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["systemd-analyze", *words], check=False, capture_output=True, text=True)


def settings(unit: str) -> dict[str, str]:
    """What a unit sets, the last where it is set several times."""
    lines = (line for line in text_of(unit).splitlines() if line[:1].isupper())
    return dict(line.split("=", 1) for line in lines)


@systemd
@pytest.mark.parametrize("unit", UNITS)
def test_systemd_takes_it(unit: str, tmp_path: Path) -> None:
    said = analyzed("verify", "--man=no", installed(unit, tmp_path))
    assert said.returncode == 0, said.stderr
    assert unit.split("@", maxsplit=1)[0] not in said.stderr


@systemd
def test_systemd_says_what_is_wrong(tmp_path: Path) -> None:
    file = Path(installed(UNITS[0], tmp_path))
    file.write_text(file.read_text().replace("KillMode=mixed", "KillMode=gently"))
    assert "kill mode" in analyzed("verify", "--man=no", str(file)).stderr


@systemd
@pytest.mark.parametrize("unit", UNITS)
def test_it_may_not_more_than_it_must(unit: str, tmp_path: Path) -> None:
    said = analyzed(
        "security", "--offline=true", f"--threshold={MOST_EXPOSED}", "--no-pager", installed(unit, tmp_path)
    )
    assert said.returncode == 0, said.stdout + said.stderr


def test_the_router_is_started_with_what_it_understands() -> None:
    program, word, *said = shlex.split(settings(UNITS[0])["ExecStart"])
    assert (program, word) == (INSTALLED, "serve")
    seed = str(DEPLOY.parent / "seeds" / "minimal" / "operation.toml")
    filled = [{"/etc/contact-router/operation.toml": seed, "${PROCESSES}": "2"}.get(each, each) for each in said]
    options = serve.make_context("serve", [each for each in filled if each != "$OPTIONS"]).params
    assert options["behind_proxy"]
    assert options["processes"] > 1, "with one alone SIGHUP would end it"


def test_an_adapter_is_started_with_what_it_understands() -> None:
    program, word, name = shlex.split(settings(UNITS[1])["ExecStart"])
    assert (program, word, name) == (INSTALLED, "channel", "%i")
    assert "phone" in channel.list_commands(channel.make_context("channel", ["phone"]))


def test_the_store_is_not_told_to_end_before_its_routers() -> None:
    assert settings(UNITS[0])["KillMode"] == "mixed"
