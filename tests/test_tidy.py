"""The habits of the house that no linter knows. Each rule looks at one kind of file and names what breaks it."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parent.parent
FOLDERS = {"router", "channels", "deploy", "tests", "seeds"}
TOP_LEVEL = {*FOLDERS, "pyproject.toml", "Makefile", "README.md", "CHANGELOG.md", "LICENSE"}

LONGEST_FILE = 400
LONGEST_ACT = 120
LONGEST_FUNCTION = 70
CODE = {".py", ".lua", ".js", ".css", ".html"}

CLOCKS = {"router/kit/clock.py", "router/engine/lua/shared/call.lua"}
CLOCK_FUNCTIONS = {"time_ns", "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns", "utcnow"}
MAY_SLEEP = {  # what its names begin with → why it cannot wait for an event instead
    "tests/bench/": "a load has its pace",
    "tests/helpers/replicas.py": "servers say nothing of when they have found each other",
    "tests/channels/asterisk/load/": "patience, talks and the pick-up of a phone take time",
    "tests/chaos/": "a load has its pace, and a process that is harmed says nothing of it",
}
KEYS = {"router/engine/keys.py"}

# Spelt so that this file does not break its own rule.
NOT_THE_PRODUCT = re.compile(r"/wor[k]/|\.\./share[d]|/opt/(pyp[i]|wheel[s])|\b(TOD[O]|FIXM[E])\b")


def files(*suffixes: str, below: str = "") -> Iterator[Path]:
    """Our own files with one of these suffixes, or all."""
    for path in sorted((ROOT / below).rglob("*")):
        parts = path.relative_to(ROOT).parts
        hidden = any(part.startswith(".") or part in {"__pycache__", "node_modules"} for part in parts)
        ours = parts[0] in TOP_LEVEL and not hidden
        if ours and path.is_file() and (not suffixes or path.suffix in suffixes):
            yield path


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def nodes(path: Path) -> Iterator[ast.AST]:
    return ast.walk(ast.parse(path.read_text()))


def long_files() -> Iterator[str]:
    """No file over 400 lines, no act over 120."""
    for path in files(*CODE):
        is_act = name_of(path).startswith("router/engine/lua/acts/")
        limit = LONGEST_ACT if is_act else LONGEST_FILE
        lines = len(path.read_text().splitlines())
        if lines > limit:
            yield f"{name_of(path)}: {lines} lines, at most {limit}"


def long_functions() -> Iterator[str]:
    """No function over 70 lines: it fits a screen."""
    for path in files(".py"):
        for node in nodes(path):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > LONGEST_FUNCTION:
                    yield f"{name_of(path)}:{node.lineno}: {node.name} has {lines} lines, at most {LONGEST_FUNCTION}"


def acts_without_header() -> Iterator[str]:
    """An act opens with its name, what it does, and its contract."""
    for path in files(".lua", below="router/engine/lua/acts"):
        header = re.match(r"(?:--.*\n)*", path.read_text())
        assert header is not None
        words = re.findall(r"^-- (\w+)", header[0], re.MULTILINE)
        if not header[0].startswith(f"-- {path.stem}: "):
            yield f"{name_of(path)}: does not open with its name"
        if [word for word in words if word.isupper()] != ["KEYS", "ARGV", "RETURNS", "REFUSES"]:
            yield f"{name_of(path)}: its header does not say KEYS, ARGV, RETURNS and REFUSES, in this order"


def foreign_keys() -> Iterator[str]:
    """No key is spelt outside `keys.py`: not in Python, and in Lua every key comes from `key`."""
    spelt_in_python = re.compile(r"""\{\{\{|["']\{["'] ?\+ ?\w+ ?\+ ?["']\}|["']\{workspace\}""")
    spelt_in_lua = re.compile(r"""redis\.p?call\(\s*'\w+'\s*,\s*(?:'|[\w.()']*\s*\.\.)|['"]\{""")
    for path in files(".py", ".lua", below="router"):
        spelt = spelt_in_lua if path.suffix == ".lua" else spelt_in_python
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if spelt.search(line) and name_of(path) not in KEYS:
                yield f"{name_of(path)}:{number}: spells a key: {line.strip()}"


def clock_reads() -> Iterator[str]:
    """Time is an argument: nobody but the clock reads it, in Python or in Lua."""
    for path in files(".py"):
        if name_of(path) in CLOCKS or name_of(path).startswith("tests/bench/"):
            continue
        for node in nodes(path):
            if reads_clock(node):
                yield f"{name_of(path)}:{getattr(node, 'lineno', 0)}: reads a clock"
    for path in files(".lua"):
        if name_of(path) not in CLOCKS and re.search(r"'TIME'|\bos\.(time|clock|date)\b", path.read_text()):
            yield f"{name_of(path)}: reads a clock"


def reads_clock(node: ast.AST) -> bool:
    if isinstance(node, ast.ImportFrom):
        return node.module == "time" and any(name.name in {"time", *CLOCK_FUNCTIONS} for name in node.names)
    if not isinstance(node, ast.Attribute):
        return False
    owner = ast.unparse(node.value).lower()
    return (
        node.attr in CLOCK_FUNCTIONS
        or (node.attr == "time" and (owner == "time" or "loop" in owner))
        or (node.attr in {"now", "today"} and owner.split(".")[-1] in {"datetime", "date"})
    )


def sleeping_tests() -> Iterator[str]:
    """A test waits for what it waits for, never for time."""
    for path in files(".py", below="tests"):
        for node in nodes(path):
            sleeps = isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == "sleep"
            if sleeps and not name_of(path).startswith(tuple(MAY_SLEEP)):
                yield f"{name_of(path)}:{getattr(node, 'lineno', 0)}: sleeps"


def talkative_packages() -> Iterator[str]:
    """An `__init__.py` says nothing but its docstring and the public names."""
    for path in files(".py"):
        if path.name != "__init__.py":
            continue
        for statement in ast.parse(path.read_text()).body:
            is_name = isinstance(statement, ast.Import | ast.ImportFrom)
            is_docstring = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
            is_list = isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "__all__"
            if not (is_name or is_docstring or is_list):
                yield f"{name_of(path)}:{statement.lineno}: says more than public names"


def wordy_readmes() -> Iterator[str]:
    """A folder's README says what the room is for in five lines; only then it may go on."""
    for path in files(".md"):
        if path.name == "README.md":
            purpose = path.read_text().split("\n\n")[0].strip().splitlines()[1:]
            if len(purpose) > 5:
                yield f"{name_of(path)}: takes {len(purpose)} lines to say what the room is for"


def foreign_words() -> Iterator[str]:
    """The product stands alone: nothing of where it was made, and no note of things left undone."""
    for path in files():
        try:
            lines = path.read_text().splitlines()
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(lines, 1):
            if NOT_THE_PRODUCT.search(line):
                yield f"{name_of(path)}:{number}: {line.strip()}"


def strangers_at_the_top() -> Iterator[str]:
    """The top level holds what it always held; what a run makes is hidden from git."""
    ignored = set((ROOT / ".gitignore").read_text().replace("/", "").split())
    for path in ROOT.iterdir():
        if path.name not in TOP_LEVEL | ignored and not path.name.startswith("."):
            yield f"{path.name}: does not belong to the top level"


def unlocked_packages() -> Iterator[str]:
    """The locks name all that `pyproject.toml` names, each with its hash and none with an address."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    dev = project["dependencies"] + project["optional-dependencies"]["dev"]
    for lock, wanted in {"requirements.lock": project["dependencies"], "requirements-dev.lock": dev}.items():
        text = (ROOT / "deploy" / lock).read_text()
        locked = {match[1]: match[2] for match in re.finditer(r"^([\w.-]+)==\S+(.*(?:\n .*)*)", text, re.MULTILINE)}
        for requirement in wanted:
            name = re.split(r"[^\w.-]", requirement)[0]
            if name not in locked:
                yield f"deploy/{lock}: lacks {name}; run `make lock`"
        for name, rest in locked.items():
            if "--hash=sha256:" not in rest:
                yield f"deploy/{lock}: {name} has no hash"
        if "://" in text:
            yield f"deploy/{lock}: names an address"


RULES = [
    long_files,
    long_functions,
    acts_without_header,
    foreign_keys,
    clock_reads,
    sleeping_tests,
    talkative_packages,
    wordy_readmes,
    foreign_words,
    strangers_at_the_top,
    unlocked_packages,
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_house_is_tidy(rule: Callable[[], Iterator[str]]) -> None:
    problems = list(rule())
    assert not problems, "\n".join([str(rule.__doc__), *problems])
