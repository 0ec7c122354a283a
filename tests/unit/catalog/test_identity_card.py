"""A publication is checked completely, and every fault is named with its place."""

import copy

import pytest
import yaml

from panjareh_catalog.adapters.card_schema import CardSchema, shape_faults
from panjareh_catalog.domain.card import faults_of
from panjareh_sandbox.demo import services_dir

CARDS = {
    file.stem: yaml.safe_load(file.read_text(encoding="utf-8"))
    for file in sorted(services_dir().glob("*.yaml"))
}
BY_RULES, BY_OFFICERS = "INET-001", "CERT-004"
TEXT = {"fa": "متن", "en": "text"}


def a_card(code=BY_RULES):
    return copy.deepcopy(CARDS[code])


def pointers(card):
    return [fault.pointer for fault in shape_faults(CardSchema(), card) or faults_of(card)]


@pytest.mark.parametrize("code", sorted(CARDS))
def test_every_demo_service_may_be_published(code):
    assert pointers(a_card(code)) == []


@pytest.mark.parametrize("field", sorted(set(CARDS[BY_RULES]) - {"rules", "output"}))
def test_a_missing_field_is_named(field):
    card = a_card()
    del card[field]

    assert pointers(card) == [f"/{field}"]


@pytest.mark.parametrize(
    ("field", "value", "pointer"),
    [
        ("code", "inet-1", "/code"),
        ("authority", "Ministry of Silly Walks", "/authority"),
        ("name", {"fa": "نام"}, "/name/en"),
        ("description", {"fa": " ", "en": "text"}, "/description/fa"),
        ("required_loa", 5, "/required_loa"),
        ("required_loa", True, "/required_loa"),
        ("required_loa", "2", "/required_loa"),
        ("decision_mode", "dice", "/decision_mode"),
        ("time_limit_days", 0, "/time_limit_days"),
        ("fee", {"amount": -1, "currency": "IRR"}, "/fee/amount"),
        ("fee", {"amount": 1, "currency": "USD"}, "/fee/currency"),
        ("channels", [], "/channels"),
        ("channels", ["web", "web"], "/channels"),
        ("channels", ["pigeon"], "/channels/0"),
        ("life_events", ["Low Income"], "/life_events/0"),
        ("steps", [TEXT | {"minutes": 0}], "/steps/0/minutes"),
        (
            "evidence",
            [{"type": "civil_identity", "title": {"fa": "الف", "en": "a"}}],
            "/evidence/0/purpose",
        ),
        ("output", {"kind": "x", "title": TEXT, "valid_days": 0}, "/output/valid_days"),
        ("colour", "blue", "/colour"),
    ],
)
def test_a_field_of_the_wrong_shape_is_named(field, value, pointer):
    card = a_card() | {field: value}

    assert pointers(card) == [pointer]


def test_all_faults_are_named_at_once():
    card = a_card() | {"required_loa": 9, "audience": "cats"}
    del card["appeal"]

    assert sorted(pointers(card)) == ["/appeal", "/audience", "/required_loa"]


def test_where_rules_decide_the_rules_are_owed():
    card = a_card(BY_RULES)
    del card["rules"]

    assert pointers(card) == ["/rules"]


def test_where_officers_decide_there_are_no_rules():
    card = a_card(BY_OFFICERS) | {"rules": CARDS[BY_RULES]["rules"]}

    assert pointers(card) == ["/rules"]


@pytest.mark.parametrize(
    "name", ["form.shoe_size", "credit.score", "civil_identity", "applicant.x"]
)
def test_a_rule_looks_only_at_what_the_service_knows(name):
    card = a_card()
    card["rules"]["rows"][0]["when"] = {name: {"eq": 1}}

    assert pointers(card) == ["/rules/rows"]


@pytest.mark.parametrize("name", ["form.consent", "income_decile.decile", "applicant.loa"])
def test_a_rule_may_look_at_the_form_at_evidence_and_at_assurance(name):
    card = a_card()
    card["rules"]["rows"][0]["when"] = {name: {"eq": 1}}

    assert pointers(card) == []


def test_a_rule_with_an_unknown_operator_is_a_fault():
    card = a_card()
    card["rules"]["rows"][0]["when"] = {"form.consent": {"almost": True}}

    assert pointers(card) == ["/rules/rows"]


def test_a_rule_that_names_several_values_lists_them():
    card = a_card()
    card["rules"]["rows"][0]["when"] = {"mobile_line.data_plan": {"in": 5}}

    assert pointers(card) == ["/rules/rows/0/when/mobile_line.data_plan/in"]


def test_a_row_of_rules_is_complete():
    card = a_card()
    del card["rules"]["rows"][1]["reason"]

    assert pointers(card) == ["/rules/rows/1/reason"]


def test_two_rows_of_rules_do_not_share_an_id():
    card = a_card()
    card["rules"]["rows"].append(card["rules"]["rows"][0])

    assert pointers(card) == [f"/rules/rows/{len(card['rules']['rows']) - 1}/id"]


def test_the_form_is_a_valid_schema():
    card = a_card()
    card["form"]["properties"]["mobile_number"]["type"] = "phone"

    assert pointers(card) == ["/form"]


def test_a_pattern_that_does_not_compile_is_a_fault():
    card = a_card()
    card["form"]["properties"]["mobile_number"]["pattern"] = "["

    assert pointers(card) == ["/form"]


def test_the_form_takes_nothing_that_it_does_not_ask_for():
    card = a_card()
    del card["form"]["additionalProperties"]

    assert pointers(card) == ["/form"]


def test_the_form_points_nowhere_else():
    card = a_card()
    card["form"]["properties"]["mobile_number"]["$ref"] = "https://example.org/phone.json"

    assert pointers(card) == ["/form/properties/mobile_number/$ref"]


def test_every_field_of_the_form_has_a_title_in_both_languages():
    card = a_card()
    del card["form"]["properties"]["consent"]["x-title"]["en"]

    assert pointers(card) == ["/form/properties/consent/x-title"]


def test_a_required_field_is_among_the_fields():
    card = a_card()
    card["form"]["required"].append("shoe_size")

    assert pointers(card) == ["/form/required/2"]


def test_the_form_does_not_ask_for_what_evidence_gives():
    card = a_card()
    decile = {"type": "integer", "x-title": TEXT, "x-evidence": "income_decile"}
    card["form"]["properties"]["decile"] = decile

    assert pointers(card) == ["/form/properties/decile/x-evidence"]


def test_evidence_is_declared_once():
    card = a_card()
    card["evidence"].append(card["evidence"][0])

    assert pointers(card) == ["/evidence/3/type"]
