"""What people may expect of a form beside that it is a schema: every fault named with its place (C4)."""

import copy
import time

import pytest

from panjareh_catalog.application.telling import told
from panjareh_catalog.domain.checks import Known, forms
from panjareh_catalog.domain.values import Fault
from panjareh_common.forms import FormValidator

TITLE = {"fa": "متن", "en": "text"}
FILE = {
    "type": "string",
    "format": "panjareh-file",
    "x-title": TITLE,
    "x-file": {"types": ["image/jpeg", "application/pdf"], "max_bytes": 10 * 1024 * 1024},
}
FORM = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "additionalProperties": False,
    "required": ["kind"],
    "properties": {
        "kind": {
            "enum": ["own", "rent"],
            "x-title": TITLE,
            "x-help": TITLE,
            "x-purpose": TITLE,
            "x-enum-titles": {"own": TITLE, "rent": TITLE},
        },
        "contract": FILE,
        "people": {
            "type": "array",
            "maxItems": 5,
            "x-title": TITLE,
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["born"],
                "properties": {"born": {"type": "string", "format": "date", "x-title": TITLE}},
            },
        },
    },
    "allOf": [
        {
            "if": {"properties": {"kind": {"const": "rent"}}, "required": ["kind"]},
            "then": {"required": ["contract"], "properties": {"kind": {"enum": ["rent"]}}},
            "else": {"properties": {"contract": False}},
        }
    ],
    "dependentRequired": {"people": ["contract"]},
}


def faults(form) -> list[Fault]:
    return list(forms.faults({"form": form}, Known()))


def changed(change):
    form = copy.deepcopy(FORM)
    change(form)
    return [fault.pointer for fault in faults(form)]


def test_a_form_with_conditions_files_and_lists_may_be_published():
    assert faults(FORM) == []


def put(*path_and_value):
    *path, last, value = path_and_value

    def change(form):
        for step in path:
            form = form[step]
        form[last] = value

    return change


FIELDS = "/form/properties"


@pytest.mark.parametrize(
    ("change", "pointers"),
    [
        (put("type", "array"), ["/form/type"]),
        (put("additionalProperties", True), ["/form"]),
        (put("properties", "people", "items", "additionalProperties", {}), [f"{FIELDS}/people/items"]),
        (put("properties", "Kind", {"x-title": TITLE}), [f"{FIELDS}/Kind"]),
        (put("properties", "more", {"type": "string"}), [f"{FIELDS}/more/x-title"]),
        (put("properties", "more", {"x-title": {"fa": "متن"}}), [f"{FIELDS}/more/x-title"]),
        (put("properties", "more", {"x-title": {"fa": "متن", "en": " "}}), [f"{FIELDS}/more/x-title"]),
        (put("properties", "more", {"x-title": {"fa": "م " * 300, "en": "text"}}), [f"{FIELDS}/more/x-title"]),
        (put("properties", "more", True), [f"{FIELDS}/more"]),
        (put("properties", "kind", "x-help", "متن"), [f"{FIELDS}/kind/x-help"]),
        (put("properties", "kind", "x-purpose", {}), [f"{FIELDS}/kind/x-purpose"]),
        (put("properties", "kind", "x-enum-titles", "own", {}), [f"{FIELDS}/kind/x-enum-titles/own"]),
        (put("properties", "kind", "x-enum-titles", "sold", TITLE), [f"{FIELDS}/kind/x-enum-titles/sold"]),
        (put("properties", "kind", "enum", ["own"]), [f"{FIELDS}/kind/x-enum-titles/rent"]),
        (put("properties", "kind", "maxlength", 4), [f"{FIELDS}/kind/maxlength"]),
        (put("properties", "kind", "x-tittle", TITLE), [f"{FIELDS}/kind/x-tittle"]),
        (put("properties", "kind", "format", "colour"), [f"{FIELDS}/kind/format"]),
        (put("required", ["kind", "shoe_size"]), ["/form/required/1"]),
        (put("dependentRequired", {"peple": ["contract"]}), ["/form/dependentRequired/peple"]),
        (put("dependentRequired", {"people": ["contrat"]}), ["/form/dependentRequired/people/0"]),
        (put("dependentSchemas", {"peple": {}}), ["/form/dependentSchemas/peple"]),
        (put("allOf", 0, "if", "required", ["knd"]), ["/form/allOf/0/if/required/0"]),
        (put("allOf", 0, "if", "properties", {"knd": {}}), ["/form/allOf/0/if/properties/knd"]),
        (put("allOf", 0, "then", "required", ["contrct"]), ["/form/allOf/0/then/required/0"]),
        (put("allOf", 0, "then", "properties", {"lease": {"x-title": TITLE}}), ["/form/additionalProperties"]),
        (put("properties", "people", "items", "required", ["kind"]), [f"{FIELDS}/people/items/required/0"]),
        (put("properties", "contract", "type", "object"), [f"{FIELDS}/contract/type"]),
        (put("properties", "contract", "x-file", {"types": ["image/jpeg"]}), [f"{FIELDS}/contract/x-file"]),
        (put("properties", "contract", "x-file", "types", []), [f"{FIELDS}/contract/x-file/types"]),
        (put("properties", "contract", "x-file", "types", ["image/svg+xml"]), [f"{FIELDS}/contract/x-file/types"]),
        (put("properties", "contract", "x-file", "max_bytes", 0), [f"{FIELDS}/contract/x-file/max_bytes"]),
        (put("properties", "contract", "x-file", "max_bytes", 10485761), [f"{FIELDS}/contract/x-file/max_bytes"]),
        (put("properties", "contract", "x-file", "max_bytes", True), [f"{FIELDS}/contract/x-file/max_bytes"]),
        (put("properties", "kind", "x-file", FILE["x-file"]), [f"{FIELDS}/kind/x-file"]),
        (put("allOf", 0, "if", "properties", "contract", FILE), ["/form/allOf/0/if/properties/contract"]),
        (put("anyOf", [{"properties": {"contract": FILE}}]), ["/form/anyOf/0/properties/contract"]),
        (put("properties", "kind", "pattern", "(?=a)"), [f"{FIELDS}/kind/pattern"]),
        (put("properties", "kind", "$ref", "#"), [f"{FIELDS}/kind/$ref"]),
        (put("$schema", "http://json-schema.org/draft-07/schema#"), ["/form/$schema"]),
        (put("properties", "kind", "type", "colour"), [f"{FIELDS}/kind/type"]),
        (put("properties", "kind", "const", float("nan")), [f"{FIELDS}/kind/const"]),
    ],
)  # fmt: skip
def test_a_fault_is_named_with_its_place(change, pointers):
    assert changed(change) == pointers


