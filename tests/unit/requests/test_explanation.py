"""A decision is explained from its own inputs; of what was erased, and of an officer's, there is nothing to show."""

from tests.unit.requests.test_deciding import FORMAT_1, FORMAT_2, terms

from panjareh_requests.application.deciding import RulesInUse
from panjareh_requests.read_model.explanation import explained


def decided(rules, inputs):
    decision = RulesInUse().decide(terms(rules), inputs)
    return decision.rules, decision.inputs


def test_every_row_is_shown_with_what_met_it():
    rules, inputs = decided(
        FORMAT_2, {"civil.birth_date": "2000-01-01", "request.submitted_on": "2026-03-21"}
    )

    told = explained(terms(FORMAT_2), rules, inputs, "en")

    assert (told["row"], told["rules_version"]) == ("grown", 5)
    assert [(row["id"], row["fits"]) for row in told["rows"]] == [("young", False), ("grown", True)]
    assert told["rows"][1]["conditions"] == [
        {"name": "age", "holds": True, "text": "text: it must be at least 18; it is 26."}
    ]


def test_rules_of_format_1_are_explained_with_the_titles_of_the_evidence():
    rules, inputs = decided(FORMAT_1, {"income.decile": 2})

    told = explained(terms(FORMAT_1, version=1), rules, inputs, "fa")

    assert told["rows"][0]["conditions"][0]["text"] == "income.decile: باید حداکثر ۳ باشد؛ ۲ است."


def test_of_erased_inputs_only_the_row_is_left():
    rules, _ = decided(FORMAT_1, {"income.decile": 2})

    told = explained(terms(FORMAT_1), rules, None, "en")

    assert (told["row"], told["rows"]) == ("poor", [])


def test_an_officers_decision_has_no_rows():
    assert explained(terms(FORMAT_1), None, {}, "en") == {
        "row": None,
        "rules_version": None,
        "rules_hash": None,
        "rows": [],
    }
