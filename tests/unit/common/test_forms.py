"""The form validator: every fault named, with a pointer to its field, in the reader's language."""

import pytest

from panjareh_common.forms import FormInvalid, FormValidator
from panjareh_common.forms.keywords import Checker
from panjareh_common.forms.sentences import SENTENCES
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

UNKNOWN = "The form does not ask for this."


def faults(schema, form, language="en"):
    with pytest.raises(InvalidInput) as refused:
        FormValidator(schema).check(form, language)
    return [(point["pointer"], point["detail"]) for point in refused.value.errors]


# One schema a keyword, something that does not fit it, where that is pointed at, and what is said in English and Persian.
SAID = [
    ({"type": "string"}, 1, "", "This must be a text.", "این باید متن باشد."),
    ({"type": "integer"}, 1.5, "", "This must be a whole number.", "این باید عدد صحیح باشد."),
    ({"type": "boolean"}, "no", "", "This must be yes or no (true or false).", "این باید بله یا خیر (true یا false) باشد."),
    ({"type": ["string", "null"]}, 1, "", "This is of the wrong kind.", "نوع این مقدار درست نیست."),
    ({"pattern": "^a$"}, "b", "", "This does not have the right form.", "شکل این مقدار درست نیست."),
    ({"enum": ["a"]}, "b", "", "Choose one of the values that the form offers.", "یکی از گزینه‌های فرم را برگزینید."),
    ({"const": True}, False, "", "This must be confirmed.", "این مورد باید تأیید شود."),
    ({"const": "a"}, "b", "", "This can only be “a”.", "این فقط می‌تواند «a» باشد."),
    ({"minLength": 2}, "a", "", "This is too short: write at least 2 characters.", "این بیش از اندازه کوتاه است: دست‌کم ۲ نویسه بنویسید."),
    ({"maxLength": 1}, "ab", "", "This is too long: write at most 1 characters.", "این بیش از اندازه بلند است: حداکثر ۱ نویسه بنویسید."),
    ({"minimum": 2}, 1, "", "This number is too small: 2 is the smallest.", "این عدد بیش از اندازه کوچک است: کوچک‌ترین عدد ۲ است."),
    ({"maximum": 2}, 3, "", "This number is too large: 2 is the largest.", "این عدد بیش از اندازه بزرگ است: بزرگ‌ترین عدد ۲ است."),
    ({"exclusiveMinimum": 2}, 2, "", "This number must be larger than 2.", "این عدد باید بزرگ‌تر از ۲ باشد."),
    ({"exclusiveMaximum": 2}, 2, "", "This number must be smaller than 2.", "این عدد باید کوچک‌تر از ۲ باشد."),
    ({"multipleOf": 5}, 7, "", "This number must be a multiple of 5.", "این عدد باید مضربی از ۵ باشد."),
    ({"minItems": 1}, [], "", "This list is too short: it needs at least 1 entries.", "این فهرست کوتاه است: دست‌کم ۱ مورد لازم دارد."),
    ({"maxItems": 1}, [1, 2], "", "This list is too long: it takes at most 1 entries.", "این فهرست بلند است: حداکثر ۱ مورد می‌گیرد."),
    ({"uniqueItems": True}, [1, 2, 1], "/2", "This stands in the list already. Write each entry once.", "این مورد پیش‌تر در فهرست آمده است. هر مورد را یک بار بنویسید."),
    ({"contains": {"const": 1}}, [2], "", "None of the entries is what the form needs here.", "هیچ‌یک از موردها آن نیست که فرم در اینجا لازم دارد."),
    ({"contains": {"const": 1}, "minContains": 2}, [1], "", "At least 2 of the entries must be what the form needs here.", "دست‌کم ۲ مورد باید همان باشد که فرم در اینجا لازم دارد."),
    ({"contains": {"const": 1}, "maxContains": 1}, [1, 1], "", "At most 1 of the entries may be of this kind.", "حداکثر ۱ مورد می‌تواند از این گونه باشد."),
    ({"prefixItems": [{}], "items": False}, [1, 2], "", "This list holds more entries than the form asks for.", "این فهرست موردهایی بیش از آنچه فرم خواسته است دارد."),
    ({"minProperties": 1}, {}, "", "Fill in at least 1 of the fields here.", "دست‌کم ۱ مورد از این بخش را پر کنید."),
    ({"maxProperties": 0}, {"a": 1}, "", "Fill in at most 0 of the fields here.", "حداکثر ۰ مورد از این بخش را پر کنید."),
    ({"propertyNames": {"maxLength": 1}}, {"ab": 1}, "/ab", "The form does not take this name.", "فرم این نام را نمی‌پذیرد."),
    ({"required": ["a"]}, {}, "/a", "This is missing.", "این مورد وارد نشده است."),
    ({"additionalProperties": False}, {"a": 1}, "/a", "The form does not ask for this.", "فرم این مورد را نخواسته است."),
    ({"unevaluatedProperties": False}, {"a": 1}, "/a", "The form does not ask for this.", "فرم این مورد را نخواسته است."),
    ({"prefixItems": [{}], "unevaluatedItems": False}, [1, 2], "/1", "The form does not ask for this.", "فرم این مورد را نخواسته است."),
    ({"properties": {"a": False}}, {"a": 1}, "/a", "The form does not ask for this.", "فرم این مورد را نخواسته است."),
    ({"anyOf": [{"type": "string"}, {"minimum": 5}]}, 1, "", "This is none of what the form takes here.", "این هیچ‌یک از آنچه فرم در اینجا می‌پذیرد نیست."),
    ({"oneOf": [{"minimum": 1}, {"minimum": 2}]}, 3, "", "This must be exactly one of what the form takes here.", "این باید دقیقاً یکی از آن چیزهایی باشد که فرم در اینجا می‌پذیرد."),
    ({"oneOf": [{"const": 1}, {"const": 2}]}, 3, "", "Choose one of the values that the form offers.", "یکی از گزینه‌های فرم را برگزینید."),
    ({"not": {"const": 1}}, 1, "", "The form does not take this here.", "فرم این را در اینجا نمی‌پذیرد."),
    ({"allOf": [{"minimum": 2}]}, 1, "", "This number is too small: 2 is the smallest.", "این عدد بیش از اندازه کوچک است: کوچک‌ترین عدد ۲ است."),
    ({"if": {"const": 1}, "then": {"type": "string"}}, 1, "", "This must be a text.", "این باید متن باشد."),
    ({"dependentSchemas": {"a": {"required": ["b"]}}}, {"a": 1}, "/b", "This is missing.", "این مورد وارد نشده است."),
    ({"dependentRequired": {"a": ["b"]}}, {"a": 1}, "/b", "This is needed, because “a” is filled in.", "این لازم است، چون «a» پر شده است."),
]  # fmt: skip


