"""What rules decided is decided again from the events before it; what comes out otherwise is named by its parts."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from tests.unit.requests.test_deciding import FORMAT_2, TEXT, terms

from panjareh_common.assurance import AssuranceLevel
from panjareh_common.rules import read_rules
from panjareh_common.testing.aggregates import AT
from panjareh_requests.application.deciding import RulesInUse
from panjareh_requests.application.replaying import Fault, History, Replay
from panjareh_requests.domain.service_request import ServiceRequest
from panjareh_requests.domain.values import Decision, DecisionMode, Outcome, ServiceTerms

TERMS = terms(FORMAT_2)


def submitted(terms: ServiceTerms = TERMS) -> ServiceRequest:
    return ServiceRequest.submit(
        request_id=uuid4(),
        applicant_id=uuid4(),
        assurance=AssuranceLevel.HIGH,
        terms=terms,
        form={"name": "Rex"},
        channel="web",
        reference="123456789010",
        at=AT,
    )


def judged(birth_date: str | None, judge: Any = None, terms: ServiceTerms = TERMS) -> list[Any]:
    """The events of a request that rules acted on; `judge` gives another decision than they would."""
    request = submitted(terms)
    facts = {} if birth_date is None else {"birth_date": birth_date}
    request.receive_evidence("civil", facts, AT + timedelta(minutes=1))
    decision = RulesInUse().judge(terms, request)
    decision = judge(decision) if judge else decision
    if isinstance(decision, str):
        request.send_to_officers(decision, AT + timedelta(minutes=2))
    else:
        request.decide_by_rules(decision, AT + timedelta(minutes=2))
    return list(request.collect_events())


def replayed(events: list[Any] | None, terms: ServiceTerms | None = TERMS) -> list[Any]:
    stream = events[0].originator_id if events else uuid4()
    return list(Replay(lambda *_: terms).of(History(stream, len(events or [1]), events)))


def changed(event: Any, **fields: Any) -> Any:
    other: Any = object.__new__(type(event))
    object.__setattr__(other, "__dict__", vars(event) | fields)
    return other


@pytest.mark.parametrize("birth_date", ["2008-03-20", "2015-01-01", None, "no date"])
def test_what_rules_did_comes_out_again(birth_date: str | None) -> None:
    (one,) = replayed(judged(birth_date))

    assert (one.fault, one.erased, one.version) == (None, False, 3)


@pytest.mark.parametrize(
    ("change", "parts"),
    [
        ({"outcome": Outcome.REFUSED}, ("outcome",)),
        ({"reason": TEXT | {"en": "another"}}, ("reason",)),
        ({"inputs": {"age": 17}}, ("inputs",)),
        ({"inputs": {"civil.birth_date": "2008-03-20", "age": 18.0}}, ("inputs",)),
    ],
)
def test_another_decision_is_named_by_the_parts_that_differ(
    change: dict[str, Any], parts: tuple[str, ...]
) -> None:
    events = judged("2008-03-20", lambda decision: replace(decision, **change))

    (one,) = replayed(events)

    assert (one.fault, one.parts) == (Fault.DECIDED_OTHERWISE, parts)


@pytest.mark.parametrize("name", ["version", "row", "matched", "law"])
def test_rules_are_compared_point_by_point(name: str) -> None:
    events = judged("2008-03-20", lambda d: replace(d, rules=d.rules | {name: "another"}))

    (one,) = replayed(events)

    assert one.parts == (f"rules.{name}",)


def test_every_row_that_fits_is_kept_and_compared() -> None:
    both = FORMAT_2 | {"rows": [*FORMAT_2["rows"], FORMAT_2["rows"][1] | {"id": "adult"}]}
    terms = replace(TERMS, rules=both)
    events = judged("2008-03-20", terms=terms)

    assert events[-1].rules["matched"] == ["grown", "adult"]
    assert [one.fault for one in replayed(events, terms)] == [None]


def test_a_decision_of_an_earlier_release_kept_the_deciding_row_only() -> None:
    *before, decided = judged("2008-03-20")
    earlier = {name: value for name, value in decided.rules.items() if name != "matched"}

    assert [one.fault for one in replayed([*before, changed(decided, rules=earlier)])] == [None]


def test_an_inquiry_that_was_not_asked_is_found() -> None:
    *before, decided = judged("2008-03-20")

    (one,) = replayed([*before, changed(decided, evidence={"civil": str(uuid4())})])

    assert one.parts == ("evidence",)


def test_an_officer_who_got_what_rules_could_decide_is_found() -> None:
    (one,) = replayed(judged("2008-03-20", lambda _: "no_rule_matched"))

    assert one.fault is Fault.DECIDED_OTHERWISE
    assert one.parts[:2] == ("because", "outcome")


def test_a_decision_where_rules_know_nothing_is_found() -> None:
    granted = RulesInUse().decide(
        TERMS, {"civil.birth_date": "1990-01-01", "request.submitted_on": "2026-03-21"}
    )
    (one,) = replayed(judged(None, lambda _: granted))

    assert one.fault is Fault.DECIDED_OTHERWISE


def test_facts_that_were_changed_before_the_decision_are_found() -> None:
    first, received, decided = judged("2008-03-20")

    (one,) = replayed([first, changed(received, facts={"birth_date": "2012-03-20"}), decided])

    assert one.fault is Fault.DECIDED_OTHERWISE
    assert set(one.parts) >= {"outcome", "inputs"}


def test_rules_that_decided_too_early_are_found() -> None:
    first, _, decided = judged("2008-03-20")

    (one,) = replayed([first, changed(decided, originator_version=2)])

    assert one.fault is Fault.NOT_WAITING


def test_rules_that_are_not_the_ones_that_decided_are_told_before_what_they_say() -> None:
    other = FORMAT_2 | {"law": TEXT | {"en": "another law"}}

    (one,) = replayed(judged("2008-03-20"), replace(TERMS, rules=other))

    assert (one.fault, one.parts) == (Fault.RULES_CHANGED, ())


@pytest.mark.parametrize(
    ("terms", "fault"),
    [
        (None, Fault.TERMS_MISSING),
        (replace(TERMS, rules=FORMAT_2 | {"format": 9}), Fault.RULES_UNREADABLE),
        (replace(TERMS, rules=None), Fault.RULES_UNREADABLE),
    ],
)
def test_what_cannot_be_decided_again_is_no_success(
    terms: ServiceTerms | None, fault: Fault
) -> None:
    assert [one.fault for one in replayed(judged("2008-03-20"), terms)] == [fault]


def test_a_broken_history_is_told_once() -> None:
    assert [one.fault for one in replayed(None)] == [Fault.HISTORY_BROKEN]


def erased(events: list[Any]) -> list[Any]:
    """As they are read after the person's key was destroyed."""
    gone = ("form", "facts", "reason", "inputs")
    return [changed(e, **{name: None for name in gone if hasattr(e, name)}) for e in events]


