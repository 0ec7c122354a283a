import pytest
from hypothesis import given
from hypothesis import strategies as st

from panjareh_identity.domain.identifiers import (
    Identifier,
    IdentifierKind,
    read_country,
    read_foreigner_id,
    read_identifier,
    read_passport,
)
from panjareh_identity.domain.values import Unfit
from panjareh_sandbox.national_id import make_national_id

PERSIAN = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")
ARABIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")

national_ids = st.integers(0, 89_999_999).map(make_national_id)
foreigner_ids = st.from_regex(r"[0-9]{12}", fullmatch=True).filter(lambda d: len(set(d)) > 1)
passports = st.tuples(
    st.sampled_from(["IR", "DE", "AF", "US"]),
    st.from_regex(r"[A-Z][0-9]{7,8}", fullmatch=True),
)


@pytest.mark.parametrize(
    ("typed", "kind", "text"),
    [
        ("9900000013", IdentifierKind.NATIONAL_ID, "9900000013"),
        ("۹۹۰۰۰۰۰۰۱۳", IdentifierKind.NATIONAL_ID, "9900000013"),
        ("990-000001-3", IdentifierKind.NATIONAL_ID, "9900000013"),
        ("123456789012", IdentifierKind.FOREIGNER_ID, "123456789012"),
        ("۱۲۳ ۴۵۶ ۷۸۹ ۰۱۲", IdentifierKind.FOREIGNER_ID, "123456789012"),
        ("IR A12345678", IdentifierKind.PASSPORT, "IR/A12345678"),
        ("ir/a12345678", IdentifierKind.PASSPORT, "IR/A12345678"),
        ("DE-C01X00T4۷", IdentifierKind.PASSPORT, "DE/C01X00T47"),
    ],
)
def test_one_field_takes_every_kind_of_id(typed, kind, text):
    identifier = read_identifier(typed)

    assert (identifier.kind, identifier.text) == (kind, text)


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("9900000014", "not a national id"),
        ("111111111111", "not a foreign national's id"),
        ("A12345678", "not a national id"),
        ("IR A1", "not a passport number"),
        ("IR ABCDEFG", "not a passport number"),
        ("ZZ A12345678", "two letters"),
        ("EU A12345678", "two letters"),
        ("", "not a national id"),
    ],
)
def test_what_can_be_nobodys_is_refused_with_what_would_fit(typed, says):
    with pytest.raises(Unfit, match=says):
        read_identifier(typed)


@given(national_ids, foreigner_ids, passports)
def test_no_two_kinds_have_the_same_text(national_id, foreigner_id, passport):
    texts = {
        read_identifier(national_id).text,
        read_foreigner_id(foreigner_id).text,
        read_passport(passport[1], passport[0]).text,
    }

    assert len(texts) == 3


@given(st.one_of(national_ids, foreigner_ids), st.sampled_from([PERSIAN, ARABIC, {}]))
def test_digits_of_every_keyboard_are_the_same_id(number, keyboard):
    assert read_identifier(number.translate(keyboard)).text == number


@given(passports)
def test_the_canonical_text_reads_as_itself(passport):
    identifier = read_passport(passport[1], passport[0])

    assert read_identifier(identifier.text) == identifier


def test_a_country_is_one_that_issues_passports():
    assert read_country(" ir ") == "IR"
    for code in ("XX", "I", "IRN", "12", "UN"):
        with pytest.raises(Unfit):
            read_country(code)


def test_only_a_passport_has_a_country():
    assert Identifier(IdentifierKind.PASSPORT, "A1234567", "IR").text == "IR/A1234567"
    assert Identifier(IdentifierKind.FOREIGNER_ID, "123456789012").text == "123456789012"
