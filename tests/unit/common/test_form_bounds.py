"""No form makes the validator run for ever, and none makes it fall over: whatever a schema and an answer hold."""

import json
import time
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from panjareh_common.forms import FormInvalid, FormValidator
from panjareh_common.forms.keywords import Checker
from panjareh_common.forms.patterns import Pattern, PatternUnfit
from panjareh_common.refusals import InvalidInput
from panjareh_sandbox.demo import services_dir

SOON = 2.0  # seconds of processor time; without a bound it is hours
FORM_BYTES = 64 * 1024  # what the gateway takes
TEXTS = ("a" * FORM_BYTES, "ab" * (FORM_BYTES // 2), "x y" * (FORM_BYTES // 3), "ش‌" * 20_000 + "!")


def outcome(schema, form):
    """What checking comes to: it may be refused at any step, and nothing else may happen."""
    begun = time.thread_time()
    try:
        FormValidator(schema).check(form, "fa")
        told = "fits"
    except FormInvalid:
        told = "no form"
    except InvalidInput as refused:
        assert refused.errors
        assert all(point["pointer"].startswith("/form") for point in refused.errors)
        told = "does not fit"
    assert time.thread_time() - begun < SOON
    return told


def faults(schema):
    with pytest.raises(FormInvalid) as invalid:
        FormValidator(schema)
    return [(fault.pointer, fault.message) for fault in invalid.value.faults]


# Patterns


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+$",
        "^(a|aa)+$",
        "(a|a)*b",
        r"^(\w+\s?)*$",
        "(.*a){200}$",
        "(x+x+)+y",
        "[a-q][^u-z]{13}x",
    ],
)
@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_a_pattern_that_backtracks_elsewhere_is_checked_at_once(pattern, text):
    assert outcome({"pattern": pattern}, text) in ("fits", "does not fit")


@pytest.mark.parametrize(
    "pattern", ["(?=a)b", "(?<!a)b", r"(a)\1", "(a{1,999}){1,999}", "[", "*", "a" * 2000, "\\u12"]
)
@pytest.mark.parametrize(
    ("schema", "pointer"),
    [
        (lambda p: {"properties": {"a/b": {"pattern": p}}}, "/properties/a~1b/pattern"),
        (
            lambda p: {"allOf": [{"then": {"patternProperties": {p: {}}}}]},
            "/allOf/0/then/patternProperties",
        ),
    ],
    ids=["pattern", "patternProperties"],
)
def test_what_re2_cannot_compile_is_refused_with_its_place(pattern, schema, pointer):
    [(at, said)] = faults(schema(pattern))

    assert at == pointer
    assert said.startswith("This pattern cannot be used")


def test_a_pattern_in_what_is_only_data_is_no_pattern():
    FormValidator(
        {"properties": {"pattern": {"const": {"pattern": "(?=a)"}}}, "x-y": {"pattern": "["}}
    )


def test_a_fault_of_a_pattern_is_told_readably():
    with pytest.raises(FormInvalid) as invalid:
        FormValidator({"properties": {"a": {"pattern": "(?=a)b"}}})

    assert str(invalid.value).startswith(
        "/properties/a/pattern: This pattern cannot be used (invalid perl operator: (?=)."
    )


@pytest.mark.parametrize(
    ("pattern", "fits", "unfit"),
    [
        ("^[\\u0600-\\u06FF]+$", "سلام", "hello"),
        ("^\\u{1F600}$", "😀", "x"),
        ("^a\\\\u0041$", "a\\u0041", "aA"),
        (r"^\p{Arabic}+$", "سلام", "hello"),
        (r"^\d$", "5", "۵"),
        ("b", "abc", "acd"),
    ],
)
def test_patterns_mean_what_json_schema_says(pattern, fits, unfit):
    assert Pattern(pattern).found_in(fits)
    assert not Pattern(pattern).found_in(unfit)


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="ab(|)*+?{}1,9[]^$.\\dw-ش", max_size=40), st.sampled_from(TEXTS))
@example("((((a*)*)*)*)*b", TEXTS[0])
@example("(?:(?:a{0,10}b{0,10}){0,10}c?){0,10}$", TEXTS[1])
def test_any_pattern_is_refused_or_ends(pattern, text):
    try:
        compiled = Pattern(pattern)
    except PatternUnfit:
        return
    begun = time.thread_time()
    compiled.found_in(text)
    assert time.thread_time() - begun < SOON
    assert outcome({"pattern": pattern}, [text, text]) in ("fits", "does not fit")


