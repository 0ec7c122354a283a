"""NIST SP 800-63B-4, section 3.1.1.2: what may be chosen, and what may be used alone."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from panjareh_identity.adapters.common_passwords import CommonPasswordFile
from panjareh_identity.domain.passwords import (
    LEAST,
    LEAST_ALONE,
    MOST,
    is_good_alone,
    one_form,
    read_new_password,
    spellings,
)
from panjareh_identity.domain.values import Unfit

COMMON = CommonPasswordFile()
_KEYS = dict(zip("qwertyuiopasdfghjklzxcvbnm", "ضصثقفغعهخحشسیبلاتنمظطزرذدئ", strict=True))


def _with_persian_digits(word):
    return word.translate(str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹"))


def _on_persian_keys(word):
    return word.lower().translate(str.maketrans(_KEYS))


def read(typed, about=()):
    return read_new_password(typed, is_common=COMMON.__contains__, about=about)


def test_the_list_that_is_shipped_is_long_and_in_order():
    assert len(COMMON) > 50_000
    assert all(COMMON[at] < COMMON[at + 1] for at in range(0, len(COMMON) - 1, 97))


@pytest.mark.parametrize(
    "typed",
    ["zq vortex lamp", "گذرواژهٔ بلند من است", "?" * 4 + "9k" * 2, "🐎🔋📎 درست است", "a b c d e f"],
)
def test_any_characters_will_do(typed):
    assert read(typed) == typed


@pytest.mark.parametrize("typed", ["", "q9!zL2x", "x" * (MOST + 1)])
def test_too_short_and_too_long(typed):
    with pytest.raises(Unfit, match="at least 8"):
        read(typed)


@pytest.mark.parametrize(
    "typed",
    [
        "password123",
        "PassWord123",
        "iloveyou",
        "1234567890",
        "۱۲۳۴۵۶۷۸۹۰",
        "mohammad1370",
        "ضصثقفغعهخح",  # qwertyuiop, with the keyboard set to Persian
        "سلام1234",
        "sghl1234",  # the same, with the keyboard set to Latin
        "یاعلی۱۱۰",
        "ياعلي110",
        "Persepolis1",
    ],
)
def test_what_guessers_try_first_is_refused_on_every_keyboard(typed):
    with pytest.raises(Unfit, match="guessers"):
        read(typed)


@pytest.mark.parametrize(
    "typed",
    [
        "9900000013",
        "۰۹۰۰۰۰۰۰۰۰۱",
        "panjareh",
        "Panjareh1!",
        "کریمی۱۳۶۴",
        "karimi@x1364",
        "پنجرهپنجره",
    ],
)
def test_what_others_know_about_the_person_is_refused(typed):
    about = ["9900000013", "09000000001", "لیلا", "کریمی", "karimi@x", "1364"]

    with pytest.raises(Unfit, match="about you"):
        read(typed, about)


def test_a_name_among_other_words_is_no_fault():
    assert read("کریمی و سه کلاغ سفید", ["کریمی"])


def test_the_same_characters_are_one_password_however_they_are_put_together():
    assert read("\u0622rash-o-kaman") == read("\u0627\u0653rash-o-kaman")


@pytest.mark.parametrize(
    ("typed", "alone"), [("x" * 14, False), ("x" * 15, True), ("ژ" * 15, True)]
)
def test_from_fifteen_characters_on_a_password_is_good_alone(typed, alone):
    assert is_good_alone(typed) is alone
    assert (LEAST, LEAST_ALONE) == (8, 15)


@given(st.text(min_size=LEAST, max_size=60))
def test_no_rule_of_composition_refuses_anything(typed):
    assume(LEAST <= len(one_form(typed)) <= MOST)
    assume(not any(name in spellings(typed)[0] for name in ("panjareh", "پنجره")))

    assert read_new_password(typed, is_common=lambda _: False) == one_form(typed)


@given(
    st.sampled_from(["iloveyou", "password123", "mohammad1370", "qwertyuiop", "iran1234"]),
    st.lists(st.sampled_from([str.upper, str.title, _with_persian_digits, _on_persian_keys])),
)
def test_a_listed_password_is_refused_however_it_is_written(word, changes):
    for change in changes:
        word = change(word)

    with pytest.raises(Unfit, match="guessers"):
        read(word)
