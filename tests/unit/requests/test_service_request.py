"""One service request: what may be decided about it, when, and by whom."""

from datetime import timedelta
from uuid import uuid4, uuid5

import pytest

from panjareh_common.assurance import AssuranceLevel
from panjareh_common.calendar import WorkingCalendar
from panjareh_common.event_store.sealing import sealed_fields
from panjareh_common.refusals import AssuranceTooLow
from panjareh_common.testing.aggregates import AT, given, then
from panjareh_requests.application.counting import newly_decided
from panjareh_requests.domain.refusals import (
    AlreadyDecided,
    NotUnderReview,
    ReasonMissing,
    ReviewAlreadyStarted,
    ReviewNotStarted,
)
from panjareh_requests.domain.service_request import ServiceRequest
from panjareh_requests.domain.values import (
    Decision,
    DecisionMode,
    Outcome,
    OutputTerms,
    RequestStatus,
    ServiceTerms,
    Step,
)

REQUEST, APPLICANT, OFFICER, COLLEAGUE = uuid4(), uuid4(), uuid4(), uuid4()
LATER = AT + timedelta(hours=1)
INCOME, LINE = "income_decile", "mobile_line"
REASON = {"fa": "چون", "en": "because"}
PASSPORT = OutputTerms("certificate", {"fa": "گذرنامه", "en": "Passport"}, valid_days=30)
TERMS = ServiceTerms(
    code="DOG-001",
    version=2,
    authority="municipality",
    name={"fa": "سگ", "en": "Dog"},
    required_assurance=AssuranceLevel.LOW,
    decision_mode=DecisionMode.RULES,
    evidence=(INCOME, LINE),
    form={},
    time_limit_days=10,
    output=PASSPORT,
)


def submitted(*evidence, mode=DecisionMode.RULES):
    return (
        ServiceRequest.Submitted,
        {
            "applicant_id": APPLICANT,
            "applicant_kind": "person",
            "reference": "123456789010",
            "service_code": "DOG-001",
            "service_version": 2,
            "authority": "municipality",
            "assurance": 3,
            "decision_mode": str(mode),
            "evidence_needed": list(evidence),
            "channel": "mobile",
            "promised_by": WorkingCalendar().deadline(AT, 10).at,
            "form": {"city": "Tabriz"},
        },
    )


imported = (
    ServiceRequest.Imported,
    {
        "reference": "123456789010",
        "service_code": "DOG-001",
        "authority": "municipality",
        "source": "log",
        "case": "7",
        "channel": "counter",
        "department": None,
        "responsible": None,
        "promised_by": None,
    },
)


def of(kind, evidence_type, **fields):
    return (kind, {"evidence_type": evidence_type, "inquiry_id": inquiry(evidence_type)} | fields)


def inquiry(evidence_type):
    return uuid5(REQUEST, evidence_type)


def asked(evidence_type):
    return of(ServiceRequest.EvidenceAsked, evidence_type)


def received(evidence_type, **facts):
    return of(ServiceRequest.EvidenceReceived, evidence_type, facts=facts)


def missing(evidence_type):
    return of(ServiceRequest.EvidenceMissing, evidence_type, reason=REASON)


sent_to_officers = (ServiceRequest.SentToOfficers, {"because": "officers_decide"})
review_started = (ServiceRequest.ReviewStarted, {"officer_id": OFFICER})


def decided(outcome, officer_id=OFFICER, **changes):
    fields = {
        "outcome": str(outcome),
        "by": "officer" if officer_id else "rules",
        "instance": 1,
        "final_at": AT + timedelta(days=30),
        "officer_id": officer_id,
        "rules": None,
        "evidence": {},
        "reason": {"fa": "", "en": ""},
        "inputs": {},
    }
    return (ServiceRequest.Decided, fields | changes)


def a_request(*history):
    return given(ServiceRequest, *history, stream=REQUEST)


def under_review():
    return a_request(submitted(), sent_to_officers, review_started)


# Asking


def submit(assurance=AssuranceLevel.SUBSTANTIAL, terms=TERMS):
    return ServiceRequest.submit(
        request_id=REQUEST,
        applicant_id=APPLICANT,
        assurance=assurance,
        terms=terms,
        form={"city": "Tabriz"},
        channel="mobile",
        reference="123456789010",
        at=AT,
    )


def test_a_submitted_request_keeps_what_was_promised():
    request = submit()

    assert then(request) == [submitted(INCOME, LINE)]
    assert request.id == REQUEST
    assert (request.person_id, request.channel) == (APPLICANT, "mobile")
    assert request.status is RequestStatus.SUBMITTED