# Schemas that are too deep, too large, or lead elsewhere


def nested(levels, last=None, key="not"):
    schema = last or {}
    for _ in range(levels):
        schema = {key: schema}
    return schema


def test_a_schema_that_is_too_deep_is_refused_with_its_place():
    [(pointer, said)] = faults(nested(100_000))

    assert pointer == "/not" * 32
    assert said == "This lies deeper than {levels} levels."


def test_an_answer_that_is_too_deep_is_refused_with_its_place():
    with pytest.raises(InvalidInput) as refused:
        FormValidator({}).check(nested(100_000, key="a"), "en")

    assert refused.value.errors == [
        {
            "pointer": "/form" + "/a" * 32,
            "detail": "This lies deeper than 32 levels. No form asks for that.",
        }
    ]


def test_a_schema_that_holds_itself_is_refused():
    schema = {"type": "object"}
    schema["properties"] = {"again": schema}

    assert faults(schema)[0][1] == "This lies deeper than {levels} levels."


def test_a_schema_of_references_that_multiply_is_refused():
    """The "billion laughs": each part is two of the next."""
    part = {"type": "string"}
    for _ in range(40):
        part = {"anyOf": [part, part]}

    assert faults(part)


@pytest.mark.parametrize("keyword", ["$ref", "$dynamicRef", "$id", "$anchor", "$vocabulary"])
def test_a_form_that_leads_elsewhere_is_refused(keyword):
    assert (
        f"/properties/a/{keyword}",
        "A form stands by itself. Write here what the reference points to.",
    ) in faults({"properties": {"a": {keyword: "#"}}})


def test_an_older_dialect_is_refused_also_inside():
    """The library would check that part by its own rules, with patterns that backtrack."""
    old = "http://json-schema.org/draft-07/schema#"

    assert faults({"$schema": old})[0][0] == "/$schema"
    assert (
        faults({"properties": {"a": {"$schema": old, "pattern": "(a+)+$"}}})[0][0]
        == "/properties/a/$schema"
    )


def test_every_fault_of_a_schema_is_named():
    told = faults({"type": "colour", "properties": {"a": {"minLength": "x"}}, "required": "a"})

    assert {pointer for pointer, _ in told} == {"/type", "/properties/a/minLength", "/required"}


@pytest.mark.parametrize(
    ("schema", "pointer"),
    [
        ({"required": [{"a": n} for n in range(15_000)]}, "/required"),
        ({"type": [[n] for n in range(15_000)]}, "/type"),
        ({"dependentRequired": {"a": [{"a": n} for n in range(15_000)]}}, "/dependentRequired/a"),
    ],
)
def test_a_schema_that_is_slow_to_refuse_is_refused_at_once(schema, pointer):
    begun = time.thread_time()
    assert [at for at, _ in faults(schema)] == [pointer]
    assert time.thread_time() - begun < SOON


@pytest.mark.parametrize(
    "schema",
    [
        {"required": [str(n) for n in range(40_000)]},
        {"enum": [{"a": n} for n in range(15_000)]},
        {"properties": {f"f{n}": {"type": "colour"} for n in range(1_500)}},
        {"allOf": [{"anyOf": [{"if": {"pattern": "a"}, "then": {"minLength": 1}}]}] * 390},
        {"x-enum-titles": {str(n): {"fa": "x", "en": "x"} for n in range(12_000)}},
        {"examples": [[[n]] for n in range(12_000)], "default": {str(n): n for n in range(12_000)}},
    ],
    ids=range(6),
)
def test_a_large_schema_is_judged_soon(schema):
    begun = time.thread_time()
    outcome(schema, {"a": 1})
    assert time.thread_time() - begun < 2 * SOON


# Work that multiplies

WIDE = {"type": "object", "required": ["a"], "minProperties": 3}
LONG_LIST = [{} for _ in range(10_000)]


