"""A conversation of 5,000 messages is as smooth as one of five."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from playwright.async_api import expect

from tests.pages.desk import Seat, seat, talk

if TYPE_CHECKING:
    from tests.helpers.browser import OpenWindow
    from tests.pages.house import House

MESSAGES = 5_000
WRITING_AT_ONCE = 32
SHOWN_MAX = 150
OPENED_MS = 1_000
TASK_MS = 200  # other tests share the cores; alone it stays below 100
GROWN_BYTES = 8_000_000
TYPED = "The quick brown fox jumps over the lazy dog, and then it comes back to have a look. " * 2

WATCH = """() => {
  window.tasks = [];
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) window.tasks.push(Math.round(entry.duration));
  }).observe({ type: "longtask" });
}"""
OPENED = f"""new MutationObserver(() => {{
  if (document.querySelector("[data-n='{MESSAGES}']")) window.openedAt ??= performance.now();
}}).observe(document, {{ childList: true, subtree: true }});"""
CLIMB = """async (box) => {
  const far = [];
  let most = 0;
  const frame = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  const seen = () => {
    const top = box.getBoundingClientRect().top;
    const nodes = [...box.querySelectorAll(".message[data-n]")];
    most = Math.max(most, nodes.length);
    return nodes.find((one) => one.getBoundingClientRect().bottom > top);
  };
  for (let idle = 0; idle < 100 && !(box.scrollTop === 0 && seen().dataset.n === "1"); ) {
    const before = box.scrollTop;
    box.scrollTop -= 1500;
    const stays = seen();
    const at = stays.getBoundingClientRect().top;
    await frame();
    if (!stays.isConnected || Math.abs(stays.getBoundingClientRect().top - at) > 8) far.push(stays.dataset.n);
    idle = box.scrollTop === before ? idle + 1 : 0;
  }
  return { far, most, first: seen().dataset.n };
}"""
DESCEND = CLIMB.replace("-= 1500", "+= 1500").replace(
    'box.scrollTop === 0 && seen().dataset.n === "1"', "box.scrollHeight - box.scrollTop - box.clientHeight < 1"
)

pytestmark = pytest.mark.timeout(180)


async def filled(house: House, thread: str = "42") -> None:
    """The customer writes until there are so many messages. A router that knew of whom would not take them so fast."""
    numbers = iter(range(2, MESSAGES + 1))

    async def write() -> None:
        for number in numbers:
            text = f"Message {number}: {'word ' * (number % 23)}"
            message = {"thread": thread, "external_id": f"long-{number}", "text": text}
            await house.post("telegram", "/channels/telegram/messages", message)

    await asyncio.gather(*(write() for _ in range(WRITING_AT_ONCE)))


async def test_it_is_opened_read_and_written_in(house: House, window: OpenWindow) -> None:
    tab = await window(language="en-US")
    at = await seat(house, tab)
    await talk(house, at)
    await filled(house)
    await at.page.add_init_script(OPENED)
    await at.page.reload()
    box = at.pane("Olga").get_by_role("log", name="Conversation")
    await expect(box.locator(f"[data-n='{MESSAGES}']")).to_be_visible()
    assert await at.page.evaluate("window.openedAt") < OPENED_MS
    before = await heap(at)
    await at.page.evaluate(WATCH)
    climbed = await box.evaluate(CLIMB)
    assert (climbed["first"], climbed["far"]) == ("1", [])
    assert climbed["most"] <= SHOWN_MAX
    descended = await box.evaluate(DESCEND)
    assert descended["far"] == []
    await expect(box.locator(f"[data-n='{MESSAGES}']")).to_be_visible()
    await type_while_they_write(house, at)
    assert max(await at.page.evaluate("window.tasks"), default=0) <= TASK_MS, "something has kept her waiting"
    assert await heap(at) - before < GROWN_BYTES


async def heap(at: Seat) -> int:
    """Bytes that the page's scripts keep."""
    session: Any = await at.page.context.new_cdp_session(at.page)
    await session.send("HeapProfiler.collectGarbage")
    used = (await session.send("Runtime.getHeapUsage"))["usedSize"]
    await session.detach()
    return int(used)


async def type_while_they_write(house: House, at: Seat) -> None:
    """She types, and scrolls, while a message comes about every second."""
    await at.write_in("Olga").focus()
    for word in TYPED.split(","):
        await house.write(f"And {word}?")
        await at.page.keyboard.type(word, delay=25)
        await at.page.mouse.wheel(0, -400)
    await expect(at.write_in("Olga")).to_have_value("".join(TYPED.split(",")))
