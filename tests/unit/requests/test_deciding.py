"""Rules of any format decide about a request, and what is kept is enough to decide it again."""

import json
from datetime import timedelta
from uuid import uuid4

import pytest

from panjareh_common.assurance import AssuranceLevel
from panjareh_common.rules import RulesInvalid, read_rules
from panjareh_common.testing.aggregates import AT, given, then
from panjareh_requests.application.deciding import RulesInUse
from panjareh_requests.domain.service_request import ServiceRequest
from panjareh_requests.domain.values import Decision, DecisionMode, Outcome, ServiceTerms

TEXT = {"fa": "متن", "en": "text"}
FORMAT_1 = {
    "version": 4,
    "law": TEXT,
    "rows": [
        {"id": "poor", "when": {"income.decile": {"le": 3}}, "outcome": "granted", "reason": TEXT}
    ],
}
FORMAT_2 = {
    "format": 2,
    "version": 5,
    "law": TEXT,
    "inputs": {
        "civil.birth_date": {"type": "date", "title": TEXT},
        "request.submitted_on": {"type": "date", "title": TEXT},
    },
    "derived": {
        "age": {
            "cel": "years_between(civil.birth_date, request.submitted_on)",
            "type": "integer",
            "title": TEXT,
        }
    },
    "rows": [
        {"id": "young", "when": {"age": {"lt": 18}}, "outcome": "refused", "reason": TEXT},
        {"id": "grown", "when": {"age": {"ge": 18}}, "outcome": "granted", "reason": TEXT},
    ],
    "tests": [{"title": TEXT, "given": {}, "then": {"outcome": "officers"}}],
}


def terms(rules, version=2):
    return ServiceTerms(
        code="DOG-001",
        version=version,
        authority="municipality",
        name=TEXT,
        required_assurance=AssuranceLevel.LOW,
        decision_mode=DecisionMode.RULES,
        evidence=("civil",),
        form={},
        time_limit_days=10,
        rules=rules,
    )


def a_request(**facts):
    history = [
        (
            ServiceRequest.Submitted,
            {
                "applicant_id": uuid4(),
                "reference": "123456789010",
                "service_code": "DOG-001",
                "service_version": 2,
                "authority": "municipality",
                "assurance": 3,
                "decision_mode": "rules",
                "evidence_needed": ["civil"],
                "channel": "web",
                "promised_by": AT + timedelta(days=10),
                "form": {},
            },
        ),
        (
            ServiceRequest.EvidenceReceived,
            {"evidence_type": "civil", "inquiry_id": uuid4(), "facts": facts},
        ),
    ]
    return given(ServiceRequest, *history)


def test_format_1_decides_as_it_always_did():
    decision = RulesInUse().decide(terms(FORMAT_1), {"income.decile": 3, "applicant.loa": 3})

    assert decision == Decision(
        Outcome.GRANTED,
        TEXT,
        {
            "version": 4,
            "hash": read_rules(FORMAT_1).hash,
            "row": "poor",
            "matched": ["poor"],
            "law": TEXT,
        },
        {"income.decile": 3},
    )


def test_format_2_keeps_the_derived_values_beside_what_it_looked_at():
    request = a_request(birth_date="2008-03-20", alive=True)

    decision = RulesInUse().decide(terms(FORMAT_2), request.decision_inputs())

    assert (decision.outcome, decision.rules["row"]) == (Outcome.GRANTED, "grown")
    assert decision.inputs == {
        "civil.birth_date": "2008-03-20",  # 1 Farvardin 1387
        "request.submitted_on": "2026-03-21",
        "age": 18,
    }


def test_a_decision_is_decided_again_from_its_event_alone():
    request = a_request(birth_date="2010-05-05")
    request.decide_by_rules(RulesInUse().decide(terms(FORMAT_2), request.decision_inputs()), AT)
    event = dict(then(request))[ServiceRequest.Decided]
    stored = json.loads(json.dumps({name: event[name] for name in ("outcome", "rules", "inputs")}))

    again = RulesInUse().decide(terms(FORMAT_2), stored["inputs"])

    assert (again.outcome, again.rules) == (stored["outcome"], stored["rules"])
    assert again.inputs == stored["inputs"]


def test_waiting_for_an_answer_makes_nobody_older():
    request = a_request(birth_date="2008-03-21")  # eighteen on the day after the submission

    decision = RulesInUse().decide(terms(FORMAT_2), request.decision_inputs())

    assert (decision.outcome, decision.inputs["age"]) == (Outcome.REFUSED, 17)


@pytest.mark.parametrize(
    ("facts", "because"),
    [({}, "values_not_known"), ({"birth_date": "1990"}, "values_not_known")],
)
def test_what_is_not_known_goes_to_an_officer_with_the_reason(facts, because):
    request = a_request(**facts)

    decision = RulesInUse().decide(terms(FORMAT_2), request.decision_inputs())
    request.send_to_officers(decision, AT)

    assert then(request) == [(ServiceRequest.SentToOfficers, {"because": because})]


def test_rules_of_a_later_release_are_not_guessed_at():
    with pytest.raises(RulesInvalid):
        RulesInUse().decide(terms(FORMAT_2 | {"format": 3}), {})


def test_two_versions_of_a_service_decide_each_by_its_own_rules():
    rules = RulesInUse()

    first = rules.decide(terms(FORMAT_1, version=1), {"income.decile": 1})
    second = rules.decide(terms(FORMAT_2, version=2), {"income.decile": 1})

    assert first.rules["version"] == 4
    assert second == "values_not_known"
