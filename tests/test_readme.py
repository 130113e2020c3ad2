"""What the README shows runs as it is written: only the port is another, so that two runs may be on one machine."""

from __future__ import annotations

import asyncio
import os
import re
import socket
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    """The README's blocks of this language."""
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


async def test_an_adapter_and_a_desk_talk_to_the_router_as_the_readme_says(tmp_path: Path) -> None:
    port = str(free_port())
    serve, adapter = (block.replace("8090", port) for block in blocks("sh"))
    (desk,) = blocks("python")
    (tmp_path / "seeds").symlink_to(ROOT / "seeds")
    (tmp_path / "desk.py").write_text(desk)
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    router = await asyncio.create_subprocess_shell(
        f"exec {serve}", cwd=tmp_path, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    assert router.stdout is not None
    try:
        async with asyncio.timeout(20):
            ready = await router.stdout.readline()
        assert port in ready.decode()
        script = f"set -euo pipefail\n{adapter}\npython desk.py\n"
        stranger = await asyncio.create_subprocess_exec(
            "bash", "-c", script, cwd=tmp_path, env=environment, stdout=asyncio.subprocess.PIPE
        )
        async with asyncio.timeout(20):
            said = (await stranger.communicate())[0].decode()
    finally:
        router.terminate()
        _output, errors = await router.communicate()
    assert stranger.returncode == 0
    assert '"state":"queued"' in said
    assert said.endswith("talking to +79131234567\n")
    assert router.returncode == 0, errors.decode()
