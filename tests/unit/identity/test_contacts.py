from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from persiantools.jdatetime import JalaliDate

from panjareh_identity.domain.contacts import (
    age,
    majority,
    mask_email,
    read_any_mobile,
    read_email,
)
from panjareh_identity.domain.values import Unfit

days = st.dates(date(1900, 1, 1), date(2100, 1, 1))


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("09121234567", "09121234567"),
        ("+989121234567", "09121234567"),
        ("۰۰۹۸۹۱۲۱۲۳۴۵۶۷", "09121234567"),
        ("+49 151 1234 5678", "+4915112345678"),
        ("0049-151-12345678", "+4915112345678"),
        ("+1 (202) 555-0143", "+12025550143"),
    ],
)
def test_a_number_is_one_at_home_or_abroad(typed, number):
    assert read_any_mobile(typed) == number


@pytest.mark.parametrize(
    "typed", ["+98211234567", "+49", "+491234567890123456", "12345", "+0123456789"]
)
def test_what_is_no_number_anywhere_is_refused(typed):
    with pytest.raises(Unfit, match="not a mobile number"):
        read_any_mobile(typed)


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        (" Leila@Example.ORG ", "Leila@example.org"),
        ("a.b+c@example.org", "a.b+c@example.org"),
        ("leila۱۳۶۴\u200c@example.org", "leila1364@example.org"),
    ],
)
def test_an_address_has_one_form(typed, address):
    assert read_email(typed) == address


@pytest.mark.parametrize(
    "typed", ["", "leila", "leila@", "@example.org", "a b@example.org", "a@b@c.org"]
)
def test_what_is_no_address_is_refused(typed):
    with pytest.raises(Unfit, match="not an e-mail address"):
        read_email(typed)


def test_a_masked_address_tells_its_owner_which_it_is_and_nobody_else():
    assert mask_email("leila.karimi@example.org") == "l***@example.org"


def test_somebody_born_on_the_last_day_of_a_leap_year_is_of_age_on_new_year():
    born = JalaliDate(1387, 12, 30).to_gregorian()

    assert majority(born) == datetime(2027, 3, 20, 20, 30, tzinfo=UTC)  # 1 Farvardin 1406, Tehran


@given(days)
def test_whoever_is_of_age_is_eighteen_from_that_moment_on_and_not_before(born):
    at = majority(born)

    assert age(born, at) == 18
    assert age(born, at - timedelta(seconds=1)) == 17


@given(days)
def test_years_are_those_of_the_solar_calendar(born):
    turned, persian = majority(born) + timedelta(hours=4), JalaliDate(born)

    assert JalaliDate(turned.date()).year - persian.year in {18, 19}
