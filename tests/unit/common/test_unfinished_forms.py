"""A form that is not finished: what is missing is told apart from what does not fit."""

import pytest

from panjareh_common.forms import FormValidator
from panjareh_common.refusals import InvalidInput

FORM = {
    "type": "object",
    "additionalProperties": False,
    "required": ["name", "kind"],
    "properties": {
        "name": {"type": "string", "minLength": 2},
        "kind": {"enum": ["shop", "home"]},
        "floors": {"type": "array", "minItems": 2, "items": {"type": "integer"}},
        "account": {"type": "string", "format": "panjareh-iban"},
        "address": {
            "type": "object",
            "required": ["street"],
            "properties": {"street": {"type": "string"}, "plate": {"type": "integer"}},
        },
    },
    "dependentRequired": {"account": ["name"]},
    "allOf": [
        {
            "if": {"properties": {"kind": {"const": "shop"}}, "required": ["kind"]},
            "then": {"required": ["floors"]},
        }
    ],
}
CHOICE = {
    "type": "object",
    "oneOf": [
        {"required": ["mobile"], "properties": {"mobile": {"type": "string"}}},
        {"required": ["email"], "properties": {"email": {"type": "string"}}},
    ],
}


def look(schema, form):
    seen = FormValidator(schema).look(form, "en")
    return [p["pointer"] for p in seen.faults], [p["pointer"] for p in seen.missing], seen.complete


@pytest.mark.parametrize(
    ("form", "faults", "missing"),
    [
        ({}, [], ["/form/kind", "/form/name"]),
        ({"name": "a"}, ["/form/name"], ["/form/kind"]),
        ({"name": "ab", "kind": "shop"}, [], ["/form/floors"]),
        ({"name": "ab", "kind": "shop", "floors": [1]}, [], ["/form/floors"]),
        ({"name": "ab", "kind": "shop", "floors": [1, "two"]}, ["/form/floors/1"], []),
        ({"name": "ab", "kind": "home", "address": {"plate": 1}}, [], ["/form/address/street"]),
        ({"name": "ab", "kind": "barn"}, ["/form/kind"], []),
        ({"name": "ab", "kind": "home", "more": 1}, ["/form/more"], []),
        ({"name": "ab", "kind": "home"}, [], []),
    ],
)
def test_what_is_missing_is_no_fault(form, faults, missing):
    assert look(FORM, form) == (faults, missing, not faults and not missing)


def test_of_alternatives_it_is_enough_that_one_can_be_finished():
    assert look(CHOICE, {}) == ([], ["/form"], False)
    assert look(CHOICE, {"mobile": 1}) == ([], ["/form"], False)  # the e-mail can still be given
    assert look(CHOICE, {"mobile": 1, "email": 2}) == (["/form"], [], False)
    assert look(CHOICE, {"mobile": "0", "email": "a"}) == (["/form"], [], False)
    assert look(CHOICE, {"mobile": "0"}) == ([], [], True)


def test_looking_and_checking_agree():
    for form in ({}, {"name": "ab"}, {"name": "ab", "kind": "home"}, {"name": 1, "more": 2}):
        validator = FormValidator(FORM)
        seen = validator.look(form, "fa")
        try:
            validator.check(form, "fa")
            told = []
        except InvalidInput as refused:
            told = refused.errors
        assert sorted(told, key=str) == sorted([*seen.faults, *seen.missing], key=str)


def test_what_no_form_can_hold_is_refused():
    with pytest.raises(InvalidInput):
        FormValidator(FORM).look({"name": "\ud800"}, "en")


def test_a_form_that_takes_too_long_to_look_at_is_a_fault_and_no_wait():
    schema = {"type": "object", "properties": {"x": {"type": "array", "uniqueItems": True}}}

    faults, missing, _ = look(schema, {"x": [[n] for n in range(60_000)]})

    assert (faults, missing) == (["/form"], [])
