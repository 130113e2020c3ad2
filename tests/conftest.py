"""What every test may ask for: a server of each kind, and to say a figure; and CI's word that nothing was skipped."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

import pytest

from tests.helpers.servers import KINDS, Server, running_cluster

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

pytest_plugins = ["tests.helpers.figures"]


@pytest.fixture(scope="session")
def _servers(tmp_path_factory: pytest.TempPathFactory) -> Generator[Callable[[str], Server]]:
    """Starts each kind of server when it is first asked for; ends them with the session."""
    with contextlib.ExitStack() as stack:
        started: dict[str, Server] = {}

        def server_of(kind: str) -> Server:
            if kind not in started:
                directory = tmp_path_factory.mktemp(f"server-{kind}")
                started[kind] = stack.enter_context(running_cluster(kind, directory))
            return started[kind]

        yield server_of


@pytest.fixture(scope="session", params=KINDS)
def server(request: pytest.FixtureRequest, _servers: Callable[[str], Server]) -> Server:
    """A server of each kind in turn, of this worker alone: a cluster of one node, so that an act that leaves its slot
    fails. It outlives the test; a test works in a workspace of its own.
    """
    return _servers(request.param)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """With CI=true a skipped test is a failed run: what was not tested must not look as if it had been."""
    reporter: pytest.TerminalReporter | None = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or os.environ.get("CI") != "true":  # xdist's workers have none; their reports come to it
        return
    skipped = reporter.stats.get("skipped", [])
    if skipped:
        reporter.write_line(f"\nCI=true: failed, because {len(skipped)} tests were skipped", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
