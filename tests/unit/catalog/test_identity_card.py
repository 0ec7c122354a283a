"""A publication is checked completely, and every fault is named with its place."""

import copy
from hashlib import sha256

import pytest
import yaml

from panjareh_catalog.adapters.card_schema import CardSchema, read_card
from panjareh_catalog.domain.checks import Known
from panjareh_sandbox.demo import services_dir

CARDS = {
    file.stem: yaml.safe_load(file.read_text(encoding="utf-8"))
    for file in sorted(services_dir().glob("*.yaml"))
}
BY_RULES, BY_OFFICERS = "INET-001", "CERT-004"
MEDIA = [sha256(file.read_bytes()).hexdigest() for file in (services_dir() / "media").iterdir()]
KNOWN = Known(
    authorities={card["authority"] for card in CARDS.values()},
    media=dict.fromkeys(MEDIA, "image"),
).with_cards(CARDS.values())
TEXT = {"fa": "متن", "en": "text"}


def a_card(code=BY_RULES):
    return copy.deepcopy(CARDS[code])


def pointers(card):
    return [fault.pointer for fault in read_card(card, KNOWN)[1]]


@pytest.mark.parametrize("code", sorted(CARDS))
def test_every_demo_service_may_be_published(code):
    assert pointers(a_card(code)) == []


@pytest.mark.parametrize(
    "field", sorted(name for name, field in CardSchema().fields.items() if field.required)
)
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
        (
            "channels",
            [{"channel": "web", "open": None, "address": "https://[::1"}],
            "/channels/0/address",
        ),
        (
            "channels",
            [{"channel": "web", "open": None, "address": "https://a.ir:99999/"}],
            "/channels/0/address",
        ),
        ("form", {"x-foo": [float("inf")]}, "/form/x-foo/0"),
        ("form", {"x-foo": 10**400}, "/form/x-foo"),
        ("rules", {"inputs": [float("nan")]}, "/rules/inputs/0"),
    ],
)
def test_a_field_of_the_wrong_shape_is_named(field, value, pointer):
    card = a_card() | {field: value}

    assert pointers(card) == [pointer]


def test_a_card_that_is_nested_without_end_is_a_fault_and_not_a_crash():
    deep = []
    for _ in range(100_000):
        deep = [deep]

    assert pointers(a_card() | {"form": deep}) == [""]


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
    "name", ["form.shoe_size", "credit.score", "passport.number", "applicant.x"]
)
def test_a_rule_looks_only_at_what_the_service_knows(name):
    card = a_card()
    card["rules"]["inputs"][name] = {"type": "integer", "title": TEXT}
    card["rules"]["rows"][3]["when"][name] = {"ge": 1}
    card["rules"]["otherwise"] = TEXT

    assert f"/rules/inputs/{name}" in pointers(card)


@pytest.mark.parametrize(
    ("name", "kind", "test"),
    [
        ("form.consent", "boolean", {"eq": True}),
        ("applicant.loa", "integer", {"ge": 2}),
        ("request.submitted_on", "date", {"ge": "2020-01-01"}),
    ],
)
def test_a_rule_may_look_at_the_form_at_assurance_and_at_the_day(name, kind, test):
    card = a_card()
    card["rules"]["inputs"][name] = {"type": kind, "title": TEXT}
    card["rules"]["rows"][0]["when"][name] = test
    card["rules"]["otherwise"] = TEXT

    assert [where for where in pointers(card) if "/tests/" not in where] == ["/rules/rows/0"]


def test_a_row_of_rules_is_complete():
    card = a_card()
    del card["rules"]["rows"][1]["reason"]

    assert pointers(card) == ["/rules/rows/1/reason"]


def test_two_rows_of_rules_do_not_share_an_id():
    card = a_card()
    card["rules"]["rows"].append(card["rules"]["rows"][0])

    assert pointers(card) == [f"/rules/rows/{len(card['rules']['rows']) - 1}/id"]


def test_rules_of_format_1_are_published_no_more():
    card = a_card()
    del card["rules"]["format"]

    assert pointers(card) == ["/rules/format"]


def test_the_form_is_a_valid_schema():
    card = a_card()
    card["form"]["properties"]["mobile_number"]["type"] = "phone"

    assert pointers(card) == ["/form/properties/mobile_number/type"]


def test_a_pattern_that_does_not_compile_is_a_fault():
    card = a_card()
    card["form"]["properties"]["mobile_number"]["pattern"] = "["

    assert pointers(card) == ["/form/properties/mobile_number/pattern"]


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

    assert pointers(card) == ["/form/properties/decile"]


def test_evidence_is_declared_once():
    card = a_card()
    card["evidence"].append(card["evidence"][0])

    assert pointers(card) == ["/evidence/3/type"]
