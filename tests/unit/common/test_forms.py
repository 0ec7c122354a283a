"""The form validator: every fault named, with a pointer to its field, in the reader's language."""

import pytest

from panjareh_common.forms import FormInvalid, FormValidator
from panjareh_common.refusals import InvalidInput

FIELDS = {
    "name": {"type": "string", "minLength": 2, "maxLength": 5},
    "age": {"type": "integer", "minimum": 18, "maximum": 120},
    "code": {"type": "string", "pattern": "^[0-9]{3}$"},
    "born": {"type": "string", "format": "date"},
    "city": {"enum": ["Tabriz", "Shiraz"]},
    "agreed": {"const": True},
    "tags": {"type": "array", "maxItems": 1},
}
FORM = {"type": "object", "properties": FIELDS, "additionalProperties": False}

SENTENCES = {
    "type": ("نوع این مقدار درست نیست.", "This is of the wrong kind."),
    "short": ("این متن بیش از اندازه کوتاه است.", "This is too short."),
    "long": ("این متن بیش از اندازه بلند است.", "This is too long."),
    "small": ("این عدد بیش از اندازه کوچک است.", "This number is too small."),
    "large": ("این عدد بیش از اندازه بزرگ است.", "This number is too large."),
    "shape": ("شکل این مقدار درست نیست.", "This does not have the right form."),
    "enum": ("یکی از گزینه‌های فرم را برگزینید.", "Choose one of the values that the form offers."),
    "const": ("این مورد باید تأیید شود.", "This must be confirmed."),
    "unknown": ("فرم این مورد را نخواسته است.", "The form does not ask for this."),
    "missing": ("این مورد وارد نشده است.", "This is missing."),
    "other": ("این مقدار با فرم نمی‌خواند.", "This does not fit the form."),
}


def faults(schema, form, language="en"):
    with pytest.raises(InvalidInput) as refused:
        FormValidator(schema).check(form, language)
    return [(point["pointer"], point["detail"]) for point in refused.value.errors]


@pytest.mark.parametrize(("language", "place"), [("fa", 0), ("en", 1)])
@pytest.mark.parametrize(
    ("form", "pointer", "sentence"),
    [
        ({"age": "old"}, "/form/age", "type"),
        ({"name": "a"}, "/form/name", "short"),
        ({"name": "abcdef"}, "/form/name", "long"),
        ({"age": 17}, "/form/age", "small"),
        ({"age": 121}, "/form/age", "large"),
        ({"code": "12"}, "/form/code", "shape"),
        ({"born": "1990-13-01"}, "/form/born", "shape"),
        ({"city": "Paris"}, "/form/city", "enum"),
        ({"agreed": False}, "/form/agreed", "const"),
        ({"tags": [1, 2]}, "/form/tags", "other"),
        ({"colour": "red"}, "/form/colour", "unknown"),
        ([], "/form", "type"),
    ],
)
def test_each_fault_is_said_in_the_readers_language(language, place, form, pointer, sentence):
    assert faults(FORM, form, language) == [(pointer, SENTENCES[sentence][place])]


def test_each_missing_field_is_pointed_at():
    schema = FORM | {"required": ["name", "age", "code"]}

    assert faults(schema, {"age": 20}, "fa") == [
        ("/form/code", SENTENCES["missing"][0]),
        ("/form/name", SENTENCES["missing"][0]),
    ]


def test_of_two_names_that_begin_alike_the_missing_one_is_named():
    schema = {"required": ["a", "ab", "a'b"]}

    assert [pointer for pointer, _ in faults(schema, {"a": 1})] == ["/form/a'b", "/form/ab"]


def test_every_unknown_field_is_pointed_at_and_only_those():
    schema = {
        "type": "object",
        "properties": {"name": {}},
        "patternProperties": {"^x-": {}},
        "additionalProperties": False,
    }

    assert faults(schema, {"name": 1, "x-extra": 1, "colour": 1, "smell": 1}) == [
        ("/form/colour", SENTENCES["unknown"][1]),
        ("/form/smell", SENTENCES["unknown"][1]),
    ]


def test_faults_inside_lists_and_objects_are_pointed_at():
    schema = {"properties": {"people": {"items": {"required": ["name"], "properties": FIELDS}}}}

    assert [p for p, _ in faults(schema, {"people": [{"name": "abc"}, {"age": 3}]})] == [
        "/form/people/1/age",
        "/form/people/1/name",
    ]


@pytest.mark.parametrize(
    ("name", "pointer"),
    [("a/b", "/form/a~1b"), ("a~b", "/form/a~0b"), ("~1", "/form/~01"), ("", "/form/")],
)
def test_pointers_are_written_as_rfc_6901_says(name, pointer):
    assert faults({"additionalProperties": False}, {name: 1})[0][0] == pointer
    assert faults({"required": [name]}, {})[0][0] == pointer
    assert faults({"properties": {name: {"type": "null"}}}, {name: 1})[0][0] == pointer


def test_all_faults_are_told_at_once_in_the_order_of_their_pointers():
    told = faults(FORM, {"zebra": 1, "name": "a", "age": 3})

    assert [pointer for pointer, _ in told] == ["/form/age", "/form/name", "/form/zebra"]


def test_a_form_that_fits_passes():
    FormValidator(FORM | {"required": ["name"]}).check({"name": "Leila", "age": 40}, "fa")


@pytest.mark.parametrize(
    "schema", [{"type": "colour"}, {"required": "name"}, {"pattern": "["}, {"minimum": "a"}]
)
def test_a_form_that_is_no_schema_is_found_when_it_is_published(schema):
    with pytest.raises(FormInvalid):
        FormValidator(schema)
