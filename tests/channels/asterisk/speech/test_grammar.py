"""What is said in which words: Asterisk's sounds are read as their speakers say them."""

from __future__ import annotations

import pytest

from channels.asterisk.speech.minutes import Minutes, minutes_of
from channels.asterisk.speech.news import News
from channels.asterisk.speech.phrases import LANGUAGES

ENGLISH = {
    "queue-youarenext": "Your call is now first in line and will be answered by the next available representative.",
    "queue-thereare": "You are currently caller number",
    "queue-callswaiting": "waiting to speak with a representative.",
    "queue-holdtime": "The estimated hold time is currently",
    "queue-less-than": "less than",
    "queue-minute": "minute",
    "queue-minutes": "minutes",
    "queue-thankyou": "Thank you for your patience.",
    "vm-from": "from",
    "digits/hundred": "hundred",
    "digits/thousand": "thousand",
}
RUSSIAN = {
    "queue-youarenext": "Ваш звонок является первым в очереди и будет обслужен первым доступным оператором.",
    "queue-thereare": "Ваша позиция в очереди",
    "queue-callswaiting": "ожидайте, пожалуйста, ответа оператора.",
    "queue-holdtime": "Прогнозируемое время ожидания составляет",
    "queue-reporthold": "Время ожидания",
    "queue-minute": "минута",
    "queue-minutes": "минут",
    "queue-thankyou": "Благодарим за терпение.",
    "digits/hundred": "сто",
}
NUMBERS = {
    "en": "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety",
    "ru": "ноль один два три четыре пять шесть семь восемь девять десять одиннадцать двенадцать тринадцать "
    "четырнадцать пятнадцать шестнадцать семнадцать восемнадцать девятнадцать двадцать тридцать сорок пятьдесят "
    "шестьдесят семьдесят восемьдесят девяносто",
}
WORDS = {
    tag: words
    | dict(zip([f"digits/{n}" for n in [*range(20), *range(20, 100, 10)]], NUMBERS[tag].split(), strict=True))
    for tag, words in (("en", ENGLISH), ("ru", RUSSIAN))
}


def heard(media: list[str], tag: str) -> str:
    """What a caller hears."""
    return " ".join(WORDS[tag][sound.removeprefix("sound:")] for sound in media)


@pytest.mark.parametrize(
    ("place", "english", "russian"),
    [
        (2, "two", "два"),
        (3, "three", "три"),
        (11, "eleven", "одиннадцать"),
        (20, "twenty", "двадцать"),
        (21, "twenty one", "двадцать один"),
        (100, "one hundred", "сто"),
        (101, "one hundred one", "сто один"),
        (119, "one hundred nineteen", "сто девятнадцать"),
        (199, "one hundred ninety nine", "сто девяносто девять"),
        (200, "two hundred", "два ноль ноль"),
        (342, "three hundred forty two", "три четыре два"),
        (1000, "one thousand", "один ноль ноль ноль"),
    ],
)
def test_a_place_is_said_as_a_number(place: int, english: str, russian: str) -> None:
    assert heard(LANGUAGES["en"].place(place), "en") == (
        f"You are currently caller number {english} waiting to speak with a representative."
    )
    assert heard(LANGUAGES["ru"].place(place), "ru") == (
        f"Ваша позиция в очереди {russian} ожидайте, пожалуйста, ответа оператора."
    )


def test_the_first_hears_that_he_is_next_and_nobody_hears_a_place_behind_the_thousandth() -> None:
    for tag, language in LANGUAGES.items():
        assert heard(language.place(1), tag) == WORDS[tag]["queue-youarenext"]
        assert language.place(1001) == []


@pytest.mark.parametrize(
    ("least", "most", "english", "russian"),
    [
        (0, 1, "less than one minute", "Время ожидания минута"),
        (0, 2, "less than two minutes", "Время ожидания минут один два"),
        (0, 5, "less than five minutes", "Время ожидания минут один пять"),
        (1, 2, "from one minute two two minutes", "Время ожидания минут один два"),
        (2, 5, "from two minutes two five minutes", "Время ожидания минут два пять"),
        (3, 4, "from three minutes two four minutes", "Время ожидания минут три четыре"),
        (3, 5, "from three minutes two five minutes", "Прогнозируемое время ожидания составляет три пять минут"),
        (5, 10, "from five minutes two ten minutes", "Прогнозируемое время ожидания составляет пять десять минут"),
        (11, 12, "from eleven minutes two twelve minutes",
         "Прогнозируемое время ожидания составляет одиннадцать двенадцать минут"),
        (10, 21, "from ten minutes two twenty one minutes", "Время ожидания минут десять двадцать один"),
        (20, 30, "from twenty minutes two thirty minutes",
         "Прогнозируемое время ожидания составляет двадцать тридцать минут"),
        (22, 25, "from twenty two minutes two twenty five minutes",
         "Время ожидания минут двадцать два двадцать пять"),
        (100, 114, "from one hundred minutes two one hundred fourteen minutes",
         "Прогнозируемое время ожидания составляет сто сто четырнадцать минут"),
        (112, 120, "from one hundred twelve minutes two one hundred twenty minutes",
         "Прогнозируемое время ожидания составляет сто двенадцать сто двадцать минут"),
    ],
)  # fmt: skip
def test_a_wait_is_said_as_a_range_of_minutes(least: int, most: int, english: str, russian: str) -> None:
    minutes = Minutes(least, most)
    assert heard(LANGUAGES["en"].wait(minutes), "en") == f"The estimated hold time is currently {english}"
    assert heard(LANGUAGES["ru"].wait(minutes), "ru") == russian


