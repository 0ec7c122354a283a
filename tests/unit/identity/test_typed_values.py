from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from panjareh_identity.domain.values import (
    Unfit,
    mask_mobile,
    read_birth_date,
    read_mobile,
    read_name,
    same_name,
)

NOW = datetime(2026, 3, 21, 8, 0, tzinfo=UTC)
PERSIAN = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")


@pytest.mark.parametrize(
    "typed",
    [
        "09121234567",
        "9121234567",
        "+989121234567",
        "+98 (0) 912 123 4567",
        "00989121234567",
        "98 912 123 4567",
        "۰۹۱۲-۱۲۳-۴۵۶۷",
        "٠٩١٢١٢٣٤٥٦٧",
        "0912\u200c1234567",
    ],
)
def test_a_mobile_number_is_one_however_it_is_written(typed):
    assert read_mobile(typed) == "09121234567"


@pytest.mark.parametrize(
    "typed", ["", "0912123456", "091212345678", "02112345678", "+491711234567", "0912123456a"]
)
def test_what_is_no_mobile_number_of_iran_is_refused(typed):
    with pytest.raises(Unfit, match="not a mobile number"):
        read_mobile(typed)


@given(st.integers(0, 10**9 - 1), st.sampled_from(["0", "+98", "0098", "98", ""]))
def test_every_mobile_number_keeps_its_nine_digits(n, prefix):
    typed = f"{prefix}9{n:09d}".translate(PERSIAN)

    assert read_mobile(typed) == f"09{n:09d}"


def test_a_masked_mobile_tells_its_owner_which_phone_it_is():
    assert mask_mobile("09121234567") == "0912***4567"


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("ليلا", "لیلا"),
        ("  كريمي  نيا ", "کریمی نیا"),
        ("علی\u200cرضا", "علی\u200cرضا"),
        ("O'Neill", "O'Neill"),
    ],
)
def test_a_name_is_stored_in_persian_letters(typed, name):
    assert read_name(typed) == name


@pytest.mark.parametrize("typed", ["", "   ", "---", "123", "لیلا\u202e", "ن" * 101])
def test_what_is_no_name_is_refused(typed):
    with pytest.raises(Unfit, match="identity card"):
        read_name(typed)


@given(st.text(alphabet="ابپتثجچحخدذرزژسشصضطظعغفقکگلمنوهیيك آأ\u200c", min_size=1, max_size=40))
def test_a_stored_name_is_stable_and_the_same_as_it_was_typed(typed):
    try:
        name = read_name(typed)
    except Unfit:
        return

    assert read_name(name) == name
    assert same_name(name, typed)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("علی‌رضا", "علیرضا"),
        ("علی رضا", "عليرضا"),
        ("مُحَمَّد", "محمد"),
        ("محمـــد", "محمد"),
        ("فاطمة", "فاطمه"),
        ("رؤیا", "رویا"),
        ("آرش", "ا\u0653رش"),
        ("SARA", "Sara"),
    ],
)
def test_two_spellings_of_one_name(one, other):
    assert same_name(one, other) and same_name(other, one)


@pytest.mark.parametrize(("one", "other"), [("لیلا", "لیلی"), ("کریمی", "کرمی"), ("رضا", "")])
def test_two_names(one, other):
    assert not same_name(one, other)


@pytest.mark.parametrize("typed", ["1985-03-21", "۱۹۸۵-۰۳-۲۱", " 1985-03-21 "])
def test_a_birth_date_in_any_digits(typed):
    assert read_birth_date(typed, NOW) == date(1985, 3, 21)


@pytest.mark.parametrize(
    "typed", ["", "21.3.1985", "1985-3-21", "1985-02-30", "19850321", "1985-W12-4"]
)
def test_another_form_is_refused(typed):
    with pytest.raises(Unfit, match="year-month-day"):
        read_birth_date(typed, NOW)


def test_a_persian_year_is_noticed():
    with pytest.raises(Unfit, match="Gregorian"):
        read_birth_date("1364-01-01", NOW)


def test_nobody_is_born_tomorrow():
    with pytest.raises(Unfit, match="future"):
        read_birth_date("2026-03-22", NOW)


def test_a_child_of_today_may_be_registered_as_soon_as_it_is_today_in_tehran():
    late_evening_in_london = datetime(2026, 3, 21, 21, 0, tzinfo=UTC)

    assert read_birth_date("2026-03-22", late_evening_in_london) == date(2026, 3, 22)