@pytest.mark.parametrize(
    ("schema", "value", "pointer", "english", "persian"),
    SAID,
    ids=lambda each: "-".join(each) if isinstance(each, dict) else "",
)
def test_each_fault_is_said_in_the_readers_language(schema, value, pointer, english, persian):
    assert faults(schema, value, "en") == [(f"/form{pointer}", english)]
    assert faults(schema, value, "fa") == [(f"/form{pointer}", persian)]


def test_every_keyword_of_the_validator_has_its_sentence_or_speaks_through_what_is_in_it():
    through = {"allOf", "patternProperties", "prefixItems", "if", "dependentSchemas"}

    assert set(Checker.VALIDATORS) - {"$ref", "$dynamicRef"} - through == (
        set(SENTENCES) - {"minContains", "maxContains"}
    )
    for keyword in {*SENTENCES} - {"format"}:
        assert any(keyword in schema for schema, *_ in SAID), keyword


def test_a_title_is_said_in_the_readers_language():
    field = {"x-title": {"fa": "همسر", "en": "Spouse"}}
    schema = {"properties": {"spouse": field}, "dependentRequired": {"spouse": ["wedding_day"]}}

    assert faults(schema, {"spouse": "x"}, "fa")[0][1] == "این لازم است، چون «همسر» پر شده است."
    assert faults(schema, {"spouse": "x"})[0][1] == "This is needed, because “Spouse” is filled in."