@pytest.mark.parametrize("held", [AssuranceLevel.LOW, AssuranceLevel.HIGH])
def test_who_is_known_surely_enough_may_ask(held):
    assert submit(assurance=held).assurance == held


def test_who_is_known_less_surely_is_told_what_is_needed():
    with pytest.raises(AssuranceTooLow) as refused:
        submit(assurance=AssuranceLevel.SELF_ASSERTED)

    assert refused.value.details == {"required": 2, "held": 1}


# Evidence


def test_an_answer_faster_than_the_word_of_its_question_is_not_undone_by_it():
    request = a_request(submitted(INCOME), received(INCOME), decided(Outcome.GRANTED, None))

    request.evidence_asked(INCOME, AT)

    assert then(request) == [asked(INCOME)]
    assert request.status is RequestStatus.DECIDED


def test_asking_for_evidence_is_remembered_with_its_inquiry():
    request = a_request(submitted(INCOME))

    request.evidence_asked(INCOME, AT)

    assert then(request) == [asked(INCOME)]
    assert request.status is RequestStatus.GATHERING_EVIDENCE


def test_asking_twice_is_asking_the_same_inquiry_once():
    request = a_request(submitted(INCOME), asked(INCOME))

    request.evidence_asked(INCOME, AT)

    assert then(request) == []
    assert request.inquiry_id(INCOME) == inquiry(INCOME)


def test_a_delay_is_told_once():
    request = a_request(submitted(INCOME), asked(INCOME))

    request.evidence_delayed(INCOME, AT)
    request.evidence_delayed(INCOME, LATER)

    assert then(request) == [of(ServiceRequest.EvidenceDelayed, INCOME)]


@pytest.mark.parametrize("end", [received(INCOME, decile=2), missing(INCOME)])
def test_a_delay_that_is_heard_of_after_the_answer_is_no_news(end):
    request = a_request(submitted(INCOME), asked(INCOME), end)

    request.evidence_delayed(INCOME, AT)

    assert then(request) == []


def test_evidence_is_taken():
    request = a_request(submitted(INCOME), asked(INCOME))

    request.receive_evidence(INCOME, {"decile": 2}, AT)

    assert then(request) == [received(INCOME, decile=2)]
    assert request.open_evidence == []


def test_evidence_that_nobody_holds_is_remembered_with_the_authoritys_reason():
    request = a_request(submitted(INCOME), asked(INCOME))

    request.miss_evidence(INCOME, REASON, AT)

    assert then(request) == [missing(INCOME)]
    assert request.open_evidence == []


@pytest.mark.parametrize("first", [received(INCOME, decile=2), missing(INCOME)])
def test_the_first_answer_counts_and_later_ones_change_nothing(first):
    request = a_request(submitted(INCOME, LINE), asked(INCOME), first)

    request.receive_evidence(INCOME, {"decile": 9}, LATER)
    request.miss_evidence(INCOME, REASON, LATER)

    assert then(request) == []


def test_evidence_that_was_not_needed_is_not_taken():
    request = a_request(submitted(INCOME))

    request.receive_evidence("criminal_record", {"clean": False}, AT)
    request.miss_evidence("criminal_record", REASON, AT)
    request.evidence_delayed("criminal_record", AT)

    assert then(request) == []


def test_an_answer_after_the_decision_changes_nothing():
    request = a_request(
        submitted(INCOME), asked(INCOME), missing(INCOME), sent_to_officers, review_started,
        decided(Outcome.GRANTED),
    )  # fmt: skip

    request.receive_evidence(INCOME, {"decile": 1}, LATER)
    request.evidence_delayed(INCOME, LATER)

    assert then(request) == []
    assert request.status is RequestStatus.DECIDED


def test_a_request_is_ready_when_the_last_answer_is_in():
    waiting = a_request(submitted(INCOME, LINE), asked(INCOME), asked(LINE), received(INCOME))
    complete = a_request(submitted(INCOME, LINE), asked(INCOME), received(INCOME), missing(LINE))

    assert not waiting.ready_to_decide
    assert waiting.open_evidence == [LINE]
    assert complete.ready_to_decide


def test_a_request_that_needs_no_evidence_is_ready_at_once():
    assert a_request(submitted()).ready_to_decide


def test_rules_look_at_the_form_the_facts_and_how_surely_the_applicant_is_known():
    request = a_request(submitted(INCOME, LINE), received(INCOME, decile=2), missing(LINE))

    assert request.decision_inputs() == {
        "applicant.kind": "person",
        "applicant.loa": 3,
        "form.city": "Tabriz",
        "income_decile.decile": 2,
        "request.submitted_on": "2026-03-21",
    }