EVERY_RANGE = [Minutes(least, most) for most in range(1, 121) for least in range(most)]


def value(words: str, tag: str) -> int:
    """The number that words say, each of them adding to it; a hundred multiplies."""
    names = NUMBERS[tag].split()
    worth = dict(zip(names, [*range(20), *range(20, 100, 10)], strict=True)) | {"сто": 100}
    total = 0
    for word in words.split():
        total = total * 100 if word == "hundred" else total + worth[word]
    return total


def test_every_english_range_says_its_numbers_and_the_noun_agrees() -> None:
    for minutes in EVERY_RANGE:
        said = heard(LANGUAGES["en"].wait(minutes), "en").removeprefix("The estimated hold time is currently ")
        one, other = (
            (" minute" if minutes.at_least == 1 else " minutes"),
            (" minute" if minutes.at_most == 1 else " minutes"),
        )
        if minutes.at_least:
            first, second = said.removeprefix("from ").split(f"{one} two ", 1)
            assert value(first, "en") == minutes.at_least, said
        else:
            second = said.removeprefix("less than ")
        assert second.endswith(other), said
        assert value(second.removesuffix(other), "en") == minutes.at_most, said


FEMININE = {"один", "два"}
"""With a noun such as «минута» they are «одна» and «две», which nobody has spoken."""
FEW = {"один", "два", "три", "четыре"}
"""They do not take «минут»."""


def test_every_russian_range_says_its_numbers_and_none_is_in_the_wrong_form() -> None:
    for minutes in EVERY_RANGE[1:]:
        said = heard(LANGUAGES["ru"].wait(minutes), "ru")
        counted = said.endswith(" минут")
        numbers = said.removesuffix(" минут").removeprefix("Прогнозируемое время ожидания составляет ")
        words = numbers.removeprefix("Время ожидания минут ").split()
        splits = [
            (first, second)
            for cut in range(1, len(words))
            for first, second in [(" ".join(words[:cut]), " ".join(words[cut:]))]
            if (value(first, "ru"), value(second, "ru")) == (max(minutes.at_least, 1), minutes.at_most)
        ]
        assert splits, said
        last_of_first, last = splits[0][0].split()[-1], words[-1]
        assert counted == (last not in FEW and last_of_first not in FEMININE), said


@pytest.mark.parametrize(
    ("estimated_wait_s", "minutes"),
    [
        (None, None),
        ((0, 0), Minutes(0, 1)),
        ((5, 60), Minutes(0, 1)),
        ((5, 60.5), Minutes(0, 2)),
        ((59.9, 61), Minutes(0, 2)),
        ((60, 61), Minutes(1, 2)),
        ((120, 120), Minutes(2, 3)),
        ((119, 290), Minutes(1, 5)),
        ((6600, 7200), Minutes(110, 120)),
        ((6600, 7201), None),
        ((7300, 7300), None),
    ],
)
def test_an_estimate_is_rounded_outwards(estimated_wait_s: tuple[float, float] | None, minutes: Minutes | None) -> None:
    assert minutes_of(estimated_wait_s) == minutes


def test_news_are_the_place_the_wait_and_thanks_as_far_as_they_are_known() -> None:
    english = LANGUAGES["en"]
    assert english.news(News(4, Minutes(0, 3))) == english.place(4) + english.wait(Minutes(0, 3)) + english.say(
        "thanks"
    )
    assert english.news(News(None, None)) == ["sound:queue-thankyou"]


@pytest.mark.parametrize("tag", LANGUAGES)
def test_what_is_needed_is_all_that_is_said(tag: str) -> None:
    language = LANGUAGES[tag]
    said = {media for place in range(1, 1001) for media in language.place(place)}
    said |= {media for minutes in EVERY_RANGE for media in language.news(News(None, minutes))}
    said |= {media for phrase in ("stay", "away", "recorded", "rated", "again") for media in language.say(phrase)}
    assert set(language.needed_sounds) == {media.removeprefix("sound:") for media in said}
