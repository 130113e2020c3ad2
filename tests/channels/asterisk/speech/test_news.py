"""What is news to a caller."""

from __future__ import annotations

import pytest

from channels.asterisk.speech.minutes import Minutes
from channels.asterisk.speech.news import News, Told

DUE_MS = 120_000
FIVE = News(5, Minutes(2, 5))


@pytest.mark.parametrize(
    ("now", "soon", "later"),
    [
        (FIVE, None, FIVE),
        (News(4, Minutes(2, 5)), News(4, Minutes(2, 5)), News(4, Minutes(2, 5))),
        (News(5, Minutes(2, 4)), News(5, Minutes(2, 4)), News(5, Minutes(2, 4))),
        (News(5, Minutes(1, 5)), News(5, Minutes(1, 5)), News(5, Minutes(1, 5))),
        (News(6, Minutes(2, 5)), None, News(None, Minutes(2, 5))),
        (News(6, Minutes(3, 6)), None, News(None, None)),
        (News(5, Minutes(3, 5)), None, News(5, None)),
        (News(4, Minutes(3, 6)), News(4, None), News(4, None)),
        (News(6, Minutes(0, 1)), News(None, Minutes(0, 1)), News(None, Minutes(0, 1))),
        (News(5, None), None, News(5, None)),
        (News(4, None), News(4, None), News(4, None)),
    ],
)
def test_better_news_are_told_at_once_others_when_they_are_due_and_worse_never(
    now: News, soon: News | None, later: News
) -> None:
    told = Told(DUE_MS)
    assert told.worth(FIVE, 0) == FIVE
    told.note(FIVE, 0)
    assert told.worth(now, DUE_MS - 1) == soon
    assert told.worth(now, DUE_MS) == later


def test_what_was_not_told_for_a_while_is_still_what_later_news_are_judged_by() -> None:
    told = Told(DUE_MS)
    told.note(FIVE, 0)
    told.note(News(4, None), 1000)
    assert told.worth(News(4, Minutes(3, 6)), 2000) is None
    assert told.worth(News(4, Minutes(1, 2)), 2000) == News(4, Minutes(1, 2))
    told.note(News(None, Minutes(1, 2)), 3000)
    assert told.worth(News(5, Minutes(1, 2)), 4000) is None