def test_the_day_of_submission_is_the_day_in_tehran():
    late = {"timestamp": AT.replace(day=20, hour=20, minute=30)}
    request = a_request((ServiceRequest.Submitted, submitted()[1] | late))

    assert request.decision_inputs()["request.submitted_on"] == "2026-03-21"


def test_what_was_erased_is_no_input():
    form_gone = submitted(INCOME)[1] | {"form": None}
    request = a_request(
        (ServiceRequest.Submitted, form_gone),
        of(ServiceRequest.EvidenceReceived, INCOME, facts=None),
    )

    assert request.decision_inputs() == {
        "applicant.kind": "person",
        "applicant.loa": 3,
        "request.submitted_on": "2026-03-21",
    }


# Decided by rules


BY_RULES = Decision(Outcome.GRANTED, REASON, {"version": 1, "row": "poor"}, {"form.city": "x"})


def test_rules_decide_and_say_by_which_row():
    request = a_request(submitted(INCOME), asked(INCOME), received(INCOME, decile=2))

    request.decide_by_rules(BY_RULES, AT)

    assert then(request) == [
        decided(
            Outcome.GRANTED,
            officer_id=None,
            rules={"version": 1, "row": "poor"},
            evidence={INCOME: str(inquiry(INCOME))},
            reason=REASON,
            inputs={"form.city": "x"},
        )
    ]
    assert (request.status, request.outcome) == (RequestStatus.DECIDED, Outcome.GRANTED)


@pytest.mark.parametrize(
    "history",
    [
        [submitted(INCOME), asked(INCOME)],
        [submitted(), sent_to_officers],
        [submitted(), decided(Outcome.REFUSED, None)],
        [imported],
    ],
    ids=["evidence is open", "officers have it", "decided", "an imported case"],
)
def test_rules_decide_only_what_waits_for_them(history):
    request = a_request(*history)

    with pytest.raises(AlreadyDecided):
        request.decide_by_rules(BY_RULES, AT)

    assert then(request) == []


# Decided by officers


def test_what_rules_cannot_decide_goes_to_officers():
    request = a_request(submitted())

    request.send_to_officers("no_rule_matched", AT)

    assert then(request) == [(ServiceRequest.SentToOfficers, {"because": "no_rule_matched"})]
    assert request.status is RequestStatus.UNDER_REVIEW


@pytest.mark.parametrize(
    "history",
    [[submitted(INCOME)], [submitted(), sent_to_officers], [submitted(), decided("granted")]],
    ids=["evidence is open", "sent already", "decided"],
)
def test_a_request_goes_to_officers_once_and_only_when_it_is_ready(history):
    request = a_request(*history)

    request.send_to_officers("officers_decide", AT)

    assert then(request) == []


def test_an_officer_starts_the_review():
    request = a_request(submitted(), sent_to_officers)

    request.start_review(OFFICER, AT)

    assert then(request) == [review_started]


def test_starting_twice_is_starting_once():
    request = under_review()

    request.start_review(OFFICER, LATER)

    assert then(request) == []


def test_of_two_officers_only_the_first_has_the_request():
    request = under_review()

    with pytest.raises(ReviewAlreadyStarted):
        request.start_review(COLLEAGUE, LATER)
    with pytest.raises(ReviewAlreadyStarted):
        request.decide_by_officer(Outcome.GRANTED, officer_id=COLLEAGUE, reason="", at=LATER)

    assert then(request) == []


@pytest.mark.parametrize(
    ("history", "status"),
    [
        ([submitted()], "submitted"),
        ([submitted(INCOME), asked(INCOME)], "gathering_evidence"),
        ([submitted(), decided("granted")], "decided"),
        ([imported, (ServiceRequest.Closed, {})], "closed"),
    ],
)
def test_a_review_starts_only_where_officers_are_asked(history, status):
    request = a_request(*history)

    with pytest.raises(NotUnderReview) as refused:
        request.start_review(OFFICER, AT)

    assert refused.value.details == {"status": status}
    assert then(request) == []


def decide(request, outcome, officer=OFFICER, reason=""):
    request.decide_by_officer(outcome, officer_id=officer, reason=reason, at=AT)


def test_an_officer_grants():
    request = under_review()

    decide(request, Outcome.GRANTED)

    assert then(request) == [decided(Outcome.GRANTED)]


def test_an_officer_refuses_with_the_reason_as_it_was_written():
    request = under_review()

    decide(request, Outcome.REFUSED, reason="  the photo is missing \n")

    said = {"fa": "the photo is missing", "en": "the photo is missing"}
    assert then(request) == [decided(Outcome.REFUSED, reason=said)]


