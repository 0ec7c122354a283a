"""The contracts in docs/ say what the code does, and are whole in themselves."""

import json
import subprocess
import sys

import pytest
import yaml
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from panjareh_common.settings import SERVICES
from tests.contract.public_events import ALL, sample
from tests.inventory import ROOT, subscriptions

CONTRACTS = ROOT / "docs" / "contracts"


@pytest.fixture(scope="module")
def asyncapi():
    return yaml.safe_load((CONTRACTS / "asyncapi.yaml").read_text(encoding="utf-8"))


def test_the_contracts_are_as_the_code_says():
    checked = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "generate_contracts.py"), "--check"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert checked.returncode == 0, checked.stderr


def test_the_public_api_is_a_valid_openapi_document():
    validate(json.loads((CONTRACTS / "openapi.json").read_text(encoding="utf-8")))


def _references(node):
    if isinstance(node, dict):
        for name, inner in node.items():
            if name == "$ref":
                yield inner
            else:
                yield from _references(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from _references(inner)


def test_every_reference_leads_somewhere(asyncapi):
    for reference in set(_references(asyncapi)):
        node = asyncapi
        for step in reference.removeprefix("#/").split("/"):
            node = node[step]


def test_every_schema_is_one(asyncapi):
    for schema in asyncapi["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)
    for message in asyncapi["components"]["messages"].values():
        Draft202012Validator.check_schema(message["payload"])


def test_every_call_has_an_answer_and_says_who_may(asyncapi):
    calls = {name: op for name, op in asyncapi["operations"].items() if "reply" in op}

    assert {"requests.submit", "identity.sign_in", "inquiry.ask"} <= set(calls)
    for name, call in calls.items():
        assert call["action"] == "receive"
        assert call["channel"] == {"$ref": f"#/channels/{name}"}
        assert call["reply"]["channel"] == {"$ref": f"#/channels/{name}.answer"}
        people = {"person", "representative", "officer", "agency"}
        assert set(call["x-callers"]) <= {*people, "gateway", *SERVICES}
        assert call["x-callers"], name
    for service in SERVICES:
        assert f"{service}.ping" in calls


@pytest.mark.parametrize("type_", ALL)
def test_every_event_has_its_channel_and_a_sample_that_fits(asyncapi, type_):
    message = asyncapi["components"]["messages"][type_]

    [example] = message["examples"]
    Draft202012Validator(message["payload"]).validate(example["payload"])
    assert example["payload"]["id"] == sample(type_).id
    assert asyncapi["operations"][f"{ALL[type_]}.publishes.{type_}"]["action"] == "send"


def test_every_listener_is_described(asyncapi):
    for service in SERVICES:
        for subscription in subscriptions(service):
            for type_ in subscription.types:
                operation = asyncapi["operations"][f"{subscription.name}.{type_}"]
                assert operation["channel"] == {"$ref": f"#/channels/{type_}"}
