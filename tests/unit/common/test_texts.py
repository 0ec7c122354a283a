"""Sentences: the reader's language is chosen as the browser asks, Persian where it asks for none of ours."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import Schema, fields, validate

from panjareh_common.assurance import AssuranceLevel
from panjareh_common.refusals import AssuranceTooLow, InvalidInput, Kind, NotFound, RemoteRefusal
from panjareh_common.schemas import load
from panjareh_common.texts import LANGUAGES, choose_language, text, translate


@pytest.mark.parametrize(
    ("accept", "language"),
    [
        (None, "fa"),
        ("", "fa"),
        ("de", "fa"),
        ("*", "fa"),
        ("en", "en"),
        ("EN-gb", "en"),
        ("fa-IR,fa;q=0.9,en;q=0.8", "fa"),
        ("en;q=0.8,fa;q=0.9", "fa"),
        ("fa;q=0.5,en;q=0.7", "en"),
        ("fa;q=0,en;q=0.1", "en"),
        ("de,en;q=0.1", "en"),
        ("en;q=best, fa;q=0.1", "fa"),
        ("en;q=nan", "fa"),
        ("en,fa", "en"),
        (" en ; q=0.5 ", "en"),
    ],
)
def test_the_language_that_is_asked_for_most_is_chosen(accept, language):
    assert choose_language(accept) == language


@given(st.text(alphabet="enfa;q=0.1,-* \0ی"))
def test_no_header_makes_the_choice_fail(accept):
    assert choose_language(accept) in LANGUAGES


def test_named_places_are_filled_in_both_languages():
    refusal = AssuranceTooLow(required=3, held=1)

    assert "۳" in translate(refusal, "fa")
    assert "۱" in translate(refusal, "fa")
    assert translate(refusal, "en") == str(refusal)


@pytest.mark.parametrize(
    ("value", "persian"),
    [
        (4, "۴"),
        (-1200, "-۱۲۰۰"),
        (2.5, "۲٫۵"),
        (AssuranceLevel.LOW, "۲"),
        ("4729-0018-3526", "4729-0018-3526"),
        ("123456", "123456"),
        (True, "True"),
    ],
)
def test_numbers_are_said_in_persian_digits_and_texts_are_left_alone(value, persian):
    assert text("panjareh_common", "{what}", "fa", what=value) == persian
    assert text("panjareh_common", "{what}", "en", what=value) == f"{value}"


def test_without_a_translation_english_is_better_than_nothing():
    assert text("panjareh_common", "Not known {what}", "fa", what="here") == "Not known here"


def test_braces_in_what_a_person_wrote_are_left_alone():
    assert text("panjareh_common", "Said: {what}", "en", what="{0} {x}") == "Said: {0} {x}"


def test_a_refusal_from_far_away_was_translated_there():
    said = RemoteRefusal("no", Kind.CONFLICT, "نه", {}, [])

    assert translate(said, "en") == "نه"


def test_a_refusal_is_said_in_persian():
    assert translate(NotFound(), "fa") != NotFound.message


def test_bounds_of_what_was_sent_are_said_in_persian_digits_and_choices_as_they_are_typed():
    class Wish(Schema):
        name = fields.String(validate=validate.Length(2, 40))
        share = fields.Float(validate=validate.Range(0.5, 4))
        loa = fields.String(validate=validate.OneOf(["1", "2"]))

    with pytest.raises(InvalidInput) as refusal:
        load(Wish(), {"name": "x", "share": 9, "loa": "5"}, "fa")

    said = {point["pointer"]: point["detail"] for point in refusal.value.errors}
    assert "۲" in said["/name"] and "۴۰" in said["/name"]
    assert "۰٫۵" in said["/share"] and "۴" in said["/share"]
    assert "1, 2" in said["/loa"]