@pytest.mark.parametrize("reason", ["", "  ", "\n\t"])
def test_a_refused_applicant_is_owed_a_reason(reason):
    request = under_review()

    with pytest.raises(ReasonMissing):
        decide(request, Outcome.REFUSED, reason=reason)

    assert then(request) == []


def test_a_decision_needs_a_review_first():
    request = a_request(submitted(), sent_to_officers)

    with pytest.raises(ReviewNotStarted):
        decide(request, Outcome.GRANTED)

    assert then(request) == []


@pytest.mark.parametrize("history", [[submitted()], [submitted(INCOME), asked(INCOME)]])
def test_officers_decide_nothing_that_is_not_with_them(history):
    request = a_request(*history)

    with pytest.raises(NotUnderReview):
        decide(request, Outcome.GRANTED)

    assert then(request) == []


@pytest.mark.parametrize("by", [OFFICER, COLLEAGUE])
@pytest.mark.parametrize("outcome", Outcome)
def test_what_is_decided_stays_decided(by, outcome):
    request = a_request(submitted(), sent_to_officers, review_started, decided(Outcome.GRANTED))

    with pytest.raises(AlreadyDecided):
        decide(request, outcome, officer=by, reason="again")

    assert then(request) == []


# What a granted request produces


def test_a_granted_request_produces_its_document_once():
    request = a_request(submitted(), sent_to_officers, review_started, decided(Outcome.GRANTED))

    request.issue_output(TERMS, "987654321098", AT, status_index=7, code="c0de")
    request.issue_output(TERMS, "111111111111", LATER, status_index=8, code="c0de")

    assert then(request) == [
        (
            ServiceRequest.OutputIssued,
            {
                "document_number": "987654321098",
                "kind": "certificate",
                "title": {"fa": "گذرنامه", "en": "Passport"},
                "valid_until": AT + timedelta(days=30),
                "status_index": 7,
                "content": {"code": "c0de", "shows": []},
            },
        )
    ]
    assert (request.document_number, request.issued_at) == ("987654321098", AT)


@pytest.mark.parametrize(
    ("history", "output"),
    [
        ([submitted()], PASSPORT),
        ([submitted(), decided(Outcome.REFUSED)], PASSPORT),
        ([submitted(), decided(Outcome.GRANTED)], None),
    ],
    ids=["not decided", "refused", "a service without a document"],
)
def test_nothing_else_produces_a_document(history, output):
    request = a_request(*history)
    terms = ServiceTerms(**{**vars(TERMS), "output": output})

    request.issue_output(terms, "987654321098", AT, status_index=7, code="c0de")

    assert then(request) == []


# Cases from an authority's own log


def import_case():
    return ServiceRequest.import_case(
        request_id=REQUEST,
        service_code="DOG-001",
        authority="municipality",
        source="log",
        case="7",
        channel="counter",
        department=None,
        responsible=None,
        reference="123456789010",
        started_at=AT,
        promised_by=None,
    )


def test_an_imported_case_names_no_person_and_is_with_its_officers():
    request = import_case()

    assert then(request) == [imported]
    assert request.person_id is None
    assert request.status is RequestStatus.UNDER_REVIEW


def test_a_step_of_a_log_is_taken_once():
    request = a_request(imported)
    step = Step("checked", "an officer", "a unit", instance="7/1")

    assert request.complete_step(step, AT)
    assert not request.complete_step(step, LATER)

    assert then(request) == [
        (
            ServiceRequest.StepCompleted,
            {"step": "checked", "officer": "an officer", "unit": "a unit", "instance": "7/1"},
        )
    ]


def test_a_case_is_closed_once():
    request = a_request(imported)

    assert request.close(AT)
    assert not request.close(LATER)

    assert then(request) == [(ServiceRequest.Closed, {})]


# Personal data


@pytest.mark.parametrize(
    ("event", "fields"),
    [
        (ServiceRequest.Submitted, {"form"}),
        (ServiceRequest.EvidenceReceived, {"facts"}),
        (ServiceRequest.EvidenceMissing, {"reason"}),
        (ServiceRequest.Decided, {"reason", "inputs"}),
    ],
)
def test_what_tells_about_the_person_is_sealed(event, fields):
    assert sealed_fields(event) == fields


def test_only_what_is_about_to_be_decided_counts_as_decided():
    request = under_review()
    request.start_review(OFFICER, AT)
    assert newly_decided(request) is None

    decide(request, Outcome.GRANTED)
    assert newly_decided(request) is request

    then(request)  # it is stored
    assert newly_decided(request) is None
