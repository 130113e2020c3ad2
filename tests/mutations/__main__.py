"""`python -m tests.mutations`: puts each defect into a copy of the sources, and runs the tests until one sees it.

Names after it choose defects. Of all of them the table is written to `RESULTS.md` beside this file. Ends with 1 where
one is seen by no test.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from router.kit.clock import SystemClock
from tests.mutations.defects import HERE, Defect, defects

ROOT: Final = HERE.parent.parent
COPIED: Final = ("router", "tests", "channels", "seeds", "deploy", "pyproject.toml", "README.md", "Makefile")
ROUNDS: Final = (
    ("-k", "not redis and not in_vain", "tests/fundamentals"),
    ("-k", "not redis", "tests/fundamentals", "tests/engine/test_random_steps.py", "tests/audit"),
    ("tests/fundamentals", "tests/engine/test_random_steps.py", "tests/service", "tests/web"),
)
"""What `make test` runs, the likeliest to see it first; each until something fails."""


def seen_by(defect: Defect) -> str | None:
    """The first test that fails with the defect, and fails again by itself; None where all pass."""
    with tempfile.TemporaryDirectory(prefix="defect-") as directory:
        root = Path(directory)
        for name in COPIED:
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(ROOT / name, root / name)
        defect.put_into(root)
        for tests in ROUNDS:
            test = _failing(root, *tests)
            if test is not None and _failing(root, test) is not None:
                return test
    return None


def _failing(root: Path, *tests: str) -> str | None:
    """The first test that fails."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", *tests]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return None
    failed = re.search(r"^(?:FAILED|ERROR) (.+?)(?: - .*)?$", done.stdout, re.MULTILINE)
    if failed is None:
        raise RuntimeError(f"the tests could not run: {done.stdout[-500:]}{done.stderr[-500:]}")
    return failed[1]


def main() -> int:
    """Run; see the module."""
    chosen = [defect for defect in defects() if defect.name in sys.argv[1:] or len(sys.argv) == 1]
    clock, rows, unseen = SystemClock(), list[str](), 0
    for defect in chosen:
        started_ms = clock.monotonic_ms()
        test = seen_by(defect)
        unseen += test is None
        took_s = (clock.monotonic_ms() - started_ms) / 1000
        rows.append(f"| {defect.name} | {defect.file} | {test or '**nothing**'} |")
        print(f"{rows[-1]} {took_s:.0f} s", flush=True)
    if chosen == defects():
        head = f"{len(chosen) - unseen} of {len(chosen)} deliberate defects are seen (`python -m tests.mutations`).\n\n"
        table = "\n".join(["| defect | file | seen by |", "| --- | --- | --- |", *rows])
        (HERE / "RESULTS.md").write_text(f"# What sees which defect\n\n{head}{table}\n", encoding="utf-8")
    return 1 if unseen else 0


if __name__ == "__main__":
    sys.exit(main())
