"""The demo from the built wheel, in an empty folder: the seeds travel in it, and nothing is left behind."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
SOURCES = ("pyproject.toml", "README.md", "LICENSE", "router", "channels", "seeds")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the wheel is installed, with nothing of the source tree."""
    source, target = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("installed")
    for name in SOURCES:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, source / name)
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(target)]
    subprocess.run(build, cwd=source, check=True, capture_output=True)
    (wheel,) = target.glob("*.whl")
    shutil.unpack_archive(wheel, target, "zip")
    shutil.rmtree(source)
    return target


def processes_of(folder: Path) -> list[str]:
    """The command lines of those who work in the folder, or name it."""
    found: list[str] = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            cwd = str((process / "cwd").readlink())
        except OSError:
            continue
        if str(folder) in command or cwd.startswith(str(folder)):
            found.append(command)
    return found


async def run_demo(installed: Path, folder: Path, told: signal.Signals) -> tuple[str, str]:
    """Run it until it has answered somebody, and tell it to end. What it said before and after."""
    environment = os.environ | {"PYTHONPATH": str(installed), "TMPDIR": str(folder)}
    demo = await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-m", "router", "demo", "--speed", "60", "--metrics", "off",
        cwd=folder, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert demo.stdout is not None
    assert demo.stderr is not None
    before, answered = "", 0
    try:
        async with asyncio.timeout(40):
            while not answered:  # the table is printed every ten seconds
                line = (await demo.stdout.readline()).decode()
                assert line, (await demo.stderr.read()).decode()
                before += line
                figures = re.match(r"private +\d+ +\d+s +(\d+)", line)
                answered = int(figures[1]) if figures else 0
        assert len(processes_of(folder)) > 1, "the demo and its server were to be seen"
        demo.send_signal(told)
        async with asyncio.timeout(15):
            after, errors = await demo.communicate()
    finally:
        if demo.returncode is None:
            demo.kill()
            await demo.wait()
    assert (demo.returncode, errors.decode()) == (0, "")
    return before, after.decode()


@pytest.mark.timeout(150)
@pytest.mark.skipif(not Path("/proc/self/cwd").exists(), reason="looks for what is left behind in /proc")
async def test_the_demo_runs_from_the_wheel_again_and_again_and_leaves_nothing_but_its_data(
    installed: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()
    for told in (signal.SIGINT, signal.SIGTERM):
        before, after = await run_demo(installed, folder, told)
        assert "agent sofia --url http://127.0.0.1:" in before
        links = re.findall(r"^  http://127\.0\.0\.1:\d+/(\w+)#token=crt_[\w-]{43}$", before, re.MULTILINE)
        assert links == ["desk", "wall"]
        assert "avg 10.35s" in after
        assert processes_of(folder) == []
        assert [path.name for path in folder.iterdir()] == ["data"]