def test_a_field_that_only_a_condition_asks_for_needs_its_title_there():
    form = {
        "type": "object",
        "unevaluatedProperties": False,
        "properties": {"kind": {"type": "string", "x-title": TITLE}},
        "if": {"required": ["kind"]},
        "then": {"properties": {"lease": {"type": "string"}}},
    }

    assert [fault.pointer for fault in faults(form)] == ["/form/then/properties/lease/x-title"]
    form["then"]["properties"]["lease"]["x-title"] = TITLE
    assert faults(form) == []


def test_a_form_of_many_choices_is_judged_soon():
    form = copy.deepcopy(FORM)
    names = [f"c{number}" for number in range(10_000)]
    form["properties"]["kind"] |= {"enum": names, "x-enum-titles": dict.fromkeys(names, TITLE)}
    begun = time.thread_time()

    assert faults(form) == []

    assert time.thread_time() - begun < 2


def test_every_list_of_files_is_found():
    form = copy.deepcopy(FORM)
    form["properties"]["photos"] = {
        "type": "array",
        "x-title": TITLE,
        "items": {key: FILE[key] for key in ("type", "format", "x-file")},
    }

    assert faults(form) == []
    told = FormValidator(form).files(
        {"kind": "own", "photos": ["11111111-1111-4111-8111-111111111111"]}
    )
    assert [each.pointer for each in told] == ["/form/photos/0"]


def test_a_list_of_files_says_its_limits_too():
    form = copy.deepcopy(FORM)
    form["properties"]["photos"] = {
        "type": "array",
        "x-title": TITLE,
        "items": {"type": "string", "format": "panjareh-file"},
    }

    assert [fault.pointer for fault in faults(form)] == ["/form/properties/photos/items/x-file"]


def test_what_a_fault_says_is_there_in_persian():
    said = [fault for change in _every_change() for fault in change]

    assert len({fault.message for fault in said}) > 25
    assert [fault.message for fault in said if told(fault, "fa") == fault.detail] == []


def _every_change():
    marks = test_a_fault_is_named_with_its_place.pytestmark
    for change, _ in marks[0].args[1]:
        form = copy.deepcopy(FORM)
        change(form)
        yield faults(form)
    yield faults([])
    yield faults({"x": [[]] * 60_000})
    yield faults({"allOf": [{}] * 3_000})
    deep = {}
    for _ in range(40):
        deep = {"not": deep}
    yield faults(deep)
    yield faults({1: 2})
    yield faults({"required": [{}]})
    yield faults({"properties": {"a": {"$schema": "x"}}})
    yield faults({"patternProperties": {"a": {}}, "unevaluatedProperties": False})
