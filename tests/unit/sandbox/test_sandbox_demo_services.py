import re

import pytest
import yaml
from jsonschema import Draft202012Validator

from panjareh_sandbox.demo import authorities_file, providers_file, services_dir

CARDS = {
    file.stem: yaml.safe_load(file.read_text(encoding="utf-8"))
    for file in sorted(services_dir().glob("*.yaml"))
}
# fmt: off
REQUIRED = {
    "code", "authority", "name", "description", "life_events", "audience", "required_loa",
    "decision_mode", "time_limit_days", "fee", "hours", "channels", "steps", "form",
    "evidence", "output", "appeal", "legal_basis",
}
# fmt: on
OPERATORS = {"eq", "ne", "lt", "le", "gt", "ge", "in", "not_in"}
PERSIAN = re.compile("[\u0600-\u06ff]")
ARABIC_LETTERS = re.compile("[يكة]")  # Arabic forms that a Persian text must not contain


def _fact_schemas():
    providers = yaml.safe_load(providers_file().read_text(encoding="utf-8"))["providers"]
    return {
        row["name"]: row["schema"] for provider in providers for row in provider["evidence_types"]
    }


FACT_SCHEMAS = _fact_schemas()


@pytest.fixture(params=sorted(CARDS))
def card(request):
    return CARDS[request.param]


def _bilinguals(node):
    """Every mapping that has a text in a language."""
    if isinstance(node, dict):
        if {"fa", "en"} & set(node):
            yield node
        else:
            for child in node.values():
                yield from _bilinguals(child)
    elif isinstance(node, list):
        for child in node:
            yield from _bilinguals(child)


def test_the_catalogue_has_the_six_demo_services():
    assert sorted(CARDS) == ["BIZ-005", "CERT-004", "DRV-002", "INET-001", "MUN-010", "SUB-003"]


def test_an_identity_card_is_complete_and_says_nothing_unknown(card):
    expected = REQUIRED | ({"rules"} if card["decision_mode"] == "rules" else set())

    assert set(card) == expected


def test_an_identity_card_keeps_to_the_words_of_the_catalogue(card):
    authorities = yaml.safe_load(authorities_file().read_text(encoding="utf-8"))["authorities"]

    assert re.fullmatch(r"[A-Z]{2,8}-[0-9]{3}", card["code"])
    assert CARDS[card["code"]] is card  # the file is named after the code
    assert card["authority"] in {row["code"] for row in authorities}
    assert card["decision_mode"] in {"rules", "officers"}
    assert card["audience"] == "persons"
    assert card["required_loa"] in {1, 2, 3, 4}
    assert card["time_limit_days"] > 0
    assert set(card["channels"]) <= {"web", "mobile", "counter", "post", "email", "phone"}
    assert card["fee"]["currency"] == "IRR" and card["fee"]["amount"] >= 0
    assert card["output"]["valid_days"] > 0
    assert card["steps"] and all(step["minutes"] > 0 for step in card["steps"])


def test_every_text_is_there_in_both_languages(card):
    texts = list(_bilinguals(card))

    assert len(texts) > 10
    for text in texts:
        assert set(text) - {"minutes"} == {"fa", "en"}
        assert PERSIAN.search(text["fa"]) and not ARABIC_LETTERS.search(text["fa"])
        assert text["en"].strip() and not PERSIAN.search(text["en"])


def test_a_form_is_a_closed_schema_whose_fields_have_titles(card):
    form = card["form"]

    Draft202012Validator.check_schema(form)
    assert form["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert form["additionalProperties"] is False
    assert set(form["required"]) == set(form["properties"])
    for field in form["properties"].values():
        assert set(field["x-title"]) == {"fa", "en"}
        assert set(field.get("enum", [])) == set(field.get("x-enum-titles", {}))


def test_evidence_is_asked_only_of_authorities_that_hold_it(card):
    types = [row["type"] for row in card["evidence"]]

    assert set(types) <= set(FACT_SCHEMAS)
    assert len(set(types)) == len(types)


def _schema_of(key, card):
    where, name = key.split(".")
    if where == "form":
        return card["form"]["properties"][name]
    if where == "applicant":
        assert name == "loa"
        return {"type": "integer"}
    assert where in {row["type"] for row in card["evidence"]}, f"{where} is not asked for"
    return FACT_SCHEMAS[where]["properties"][name]


def test_a_rule_speaks_only_of_what_is_declared_and_gives_its_reason(card):
    rows = card.get("rules", {"rows": []})["rows"]

    assert len({row["id"] for row in rows}) == len(rows)
    for row in rows:
        assert row["outcome"] in {"granted", "refused"}
        assert set(row["reason"]) == {"fa", "en"}
        for key, condition in row["when"].items():
            schema = _schema_of(key, card)
            assert set(condition) <= OPERATORS
            for operator, value in condition.items():
                values = value if operator in {"in", "not_in"} else [value]
                for one in values:
                    Draft202012Validator(schema).validate(one)


def _decide(card, inputs):
    """The first row whose conditions all hold; a missing fact holds no condition."""
    holds = {
        "eq": lambda a, b: a == b,
        "gt": lambda a, b: a > b,
        "le": lambda a, b: a <= b,
        "in": lambda a, b: a in b,
    }
    for row in card["rules"]["rows"]:
        if all(
            key in inputs and holds[operator](inputs[key], value)
            for key, condition in row["when"].items()
            for operator, value in condition.items()
        ):
            return row["id"]
    return None


@pytest.mark.parametrize(
    ("alive", "decile", "plan", "row"),
    [
        (True, 2, "none", "eligible"),
        (True, 3, "basic", "eligible"),
        (True, 4, "none", "income_too_high"),
        (True, 1, "full", "has_full_plan"),
        (False, 2, "none", "deceased"),
    ],
)
def test_free_internet_goes_to_living_people_of_three_deciles_without_a_full_plan(
    alive, decile, plan, row
):
    inputs = {
        "civil_identity.alive": alive,
        "income_decile.decile": decile,
        "mobile_line.data_plan": plan,
    }

    assert _decide(CARDS["INET-001"], inputs) == row


def test_a_missing_fact_never_grants_free_internet():
    inputs = {"civil_identity.alive": True, "mobile_line.data_plan": "none"}

    assert _decide(CARDS["INET-001"], inputs) is None


@pytest.mark.parametrize(("decile", "row"), [(5, "eligible"), (6, "income_too_high")])
def test_the_subsidy_goes_to_five_deciles(decile, row):
    inputs = {"civil_identity.alive": True, "income_decile.decile": decile}

    assert _decide(CARDS["SUB-003"], inputs) == row


@pytest.mark.parametrize(
    ("activity", "workers", "area", "training", "row"),
    [
        ("sewing", 2, 20, False, "eligible"),
        ("food", 2, 20, True, "eligible"),
        ("food", 2, 20, False, "food_without_training"),
        ("sewing", 6, 20, False, "too_many_workers"),
        ("sewing", 5, 101, False, "too_large"),
    ],
)
def test_a_home_business_is_decided_from_the_form_alone(activity, workers, area, training, row):
    inputs = {
        "form.activity": activity,
        "form.workers": workers,
        "form.floor_area_m2": area,
        "form.hygiene_training": training,
    }

    assert _decide(CARDS["BIZ-005"], inputs) == row
