"""Rules of format 2 fit the card that they stand in: its form, its evidence, and what may be written there."""

import copy

import pytest

from panjareh_catalog.application.telling import told
from panjareh_catalog.domain.checks import Known, rules
from panjareh_catalog.domain.known import OfferedEvidence
from panjareh_catalog.domain.values import Fault

TEXT = {"fa": "متن", "en": "text"}


def a_field(**schema):
    return {"x-title": TEXT} | schema


def a_row(name, outcome, **when):
    tests = {key.replace("__", "."): value for key, value in when.items()}
    return {"id": name, "outcome": outcome, "reason": TEXT, "when": tests}


RULES = {
    "format": 2,
    "version": 1,
    "law": TEXT,
    "inputs": {
        "form.workers": {"type": "integer", "min": 1, "max": 50, "title": TEXT},
        "income_decile.decile": {"type": "integer", "min": 1, "max": 10, "title": TEXT},
        "request.submitted_on": {"type": "date", "title": TEXT},
    },
    "derived": {
        "early": {
            "cel": "request.submitted_on < date('2030-01-01')",
            "type": "boolean",
            "title": TEXT,
        }
    },
    "rows": [
        a_row("rich", "refused", income_decile__decile={"gt": 3}),
        a_row("crowded", "refused", form__workers={"gt": 5}),
        a_row("late", "refused", early={"eq": False}),
        a_row(
            "fine",
            "granted",
            income_decile__decile={"le": 3},
            form__workers={"le": 5},
            early={"eq": True},
        ),
    ],
    "tests": [
        {"title": TEXT, "given": given, "then": {"outcome": outcome, "row": row}}
        for given, outcome, row in (
            ({"income_decile.decile": 4}, "refused", "rich"),
            ({"form.workers": 6}, "refused", "crowded"),
            ({"request.submitted_on": "2031-01-01"}, "refused", "late"),
            (
                {
                    "income_decile.decile": 1,
                    "form.workers": 1,
                    "request.submitted_on": "2026-01-01",
                },
                "granted",
                "fine",
            ),
        )
    ],
}
CARD = {
    "decision_mode": "rules",
    "evidence": [{"type": "income_decile", "title": TEXT, "purpose": TEXT}],
    "form": {
        "type": "object",
        "additionalProperties": False,
        "properties": {"workers": a_field(type="integer", minimum=1, maximum=50)},
    },
    "rules": RULES,
}
DECILE = OfferedEvidence("income_decile", "welfare", TEXT, {"decile": TEXT})
KNOWN = Known(evidence={"income_decile": DECILE})


def faults(change=None, known=KNOWN):
    card = copy.deepcopy(CARD)
    if change:
        change(card)
    return list(rules.faults(card, known))


def pointers(change=None, known=KNOWN):
    return [fault.pointer for fault in faults(change, known)]


def form_field(**schema):
    return lambda card: card["form"]["properties"].update(workers=a_field(**schema))


def test_rules_that_fit_their_card_have_no_fault():
    assert pointers() == []
    assert pointers(known=Known()) == [], (
        "of evidence that is not known yet, facts are taken as said"
    )


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        (lambda card: card["evidence"].clear(), "/rules/inputs/income_decile.decile"),
        (lambda card: card["form"]["properties"].clear(), "/rules/inputs/form.workers"),
        (form_field(type="number", minimum=1, maximum=50), "/rules/inputs/form.workers/type"),
        (form_field(type="string"), "/rules/inputs/form.workers/type"),
        (form_field(type="integer", minimum=0, maximum=50), "/rules/inputs/form.workers/min"),
        (form_field(type="integer", minimum=1, maximum=51), "/rules/inputs/form.workers/max"),
        (form_field(type="integer", minimum=1), "/rules/inputs/form.workers/max"),
        (lambda card: card["rules"].update(format=3), "/rules/format"),
        (lambda card: card["rules"].update(format=1), "/rules/format"),
        (lambda card: card["rules"].pop("format"), "/rules/format"),
        (lambda card: card.update(rules=None), "/rules"),
        (lambda card: card.update(decision_mode="officers"), "/rules"),
        (lambda card: card["rules"]["rows"].pop(), "/rules/rows"),
        (lambda card: card["rules"]["tests"].pop(), "/rules/rows/3"),
        (
            lambda card: card["rules"]["inputs"]["request.submitted_on"].update(type="text"),
            "/rules/derived/early/cel",
        ),
    ],
)
def test_what_does_not_fit_is_named_with_its_place(change, pointer):
    assert pointer in pointers(change)


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "integer", "exclusiveMinimum": 0, "exclusiveMaximum": 51},
        {"type": "integer", "minimum": 5, "maximum": 7},
        {"type": "integer", "enum": [1, 2]},
    ],
)
def test_a_form_may_be_narrower_than_the_rules(schema):
    assert pointers(form_field(**schema)) == []


def test_a_fact_that_the_evidence_does_not_have_is_named():
    other = OfferedEvidence("income_decile", "welfare", TEXT, {"class": TEXT})

    assert pointers(known=Known(evidence={"income_decile": other})) == [
        "/rules/inputs/income_decile.decile"
    ]


@pytest.mark.parametrize("broken", [{"enum": 1.5}, {"enum": None}, {"exclusiveMinimum": "x"}])
def test_a_field_that_is_broken_is_left_to_the_checks_of_the_form(broken):
    def change(card):
        card["form"]["properties"]["kind"] = a_field(type="integer", minimum=1, **broken)
        inputs = {"type": "integer", "enum": [1, 2], "min": 1, "title": TEXT}
        card["rules"]["inputs"]["form.kind"] = inputs
        card["rules"]["rows"][0]["when"]["form.kind"] = {"in": [1, 2]}

    assert "/rules/inputs/form.kind/type" not in pointers(change)


@pytest.mark.parametrize(
    ("schema", "pointer"),
    [
        ({"type": "string", "enum": ["a", "b", "c"]}, "/rules/inputs/form.kind/enum"),
        ({"type": "string"}, "/rules/inputs/form.kind/enum"),
        ({"type": "string", "format": "date"}, "/rules/inputs/form.kind/type"),
    ],
)
def test_choices_of_the_form_are_choices_of_the_rules(schema, pointer):
    def change(card):
        card["form"]["properties"]["kind"] = a_field(**schema)
        card["rules"]["inputs"]["form.kind"] = {"type": "text", "enum": ["a", "b"], "title": TEXT}
        card["rules"]["rows"][0]["when"]["form.kind"] = {"in": ["a", "b"]}

    assert pointer in pointers(change)


def test_a_field_that_only_a_condition_asks_for_is_a_field():
    def change(card):
        fields = card["form"]["properties"]
        card["form"]["allOf"] = [
            {"if": {}, "then": {"properties": {"workers": fields.pop("workers")}}}
        ]

    assert pointers(change) == []


def test_faults_are_told_in_persian_with_the_example():
    gap = next(fault for fault in faults(lambda card: card["rules"]["rows"].pop()))

    sentence = told(gap, "fa")

    assert sentence != gap.detail
    assert str(gap.values["example"]) in sentence


def test_a_fault_without_values_is_told_as_it_stands():
    assert told(Fault("", "Write the formula."), "fa") == "فرمول را بنویسید."
