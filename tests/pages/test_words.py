"""The words of the pages: what one language says the other says too, and nothing is said or kept without words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from router.web.pages import page_files

if TYPE_CHECKING:
    from router.domain.states import Role
    from tests.helpers.browser import OpenWindow
    from tests.pages.house import House

FILES = {address: content.decode() for address, _kind, content in page_files() if address.endswith(".js")}
WORDS = re.compile(r"addWords\(|^export const (?:en|ru) = ", re.MULTILINE)
NAME = re.compile(r"^ {2,6}(\w+): (?:\"|\{ ?(?:one|other))", re.MULTILINE)
READ = """async (names) => {
  const { t, hasWords } = await import("/pages/shared/words.js");
  const { settings } = await import("/pages/shared/settings.js");
  const found = {};
  for (const language of ["ru", "en"]) {
    settings.choose("language", language);
    found[language] = Object.fromEntries(names.filter(hasWords).map((name) => {
      const asked = new Set();
      const values = new Proxy({}, { get: (_, key) => (asked.add(key), 5) });
      const text = t(name, values);
      asked.delete("n");
      return [name, [...asked].sort().join(" ") + (text ? "" : " nothing")];
    }));
  }
  return found;
}"""
"""Name → which values its text takes, in each language."""


def names_in(pages: tuple[str, ...]) -> set[str]:
    """The names of all words of these folders."""
    sources = [text for address, text in FILES.items() if address.split("/")[2] in pages and WORDS.search(text)]
    return {name for text in sources for name in NAME.findall(text)}


@pytest.mark.parametrize(("page", "role"), [("desk", "agent"), ("wall", "supervisor")])
async def test_both_languages_say_the_same(house: House, window: OpenWindow, page: str, role: Role) -> None:
    whose = {"agent": "anna"} if role == "agent" else {}
    opened = await (await window()).open(await house.link(page, role, **whose))
    await opened.get_by_role("button", name="Настройки").wait_for()
    names = names_in(("shared", page))
    assert len(names) > 150
    found = await opened.evaluate(READ, sorted(names))
    assert found["ru"].keys() == names
    assert found["ru"] == found["en"]


@pytest.mark.parametrize("page", ["desk", "wall"])
async def test_what_is_said_has_words_and_no_words_are_left_over(page: str) -> None:
    names = names_in(("shared", page))
    said: set[str] = set()
    begun: set[str] = set()
    for address, text in FILES.items():
        if address.split("/")[2] in {"shared", page} and not WORDS.search(text):
            said |= set(re.findall(r'"(\w+)"', text))
            begun |= set(re.findall(r"`(\w+_)\$\{", text))
            if "`${name}_${value}`" in text:
                begun |= {f"{name}_" for name in re.findall(r'one\("(\w+)"', text)}
            literal = set(re.findall(r'\bt\("(\w+)"', text))
            assert literal <= names, literal - names
    unsaid = {
        name
        for name in names - said - {"title"}
        if not any(name.startswith(start) for start in begun) and not name.endswith("_hint")
    }
    assert unsaid == set()
