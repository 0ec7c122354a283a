"""What is typed about mandates, made into values."""

import pytest

from panjareh_identity.domain.mandate_values import (
    lies_within,
    organisation_id,
    read_company_id,
    read_scope,
)
from panjareh_identity.domain.values import Unfit
from panjareh_sandbox.demo.people import company_id
from panjareh_sandbox.national_id import make_national_id


@pytest.mark.parametrize("typed", ["10380284790", "۱۰۳۸۰۲۸۴۷۹۰", "١٠٣٨٠٢٨٤٧٩٠", "1038-0284-790"])
def test_a_national_company_id_is_read_in_any_digits(typed):
    assert read_company_id(typed) == "10380284790"


@pytest.mark.parametrize(
    "typed", ["", "1038028479", "10380284791", "103802847900", "9900000013", "abcdefghijk"]
)
def test_what_is_no_national_company_id_is_turned_away(typed):
    with pytest.raises(Unfit):
        read_company_id(typed)


def test_a_wrong_check_digit_is_always_found():
    for first_ten in ("1038028479", "1010000000", "1400000012"):
        right = [digit for digit in "0123456789" if _fits(first_ten + digit)]

        assert len(right) == 1


def _fits(number):
    try:
        return read_company_id(number) == number
    except Unfit:
        return False


def test_the_sandboxs_companies_have_valid_ids():
    for n in range(200):
        assert read_company_id(company_id(make_national_id(n)))


def test_a_company_has_one_id_however_often_it_is_met():
    assert organisation_id("10380284790") == organisation_id("10380284790")
    assert organisation_id("10380284790") != organisation_id("10100000000")


@pytest.mark.parametrize(
    ("wanted", "scope"),
    [
        (["*"], ("*",)),
        (["INET-001"], ("INET-001",)),
        (["MUN-010", "INET-001", "INET-001"], ("INET-001", "MUN-010")),
        (["INET-001", "*"], ("*",)),
    ],
)
def test_a_scope_is_a_set_of_services_or_all_of_them(wanted, scope):
    assert read_scope(wanted) == scope


@pytest.mark.parametrize("wanted", [[], ["inet-001"], ["INET"], ["INET-001; DROP"], ["**"]])
def test_what_is_no_scope_is_turned_away(wanted):
    with pytest.raises(Unfit):
        read_scope(wanted)


@pytest.mark.parametrize(
    ("narrow", "wide", "within"),
    [
        (("INET-001",), ("*",), True),
        (("*",), ("*",), True),
        (("*",), ("INET-001",), False),
        (("INET-001",), ("INET-001", "MUN-010"), True),
        (("INET-001", "MUN-010"), ("INET-001",), False),
    ],
)
def test_a_narrower_scope_lies_within_a_wider_one(narrow, wide, within):
    assert lies_within(narrow, wide) is within