def test_each_missing_field_is_pointed_at():
    schema = FORM | {"required": ["name", "age", "code"]}

    assert faults(schema, {"age": 20}, "fa") == [
        ("/form/code", "این مورد وارد نشده است."),
        ("/form/name", "این مورد وارد نشده است."),
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
        ("/form/colour", UNKNOWN),
        ("/form/smell", UNKNOWN),
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


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"format": "panjareh-mobile"}, "۰۹۱۲۱۲۳۴۵۶۷"),
        ({"format": "panjareh-national-id"}, "٠٤٩٩٣٧٠٨٩٩"),
        ({"pattern": "^[0-9]{3}$"}, "۱۲۳"),
    ],
)
def test_whoever_wrote_the_right_number_in_persian_digits_is_told_just_that(schema, value):
    assert faults(schema, value, "fa")[0][1].startswith(
        "فرم در اینجا رقم‌های لاتین 0 تا 9 را می‌گیرد"
    )
    assert "0 to 9" in faults(schema, value)[0][1]
    assert "0 to 9" not in faults(schema, value + "۱")[0][1], "that is not the only fault"


def test_what_a_condition_asks_for_is_asked_for_only_then():
    schema = FORM | {
        "allOf": [
            {
                "if": {"properties": {"city": {"const": "Tabriz"}}, "required": ["city"]},
                "then": {"required": ["code"]},
                "else": {"properties": {"code": False}},
            }
        ]
    }

    FormValidator(schema).check({"city": "Tabriz", "code": "123"}, "en")
    FormValidator(schema).check({"city": "Shiraz"}, "en")
    assert faults(schema, {"city": "Tabriz"}) == [("/form/code", "This is missing.")]
    assert faults(schema, {"city": "Shiraz", "code": "123"}) == [("/form/code", UNKNOWN)]


def test_fields_that_only_a_condition_speaks_of_belong_to_the_form():
    schema = {
        "type": "object",
        "properties": {"kind": {"enum": ["own", "rent"]}},
        "if": {"properties": {"kind": {"const": "rent"}}},
        "then": {"properties": {"landlord": {"type": "string"}}, "required": ["landlord"]},
        "unevaluatedProperties": False,
    }

    FormValidator(schema).check({"kind": "rent", "landlord": "Leila"}, "en")
    assert faults(schema, {"kind": "own", "landlord": "Leila"}) == [("/form/landlord", UNKNOWN)]
    assert faults(schema, {"kind": "rent", "x": 1}) == [
        ("/form/landlord", "This is missing."),
        ("/form/x", UNKNOWN),
    ]


@pytest.mark.parametrize(
    ("value", "fits"), [(0.07, True), (0.3, True), (0.005, False), (1e300, True)]
)
def test_decimals_are_counted_as_they_are_written(value, fits):
    validator = FormValidator({"multipleOf": 0.01})
    if value > 2**53:
        with pytest.raises(InvalidInput):
            validator.check(value, "en")
    elif fits:
        validator.check(value, "en")
    else:
        assert faults({"multipleOf": 0.01}, value)


def test_equal_is_what_json_calls_equal():
    FormValidator({"uniqueItems": True}).check([1, True, "1", [1], [True], {"a": 1}], "en")
    assert faults({"uniqueItems": True}, [{"a": 1, "b": [2]}, {"b": [2.0], "a": 1.0}])
    assert faults({"enum": [1]}, True)
    FormValidator({"enum": [1]}).check(1.0, "en")


def test_an_end_of_line_is_no_part_of_a_number():
    assert faults(FORM, {"code": "123\n"})


@pytest.mark.parametrize(
    ("form", "pointer"),
    [
        ({"a": "x\0y"}, "/form/a"),
        ({"a": "\ud800"}, "/form/a"),
        ({"a\0": 1}, "/form"),
        ({"a": float("inf")}, "/form/a"),
        ({"a": 2**53}, "/form/a"),
        ({"a": 10**400}, "/form/a"),
    ],
)
def test_what_no_form_can_hold_is_refused_with_its_place(form, pointer):
    assert [at for at, _ in faults({}, form)] == [pointer]
