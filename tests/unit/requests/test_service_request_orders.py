"""Whatever comes in whatever order, however often: a request ends with exactly one decision."""

from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from panjareh_common.assurance import AssuranceLevel
from panjareh_common.refusals import Refusal
from panjareh_common.testing.aggregates import AT
from panjareh_requests.domain.service_request import ServiceRequest
from panjareh_requests.domain.values import (
    Decision,
    DecisionMode,
    Outcome,
    OutputTerms,
    RequestStatus,
    ServiceTerms,
)

NEEDED = ("income_decile", "mobile_line", "residence")
OFFICERS = (uuid4(), uuid4())
REASON = {"fa": "چون", "en": "because"}
TERMS = ServiceTerms(
    code="DOG-001",
    version=1,
    authority="municipality",
    name={},
    required_assurance=AssuranceLevel.SELF_ASSERTED,
    decision_mode=DecisionMode.RULES,
    evidence=NEEDED,
    form={},
    time_limit_days=1,
    output=OutputTerms("certificate", {}, 1),
)
evidence = st.sampled_from([*NEEDED, "never_asked_for"])
officers = st.sampled_from(OFFICERS)
outcomes = st.sampled_from(Outcome)
happenings = st.one_of(
    st.tuples(st.just("asked"), evidence),
    st.tuples(st.just("delayed"), evidence),
    st.tuples(st.just("received"), evidence),
    st.tuples(st.just("missing"), evidence),
    st.tuples(st.just("rules"), outcomes),
    st.tuples(st.just("to_officers"), st.none()),
    st.tuples(st.just("review"), officers),
    st.tuples(st.just("officer"), officers, outcomes, st.sampled_from(["", "a reason"])),
    st.tuples(st.just("issue"), st.none()),
    st.tuples(st.just("replay"), st.none()),
)


def happen(request, what, *how):
    match what:
        case "asked":
            request.evidence_asked(how[0], AT)
        case "delayed":
            request.evidence_delayed(how[0], AT)
        case "received":
            request.receive_evidence(how[0], {"fact": 1}, AT)
        case "missing":
            request.miss_evidence(how[0], REASON, AT)
        case "rules":
            request.decide_by_rules(Decision(how[0], REASON), AT)
        case "to_officers":
            request.send_to_officers("no_rule_matched", AT)
        case "review":
            request.start_review(how[0], AT)
        case "officer":
            request.decide_by_officer(how[1], officer_id=how[0], reason=how[2], at=AT)
        case "issue":
            request.issue_output(TERMS, "123456789010", AT, status_index=7, code="c0de")


def submit(terms=TERMS):
    return ServiceRequest.submit(
        request_id=uuid4(),
        applicant_id=uuid4(),
        assurance=AssuranceLevel.HIGH,
        terms=terms,
        form={},
        channel="web",
        reference="123456789010",
        at=AT,
    )


def replayed(events):
    request = None
    for event in events:
        request = event.mutate(request)
    return request


def kinds(events, kind):
    return [event for event in events if type(event) is kind]


@settings(max_examples=150, deadline=None)
@given(st.lists(happenings, max_size=25))
def test_no_order_of_happenings_makes_two_decisions_or_a_history_that_cannot_be_replayed(course):
    request = submit()
    events = request.collect_events()

    for happening in course:
        try:
            happen(request, *happening)
        except Refusal:
            assert not request.pending_events, "who refuses has decided nothing"
        events += request.collect_events()
        if happening[0] == "replay":
            request = replayed(events)

    for kind in (ServiceRequest.Decided, ServiceRequest.OutputIssued, ServiceRequest.ReviewStarted):
        assert len(kinds(events, kind)) <= 1
    answers = kinds(events, ServiceRequest.EvidenceReceived)
    answers += kinds(events, ServiceRequest.EvidenceMissing)
    assert len({event.evidence_type for event in answers}) == len(answers)
    again = replayed(events)
    assert (again.status, again.outcome) == (request.status, request.outcome)
    assert (again.status is RequestStatus.DECIDED) is bool(kinds(events, ServiceRequest.Decided))


@settings(max_examples=100, deadline=None)
@given(
    st.permutations([*NEEDED, *NEEDED, *NEEDED]),
    st.lists(st.booleans(), min_size=9, max_size=9),
    st.booleans(),
)
def test_any_order_of_answers_and_repeats_ends_with_exactly_one_decision(answers, held, by_rules):
    request = submit()
    events = request.collect_events()

    for evidence_type, has in zip(answers, held, strict=True):
        request.evidence_asked(evidence_type, AT)
        happen(request, "received" if has else "missing", evidence_type)
        if request.ready_to_decide:
            if by_rules:
                request.decide_by_rules(Decision(Outcome.GRANTED, REASON), AT)
            else:
                request.send_to_officers("officers_decide", AT)
                request.start_review(OFFICERS[0], AT)
                happen(request, "officer", OFFICERS[0], Outcome.GRANTED, "")
        events += request.collect_events()

    assert len(kinds(events, ServiceRequest.Decided)) == 1
    assert request.outcome is Outcome.GRANTED
    with pytest.raises(Refusal):
        happen(request, "rules", Outcome.REFUSED)
    for officer in OFFICERS:
        with pytest.raises(Refusal):
            happen(request, "officer", officer, Outcome.REFUSED, "a reason")
