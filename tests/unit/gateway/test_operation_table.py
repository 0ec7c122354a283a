"""The public API is one table: every row is served, described, and asks a service for something it offers."""

import re
import warnings

import pytest
import yaml
from openapi_spec_validator import validate
from tests.inventory import ROOT

from panjareh_gateway.api.table import OPERATIONS
from panjareh_gateway.openapi import _TAGS, document
from panjareh_gateway.operations import Line

DESCRIBED = document(OPERATIONS)


@pytest.fixture(scope="module")
def doors():
    path = ROOT / "docs" / "contracts" / "asyncapi.yaml"
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def test_the_description_is_a_valid_openapi_document():
    validate(DESCRIBED)


def test_the_description_that_is_served_is_the_one_of_the_table(http):
    assert http.get("/api/v1/openapi.json").json() == DESCRIBED


def test_every_row_is_described_and_nothing_else_is():
    described = {
        (method.upper(), path) for path, methods in DESCRIBED["paths"].items() for method in methods
    }

    assert described == {(operation.method, operation.path) for operation in OPERATIONS}
    assert len(described) == len(OPERATIONS)


def test_every_shape_has_a_name_of_its_own():
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message="Multiple schemas resolved to the name")

        assert document(OPERATIONS) == DESCRIBED


def test_every_operation_has_a_name_of_its_own():
    names = [operation.id for operation in OPERATIONS]

    assert len(names) == len(set(names))


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.id)
def test_every_row_says_what_it_does(operation):
    described = DESCRIBED["paths"][operation.path][operation.method.lower()]

    assert described["operationId"] == operation.id
    assert described["summary"] == operation.summary
    assert described["tags"] == [operation.tag]
    assert operation.tag in _TAGS
    assert "default" in described["responses"]
    assert set(described["responses"]) - {"default"} == {str(s) for s in operation.successes}
    assert ("requestBody" in described) is (operation.body is not None)
    keys = [p for p in described["parameters"] if p["name"] == "Idempotency-Key"]
    assert bool(keys) is operation.keyed


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.id)
def test_every_place_in_a_path_is_described(operation):
    described = DESCRIBED["paths"][operation.path][operation.method.lower()]
    places = set(re.findall(r"{(\w+)}", operation.path))

    assert {p["name"] for p in described["parameters"] if p["in"] == "path"} == places


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.id)
def test_every_row_asks_for_what_its_service_offers(operation, doors):
    call = doors["operations"][f"{operation.service}.{operation.call}"]
    takes = doors["components"]["schemas"][f"{operation.service}.{operation.call}.takes"]
    sent = set(re.findall(r"{(\w+)}", operation.path)) | (
        {"window"} if operation.told_window else set()
    )
    for schema in filter(None, (operation.body, operation.query)):
        sent |= set(schema().fields)
    sent -= set(operation.keeps)  # of these the service is not told
    if operation.line is Line.LOOK:
        sent = set()  # the gateway answers out of what it was told for all

    assert set(takes.get("required", [])) <= sent
    assert sent <= set(takes.get("properties", {})), "a strict service would refuse this"
    open_to_all = operation.access.value == "open"
    wanted = {"gateway"} if open_to_all else {"person", "representative", "officer"}
    assert wanted & set(call["x-callers"])


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.id)
def test_every_row_describes_what_its_service_answers(operation, doors):
    gives = doors["components"]["schemas"].get(f"{operation.service}.{operation.call}.gives")
    made_here = operation.makes or operation.line is Line.LOOK
    if operation.gives is None or gives is None or made_here:
        return
    answered = set(gives["properties"])

    assert set(operation.gives().fields) == answered


def test_agencies_have_an_address_of_their_own():
    for operation in OPERATIONS:
        assert (operation.tag == "agency") is operation.path.startswith("/agency/v1/")


def _patterns(node):
    if isinstance(node, dict):
        if isinstance(node.get("pattern"), str):
            yield node["pattern"]
        for inner in node.values():
            yield from _patterns(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from _patterns(inner)


def test_patterns_are_written_so_that_other_languages_read_them():
    patterns = set(_patterns(DESCRIBED))

    assert patterns
    for pattern in patterns:
        assert not re.search(r"\\[AZz]|\(\?P<", pattern), pattern
        assert pattern.startswith("^")
        assert pattern.endswith("$")
