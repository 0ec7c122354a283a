"""The parts of a form: which fields it asks for, under which conditions, and which files."""

import pytest

from panjareh_common.forms import FORMATS, FormValidator, fields_of, sentences
from panjareh_common.refusals import InvalidInput

PHOTO = {
    "type": "string",
    "format": "panjareh-file",
    "x-file": {"types": ["image/jpeg"], "max_bytes": 1_000_000},
}
FORM = {
    "type": "object",
    "properties": {
        "kind": {"enum": ["own", "rent"], "x-title": {"fa": "نوع", "en": "Kind"}},
        "children": {
            "type": "array",
            "items": {"properties": {"born": {"format": "date"}, "photo": PHOTO}},
        },
    },
    "allOf": [
        {
            "if": {"properties": {"kind": {"const": "rent"}}, "required": ["kind"]},
            "then": {"properties": {"contract": PHOTO}},
            "else": {"properties": {"deed": PHOTO}},
        }
    ],
    "dependentSchemas": {"kind": {"properties": {"since": {"type": "string"}}}},
}
ONE, TWO = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"


def test_every_field_is_found_in_the_order_of_asking_also_under_a_condition():
    assert [(field.path, field.pointer, field.is_file) for field in fields_of(FORM, "/form")] == [
        ("kind", "/form/properties/kind", False),
        ("children", "/form/properties/children", False),
        ("children/[]/born", "/form/properties/children/items/properties/born", False),
        ("children/[]/photo", "/form/properties/children/items/properties/photo", True),
        ("contract", "/form/allOf/0/then/properties/contract", True),
        ("deed", "/form/allOf/0/else/properties/deed", True),
        ("since", "/form/dependentSchemas/kind/properties/since", False),
    ]


def test_what_a_condition_looks_at_is_not_asked_for():
    form = {"if": {"properties": {"a": {}}}, "not": {"properties": {"b": {}}}}

    assert list(fields_of(form)) == []


@pytest.mark.parametrize("form", [True, None, [], {"properties": 3}, {"allOf": 1, "items": None}])
def test_a_form_that_is_none_has_no_fields(form):
    assert list(fields_of(form)) == []


def test_the_files_of_a_form_are_told_with_what_may_be_there():
    filled = {"kind": "rent", "contract": ONE, "children": [{}, {"photo": TWO}]}

    found = FormValidator(FORM).files(filled)

    assert [(each.pointer, each.file_id) for each in found] == [
        ("/form/children/1/photo", TWO),
        ("/form/contract", ONE),
    ]
    assert {(each.types, each.max_bytes) for each in found} == {(("image/jpeg",), 1_000_000)}


def test_a_file_that_its_condition_does_not_ask_for_is_none():
    assert FormValidator(FORM).files({"kind": "own", "contract": ONE}) == []


VALUES = {
    "date": (["1990-01-31", "2024-02-29"], ["1990-1-31", "19900131", "2023-02-29", "1990-01-31\n", "۱۳۷۰-۰۱-۰۱"]),
    "date-time": (["2026-01-31T09:30:00Z", "2026-01-31t09:30:00.5+03:30"], ["2026-01-31", "2026-01-31T09:30:00", "2026-02-30T09:30:00Z", "20260131T093000Z"]),
    "email": (["leila@example.org", "l.t+x@mail.example.ir"], ["leila", "leila@example", "a b@example.org", "@example.org", "a@b@example.org", "a" * 65 + "@example.org"]),
    "uri": (["https://example.ir/a?b=1"], ["example.ir", "javascript:alert(1)", "http://", "http://[::1", "https://a b"]),
    "uuid": ([ONE], [ONE[:-1], ONE + "\n"]),
    "panjareh-file": ([ONE], ["photo.jpg"]),
    "panjareh-national-id": (["0499370899", "0790419904"], ["0499370898", "1111111111", "499370899", "۰۴۹۹۳۷۰۸۹۹"]),
    "panjareh-company-id": (["10380284790", "10100171920"], ["10380284791", "11111111111", "1038028479"]),
    "panjareh-postal-code": (["1619735744"], ["0619735744", "16197-35744", "1111111111", "161973574"]),
    "panjareh-mobile": (["09121234567"], ["+989121234567", "9121234567", "09121234567\n", "۰۹۱۲۱۲۳۴۵۶۷"]),
    "panjareh-iban": (["IR820540102680020817909002"], ["IR820540102680020817909003", "820540102680020817909002", "DE89370400440532013000", "IR82 0540 1026 8002 0817 9090 02"]),
}  # fmt: skip


def test_every_format_is_shown_here():
    assert set(VALUES) == set(FORMATS)


@pytest.mark.parametrize(("name", "value"), [(n, v) for n, (fit, _) in VALUES.items() for v in fit])
def test_a_value_of_a_format_fits(name, value):
    FormValidator({"format": name}).check(value, "fa")


@pytest.mark.parametrize(("name", "value"), [(n, v) for n, (_, un) in VALUES.items() for v in un])
def test_a_value_that_is_not_of_the_format_is_told_what_one_looks_like(name, value):
    with pytest.raises(InvalidInput) as refused:
        FormValidator({"format": name}).check(value, "en")

    [told] = refused.value.errors
    assert told["pointer"] == "/form"
    assert told["detail"] in (FORMATS[name].sentence, sentences.LATIN_DIGITS)


def test_every_single_wrong_digit_of_a_national_id_is_found():
    """Modulo 11 with weights below 11: no single wrong digit passes, but for the remainders 0 and 1 that share a digit."""
    validator, right = FormValidator({"format": "panjareh-national-id"}), "0499370899"
    wrong = [
        right[:at] + str(d) + right[at + 1 :]
        for at in range(9)
        for d in range(10)
        if str(d) != right[at]
    ]

    for each in wrong:
        with pytest.raises(InvalidInput):
            validator.check(each, "fa")
