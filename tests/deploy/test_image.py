"""The image: what its Dockerfile says is done in a directory, and what comes of it serves, as nobody, read-only."""

from __future__ import annotations

import asyncio
import signal
import subprocess
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import pytest

from tests.deploy.dockerfile import Image, needs_namespaces, taken
from tests.helpers.program import operation_file
from tests.helpers.servers import DURABLE, running

if TYPE_CHECKING:
    from collections.abc import Generator

    from tests.helpers.servers import Server

ROOT = Path(__file__).parents[2]
MOST_BYTES = 64 * 2**20
"""Of what comes to the base image; most of it is Valkey and C extensions."""
METRICS = "import urllib.request; urllib.request.urlopen('http://127.0.0.1:9611/metrics', timeout=3)"


@pytest.fixture
def store(tmp_path: Path) -> Generator[Server]:
    """A server of its own."""
    directory = tmp_path / "server"
    directory.mkdir()
    with running("valkey", directory, *DURABLE) as server:
        yield server


def size(directory: Path) -> int:
    return sum(path.lstat().st_size for path in directory.rglob("*") if not path.is_symlink())


@pytest.mark.parametrize(
    ("path", "given"),
    [
        ("router/app.py", True),
        ("router/engine/lua/acts/accept.lua", True),
        ("router/__pycache__/app.pyc", False),
        ("deploy/requirements.lock", True),
        ("deploy/.env", False),
        ("deploy/channels.env", False),
        ("data/store/appendonlydir", False),
        (".git/config", False),
        (".venv/bin/python", False),
        ("tests/conftest.py", False),
    ],
)
def test_the_engine_is_given_what_it_needs_and_no_secret(path: str, given: bool) -> None:
    rules = [rule for rule in (ROOT / ".dockerignore").read_text().splitlines() if not rule.startswith("#")]
    assert taken(PurePosixPath(path), rules) is given


async def serves(image: Image, *words: str, **environment: str) -> None:
    """The image's command with these words more gets well, has figures, and ends well when an engine stops it."""
    serving = await asyncio.create_subprocess_exec(
        *image.container(*image.command, *words),
        env=image.surroundings(**environment), cwd=image.root, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    inside = ["nsenter", f"--target={serving.pid}", "--user", "--net", "--preserve-credentials", "--"]

    async def well(*command: str) -> bool:
        checking = await asyncio.create_subprocess_exec(
            *inside, *command, env=image.surroundings(), stderr=asyncio.subprocess.DEVNULL
        )
        return await checking.wait() == 0

    async with asyncio.timeout(60):
        while not await well(*image.health_check):
            assert serving.returncode is None
        while not await well("python", "-c", METRICS):
            assert serving.returncode is None
    serving.send_signal(signal.Signals[image.said["STOPSIGNAL"]])
    _output, errors = await serving.communicate()
    assert serving.returncode == 0, errors.decode()


@pytest.mark.timeout(240)
async def test_the_image_is_built_and_serves(tmp_path: Path, store: Server) -> None:
    needs_namespaces()
    url = f"unix://{store.address.path}"
    image = Image(ROOT, tmp_path)
    await asyncio.to_thread(image.build)
    assert size(image.root) < MOST_BYTES
    assert not any((image.root / "data").iterdir()), "no data in it"
    assert not list(image.root.rglob("pip")), "nothing that installs"

    def run(*command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """What a command says in a container of the image."""
        surroundings = image.surroundings(CONTACT_ROUTER_REDIS=url)
        return subprocess.run(
            image.container(*command), check=check, capture_output=True, text=True, env=surroundings, cwd=image.root
        )

    assert run("python", "-c", "import os; print(os.getuid())").stdout == "10001\n"
    assert "Read-only" in run("python", "-c", f"open('{image.root}/there', 'w')", check=False).stderr
    operation = operation_file(tmp_path, "image", agents=1)
    run("contact-router", "apply", "--yes", str(operation))
    await serves(image, "--workspace", "image", CONTACT_ROUTER_REDIS=url)
    assert not any((image.root / "data").iterdir())
    await serves(image, "--operation", str(operation))
    assert (image.root / "data" / "store").is_dir(), "with a server of its own"