def test_of_the_erased_the_row_that_is_named_must_say_what_was_decided() -> None:
    (one,) = replayed(erased(judged("2008-03-20")))
    (other,) = replayed(erased(judged("2008-03-20", lambda d: replace(d, outcome=Outcome.REFUSED))))

    assert (one.fault, one.erased) == (None, True)
    assert (other.fault, other.erased, other.parts) == (
        Fault.DECIDED_OTHERWISE,
        True,
        ("outcome",),
    )


def test_of_the_erased_a_row_that_there_is_not_is_found() -> None:
    events = judged("2008-03-20", lambda d: replace(d, rules=d.rules | {"row": "invented"}))

    (one,) = replayed(erased(events))

    assert one.parts == ("rules.row",)


def test_the_erased_who_were_sent_to_officers_are_counted_apart() -> None:
    assert [(one.fault, one.erased) for one in replayed(erased(judged(None)))] == [(None, True)]


def test_what_officers_decide_by_law_is_no_decision_of_rules() -> None:
    terms = replace(TERMS, decision_mode=DecisionMode.OFFICERS, rules=None)

    assert replayed(judged("2008-03-20", terms=terms), terms) == []


def test_format_1_is_replayed_as_it_was_written() -> None:
    rules = {
        "version": 4,
        "law": TEXT,
        "rows": [{"id": "all", "when": {}, "outcome": "granted", "reason": TEXT}],
    }
    terms = replace(TERMS, rules=rules)
    events = judged("2008-03-20", terms=terms)

    assert [one.fault for one in replayed(events, terms)] == [None]
    assert [one.fault for one in replayed(erased(events), terms)] == [None]
    assert json.dumps(events[-1].rules["hash"]) == json.dumps(read_rules(rules).hash)


def test_another_decision_of_the_same_outcome_is_another_decision() -> None:
    decision = Decision(Outcome.GRANTED, TEXT, {"version": 1, "hash": "x", "row": "grown"}, {})

    (one,) = replayed(judged("2008-03-20", lambda _: decision))

    assert one.fault is Fault.RULES_CHANGED