@pytest.mark.parametrize(
    ("schema", "form"),
    [
        ({"items": {"allOf": [WIDE] * 1900}}, LONG_LIST),
        ({"items": {"enum": list(range(20_000))}}, list(range(20_000))),
        ({"allOf": [{"items": {"enum": ["x" * 99] * 500}}] * 50}, ["y" * 99] * 500),
        ({"uniqueItems": True}, [{"a": n} for n in range(15_000)]),
        ({"unevaluatedItems": False, "contains": {"const": 1}}, [1] * 20_000),
        ({"unevaluatedProperties": False}, {f"f{n}": n for n in range(8_000)}),
        ({"items": {"anyOf": [{"const": n} for n in range(1_900)]}}, list(range(8_000))),
        ({"allOf": [{"pattern": "(?:.{0,30}.{0,30}x){1,30}y$"}] * 1_000}, "x" * FORM_BYTES),
        ({"allOf": [{"minProperties": 10**6}] * 1_900}, {"a": "x" * 60_000, "b": 1}),
        (
            {"patternProperties": {f"^{n}": {} for n in range(1_900)}},
            {f"f{n}": n for n in range(8_000)},
        ),
        ({"propertyNames": {"maxLength": 2}}, {f"f{n}": n for n in range(8_000)}),
        ({"multipleOf": 1e-300}, 1e15),
        (
            nested(14, {"unevaluatedProperties": False}, "x")["x"] | {"properties": {}},
            {"a": 1},
        ),
    ],
    ids=range(13),
)
def test_work_that_multiplies_ends_soon(schema, form):
    outcome(schema, form)


NOTHING = [{}] * 40
AS_OFTEN_AS_ALLOWED = {
    **{keyword: {} for keyword in ("items", "contains", "unevaluatedItems", "propertyNames", "not", "if")},
    **{keyword: {} for keyword in ("additionalProperties", "unevaluatedProperties", "minProperties")},
    **dict.fromkeys(("allOf", "anyOf", "oneOf", "prefixItems"), NOTHING),
    **{keyword: {f"f{n}": {} for n in range(40)} for keyword in ("properties", "dependentSchemas")},
    "patternProperties": {"^f": {}},
    "required": [f"f{n}" for n in range(40)],
    "dependentRequired": {"f1": ["f2", "f3"]},
    "type": "object",
    "enum": [*range(40)],
    "const": {"f1": 1},
    "pattern": "^(?:a{0,9}b{0,9}){0,9}$",
    "format": "email",
    "multipleOf": 0.01,
    **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"), 5),
    **dict.fromkeys(("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"), 5),
    "uniqueItems": True,
}  # fmt: skip
LARGE = ([1] * 30_000, [[1]] * 15_000, {f"f{n}": n for n in range(6_000)}, ["ab" * 500] * 60)


def test_every_keyword_is_looked_at():
    assert set(Checker.VALIDATORS) - {"$ref", "$dynamicRef"} == set(AS_OFTEN_AS_ALLOWED)


@pytest.mark.parametrize("keyword", sorted(AS_OFTEN_AS_ALLOWED))
def test_no_keyword_multiplies_beyond_its_bound(keyword):
    """Said many times, on as much as a person may send, and on each part of that."""
    often = {"allOf": [{keyword: AS_OFTEN_AS_ALLOWED[keyword]}] * 20}

    for form in LARGE:
        outcome(often | {"items": often, "additionalProperties": often}, form)


def test_unevaluated_parts_inside_each_other_end_soon():
    """Each level looks at everything below it twice: without a bound that doubles with each level."""
    schema = {"properties": {"b": {}}, "unevaluatedProperties": False}
    for _ in range(14):
        schema = {"allOf": [schema], "unevaluatedProperties": False}

    assert outcome(schema, {"b": 1}) in ("fits", "does not fit")


def test_what_takes_too_long_is_told_as_that():
    with pytest.raises(InvalidInput) as refused:
        FormValidator({"items": {"allOf": [WIDE] * 1900}}).check(LONG_LIST, "en")

    assert refused.value.errors == [
        {
            "pointer": "/form",
            "detail": "This is too much for the form to be checked. Leave out what it does not ask for.",
        }
    ]


def test_the_same_form_is_always_told_the_same():
    """What is counted is steps, not seconds: the gateway and requests never differ."""
    validator = FormValidator({"items": {"allOf": [WIDE] * 40}})
    told = []
    for _ in range(2):
        with pytest.raises(InvalidInput) as refused:
            validator.check(LONG_LIST[:100], "en")
        told.append(refused.value.errors)

    assert told[0] == told[1]


def test_a_large_honest_form_is_far_from_the_bounds():
    fields = {
        f"field_{n}": {"type": "string", "minLength": 1, "maxLength": 4000, "pattern": r"^\P{C}*$"}
        for n in range(300)
    }
    schema = {
        "type": "object",
        "properties": fields,
        "required": [*fields],
        "additionalProperties": False,
    }
    form = dict.fromkeys(fields, "متن " * 40)

    FormValidator(schema).check(form, "fa")


