"""What people type is read as what they can have meant: typing errors, words run together, texts in one language."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from panjareh_catalog.domain.smartness import is_smart
from panjareh_catalog.read_model.card_telling import in_language
from panjareh_catalog.read_model.measured_use import told
from panjareh_catalog.read_model.search import (
    _LETTERS,
    Meaning,
    Plan,
    _one_letter_off,
    _rarity,
    _splits,
)

WORDS = st.one_of(*(st.text(letters, min_size=2, max_size=9) for letters in _LETTERS.values()))


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("drving", "driving"),
        ("drivving", "driving"),
        ("dirving", "driving"),
        ("drivimg", "driving"),
        ("ینترنت", "اینترنت"),
        ("گذرنمه", "گذرنامه"),
        ("کرات", "کارت"),
    ],
)
def test_one_error_of_each_sort_is_put_right(typed, meant):
    assert meant in set(_one_letter_off(typed))


@given(WORDS, st.data())
def test_an_error_leads_back_to_the_word_it_was_made_of(word, data):
    errors = list(_one_letter_off(word))
    error = data.draw(st.sampled_from([each for each in errors if len(each) > 1] or [word]))

    assert word == error or word in set(_one_letter_off(error))
    assert len(errors) == len({*errors})
    assert word not in errors


@given(WORDS)
def test_a_word_is_split_into_two_that_are_the_word(word):
    assert all(first + second == word for first, second in _splits(word))
    assert all(len(part) >= 2 for two in _splits(word) for part in two)


@given(st.integers(0, 10_000), st.integers(0, 10_000))
def test_a_word_in_more_services_never_says_more(one, other):
    few, many = sorted((one, other))

    assert _rarity(few) >= _rarity(many) > 0


def test_plans_that_order_alike_have_one_digest():
    early, late = datetime(2026, 3, 21, tzinfo=UTC), datetime(2026, 3, 22, tzinfo=UTC)
    one = Plan((Meaning(1, "گذرنامه", 1000),), {1: 700}, None, early)
    corrected = Plan((Meaning(1, "گذرنامه", 1000),), {1: 700}, "گذرنامه", late)
    rarer = Plan((Meaning(1, "گذرنامه", 1000),), {1: 1000}, None, early)

    assert one.digest == corrected.digest != rarer.digest


def test_every_text_is_told_in_the_readers_language():
    card = {
        "name": {"fa": "نام", "en": "Name"},
        "steps": [{"fa": "گام", "en": "Step", "minutes": 5, "media": []}],
        "keywords": {"fa": ["یک"], "en": ["one"]},
        "none": None,
        "rows": [{"id": "a", "reason": {"fa": "چرا", "en": "Why"}, "when": {"form.x": {"gt": 1}}}],
    }

    assert in_language(card, "en") == {
        "name": "Name",
        "steps": [{"text": "Step", "minutes": 5, "media": []}],
        "keywords": ["one"],
        "none": None,
        "rows": [{"id": "a", "reason": "Why", "when": {"form.x": {"gt": 1}}}],
    }
    assert in_language({"fa": "فقط فارسی"}, "en") == "فقط فارسی"


@pytest.mark.parametrize(
    ("numbers", "mean"),
    [(None, None), ((0, 0), None), ((4, 20), None), ((5, 21), 4.2), ((1000, 1000), 1.0)],
)
def test_a_mean_is_told_from_five_ratings_on(numbers, mean):
    row = numbers and {"submitted": 7, "rated": numbers[0], "rating_sum": numbers[1]}

    assert told(row)["mean"] == mean


@pytest.mark.parametrize(
    ("change", "smart"),
    [
        ({}, True),
        ({"rules": None}, True),
        ({"decision_mode": "officers"}, False),
        ({"rules": {"otherwise": {"fa": "کارشناس", "en": "An officer"}}}, False),
        ({"form": {"properties": {"paper": {"type": "string", "format": "panjareh-file"}}}}, False),
        ({"form": {"allOf": [{"then": {"items": {"format": "panjareh-file"}}}]}}, False),
    ],
)
def test_a_smart_service_has_no_human_and_takes_no_document(change, smart):
    assert is_smart({"decision_mode": "rules", "rules": {"rows": []}, "form": {}} | change) is smart
