"""Documents that requests produce: what they say, who may revoke and send one, and what follows from a new decision."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from tests.golden.events import MAPPER

from panjareh_common.assurance import AssuranceLevel
from panjareh_common.refusals import NotFound
from panjareh_requests.domain.issued_document import (
    DocumentState,
    RevocationGround,
    ShownTerms,
    day_in_words,
    lines_of,
    state_of,
)
from panjareh_requests.domain.refusals_outputs import (
    DocumentExpired,
    DocumentRevoked,
    RevocationReasonMissing,
)
from panjareh_requests.domain.service_request import ServiceRequest
from panjareh_requests.domain.values import (
    Decision,
    DecisionMode,
    Outcome,
    OutputTerms,
    ServiceTerms,
)
from panjareh_requests.read_model.terms import _terms

AT = datetime(2026, 11, 30, 8, tzinfo=UTC)
NUMBER, NEXT = "987654321098", "123456789010"
TITLE = {"fa": "گواهی", "en": "Certificate"}
NAME = ShownTerms("form.name", {"fa": "نام", "en": "Name"}, {})
TERMS = ServiceTerms(
    code="DOG-001",
    version=1,
    authority="municipality",
    name=TITLE,
    required_assurance=AssuranceLevel.LOW,
    decision_mode=DecisionMode.RULES,
    evidence=(),
    form={},
    time_limit_days=5,
    output=OutputTerms("certificate", TITLE, 30, (NAME,)),
)
GRANTED = Decision(Outcome.GRANTED, {"fa": "بله", "en": "yes"})


def decided(decision=GRANTED):
    request = ServiceRequest.submit(
        request_id=uuid4(),
        applicant_id=uuid4(),
        assurance=AssuranceLevel(3),
        terms=TERMS,
        form={"name": "لیلا"},
        channel="web",
        reference="111111111111",
        at=AT,
    )
    request.decide_by_rules(decision, AT)
    return request


def issued():
    request = decided()
    request.issue_output(TERMS, NUMBER, AT, status_index=7, code="c0de")
    return request


def revoke(request, number=NUMBER, reason="اشتباه بود", because=RevocationGround.ISSUED_IN_ERROR):
    request.revoke_output(number, because=because, reason=reason, officer_id=uuid4(), at=AT)


def last(request):
    return request.pending_events[-1]


def test_a_document_says_what_was_known_when_it_was_issued():
    event = last(issued())

    assert event.content == {
        "code": "c0de",
        "shows": [{"name": {"fa": "نام", "en": "Name"}, "value": {"fa": "لیلا", "en": "لیلا"}}],
    }


def test_values_are_told_in_words_of_each_language():
    words = {"a": {"fa": "الف", "en": "A"}}
    shown = [
        ShownTerms(name, TITLE, words) for name in ("code", "number", "flag", "day", "list", "none")
    ]
    known = {
        "code": "a",
        "number": 12,
        "flag": True,
        "day": "1990-01-01",
        "list": ["a", "b"],
        "none": None,
    }

    values = [line["value"] for line in lines_of(shown, known)]

    assert values == [
        {"fa": "الف", "en": "A"},
        {"fa": "۱۲", "en": "12"},
        {"fa": "بله", "en": "yes"},
        {"fa": "۱۱ دی ۱۳۶۸", "en": "1 January 1990"},
        {"fa": "الف، b", "en": "A, b"},
    ]


def test_a_day_is_told_in_the_readers_calendar():
    day = date(2026, 3, 21)

    assert (day_in_words(day, "fa"), day_in_words(day, "en")) == ("۱ فروردین ۱۴۰۵", "21 March 2026")


def test_a_document_is_valid_until_its_time_has_passed_and_revoked_for_ever():
    end = AT + timedelta(days=1)

    assert state_of(None, end, AT) is DocumentState.VALID
    assert state_of(None, end, end) is DocumentState.EXPIRED
    assert state_of(AT, end, AT) is DocumentState.REVOKED
    assert state_of(AT, end, end) is DocumentState.REVOKED


def test_a_card_says_what_its_document_shows_with_the_words_of_its_form():
    card = {
        "code": "DOG-001",
        "authority": "municipality",
        "name": TITLE,
        "required_loa": 1,
        "decision_mode": "officers",
        "time_limit_days": 5,
        "form": {"properties": {"kind": {"x-enum-titles": {"big": TITLE}}}},
        "output": {
            "kind": "certificate",
            "title": TITLE,
            "valid_days": 1,
            "shows": [{"from": "form.kind", **TITLE}],
        },
    }

    output = _terms(card, 1).output

    assert output.shows == (ShownTerms("form.kind", TITLE, {"big": TITLE}),)


def test_revoking_keeps_the_ground_for_all_and_the_reason_for_the_holder():
    request = issued()

    revoke(request)

    event = last(request)
    assert event.because == "issued_in_error"
    assert event.reason["fa"] == "اشتباه بود"
    assert (request.revoked_because, request.revoked_at) == ("issued_in_error", AT)


def test_nothing_is_revoked_without_a_reason():
    request = issued()

    with pytest.raises(RevocationReasonMissing):
        revoke(request, reason=" \n")

    assert request.revoked_at is None


def test_a_document_of_somebody_who_was_erased_is_revoked_without_words_for_them():
    request = issued()
    request.form = None  # as it is replayed once its key is gone

    revoke(request)

    stored = MAPPER.to_stored(last(request), request.applicant_id)  # which seals nothing
    assert MAPPER.to_domain_event(stored).reason is None
    assert request.revoked_because == "issued_in_error"


def test_what_is_revoked_is_not_revoked_again_and_not_sent():
    request = issued()
    revoke(request)

    with pytest.raises(DocumentRevoked):
        revoke(request)
    with pytest.raises(DocumentRevoked):
        request.send_output(NUMBER, "science", AT)


def test_another_number_is_nobodys():
    request = issued()

    with pytest.raises(NotFound):
        revoke(request, number=NEXT)
    with pytest.raises(NotFound):
        decided().send_output(NUMBER, "science", AT)


def test_a_document_that_is_sent_twice_to_one_authority_is_there_once():
    request = issued()

    first = request.send_output(NUMBER, "science", AT)
    again = request.send_output(NUMBER, "science", AT + timedelta(days=1))
    other = request.send_output(NUMBER, "health", AT)

    sent = [e for e in request.pending_events if isinstance(e, ServiceRequest.OutputSent)]
    assert first == again != other
    assert [event.receiver for event in sent] == ["science", "health"]


def test_a_document_whose_time_has_passed_is_not_sent():
    request = issued()

    with pytest.raises(DocumentExpired):
        request.send_output(NUMBER, "science", AT + timedelta(days=30))


def test_a_document_has_no_second_one_beside_it_and_one_after_it_was_revoked():
    request = issued()

    beside = request.issue_output(TERMS, NEXT, AT, status_index=8, code="c0de")
    revoke(request)
    after = request.issue_output(TERMS, NEXT, AT, status_index=8, code="c0de")

    assert (beside, after) == (False, True)
    assert (request.document_number, request.revoked_at) == (NEXT, None)
    with pytest.raises(DocumentRevoked):
        revoke(request, number=NUMBER)


def test_a_service_without_a_document_owes_none():
    assert not decided().owes_output(replace(TERMS, output=None))