# Anything at all

_NAMES = st.sampled_from(["a", "b", "c/d", ""])
_DATA = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=3),
    max_leaves=8,
)


def _schemas(inner):
    named, some = (
        st.dictionaries(_NAMES, inner, max_size=3),
        st.lists(inner, min_size=1, max_size=3),
    )
    return st.fixed_dictionaries(
        {},
        optional={
            **dict.fromkeys(("properties", "patternProperties", "dependentSchemas"), named),
            **dict.fromkeys(("allOf", "anyOf", "oneOf", "prefixItems"), some),
            **dict.fromkeys(
                (
                    *("not", "if", "then", "else", "items", "contains", "propertyNames"),
                    *("additionalProperties", "unevaluatedItems", "unevaluatedProperties"),
                ),
                inner,
            ),
            "type": st.sampled_from(["string", "integer", "object", "array", "colour"]) | _DATA,
            "enum": st.lists(_DATA, min_size=1, max_size=3),
            "const": _DATA,
            "pattern": st.text(alphabet="ab(|)*+?[]^$.\\1", max_size=8) | _DATA,
            "format": st.sampled_from(["date", "date-time", "email", "uri", "panjareh-iban", "x"]),
            "multipleOf": st.floats() | st.integers(),
            "minimum": st.floats() | st.integers(),
            "required": st.lists(_NAMES, unique=True) | _DATA,
            "dependentRequired": st.dictionaries(_NAMES, st.lists(_NAMES, unique=True)),
            "uniqueItems": st.booleans(),
            "maxContains": st.integers(0, 3),
            "x-file": st.just({"types": ["image/png"], "max_bytes": 1}),
            "$ref": st.sampled_from(["#", "http://["]),
            "$id": st.text(max_size=4),
            "$schema": st.text(max_size=4),
        },
    )


SCHEMAS = st.recursive(st.booleans() | st.just({}), _schemas, max_leaves=6)


@settings(max_examples=400, deadline=None, suppress_health_check=[*HealthCheck])
@given(SCHEMAS, _DATA)
def test_any_schema_and_any_answer_come_to_an_end_and_to_a_word(schema, form):
    if outcome(schema, form) == "fits":
        FormValidator(schema).files(form)


@settings(max_examples=300, deadline=None, suppress_health_check=[*HealthCheck])
@given(_DATA)
def test_whatever_stands_in_place_of_a_schema_is_told_as_no_form_or_works(schema):
    outcome(schema, {"a": 1})


def test_the_test_suite_of_json_schema_is_not_needed_to_see_that_the_dialect_is_kept():
    """What ours replaces of the library says what the library says, on values of every kind."""
    from jsonschema import Draft202012Validator

    values = [
        None,
        True,
        0,
        1,
        1.0,
        2.5,
        "",
        "a",
        "ab",
        [],
        [1, 1],
        ["a", {"a": 1}],
        {},
        {"a": 1},
        {"a": "x", "b": 2},
    ]
    schemas = [
        {"required": ["a"]}, {"dependentRequired": {"a": ["b"]}}, {"uniqueItems": True}, {"enum": [1, "a", {"a": 1}]},
        {"additionalProperties": {"type": "integer"}}, {"properties": {"a": {}}, "additionalProperties": False},
        {"patternProperties": {"^a": {"type": "string"}}, "additionalProperties": False}, {"pattern": "^a"},
        {"properties": {"a": {}}, "unevaluatedProperties": False}, {"propertyNames": {"const": "a"}},
        {"prefixItems": [{}], "unevaluatedItems": False}, {"multipleOf": 0.5},
        {"contains": {"const": 1}, "unevaluatedItems": False}, {"properties": {"a": False}},
        {"allOf": [{"properties": {"a": {"const": 1}}}], "unevaluatedProperties": {"type": "integer"}},
    ]  # fmt: skip
    for schema in schemas:
        for value in values:
            ours = outcome(schema, value) == "fits"
            assert ours == Draft202012Validator(schema).is_valid(value), (schema, value)


def test_the_platforms_own_forms_are_sound():
    for file in sorted(Path(services_dir()).glob("*.yaml")):
        form = yaml.safe_load(file.read_text(encoding="utf-8"))["form"]
        FormValidator(form)
        FormValidator(json.loads(json.dumps(form)))
