"""Every no about withdrawal, correction, messages, appeal and reopening, by its name; and what everything is called."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from tests.golden.events import path_of, read
from tests.unit.requests.test_request_rows import TERMS, begin

from panjareh_common.projection import topics_of
from panjareh_common.refusals import Kind
from panjareh_common.testing.aggregates import AT
from panjareh_common.texts import translate
from panjareh_requests.domain.decisions.messaging import MOST_IN_A_ROW
from panjareh_requests.domain.refusals import NotUnderReview, ReasonMissing
from panjareh_requests.domain.refusals_life import (
    AlreadyOver,
    AnswerAwaited,
    AppealTooLate,
    AppealUsed,
    ConversationOver,
    CorrectionTooLate,
    DecidedItBefore,
    GroundsMissing,
    NobodyToAsk,
    NotDecidedYet,
    NothingToAppeal,
    NothingToCorrect,
    NothingToReopen,
    OwnRequest,
)
from panjareh_requests.domain.service_request import ServiceRequest
from panjareh_requests.domain.values import Ask, Outcome, RequestStatus, Writer
from panjareh_requests.read_model.sentences import SENTENCES
from panjareh_requests.read_model.sentences.next_steps import next_step
from panjareh_requests.read_model.sentences.telling import Telling

OFFICER, COLLEAGUE = uuid4(), uuid4()
DAY = timedelta(days=1)


@pytest.fixture
def request_in_review() -> ServiceRequest:
    request = begin(imported=False)
    for evidence in TERMS.evidence:
        request.receive_evidence(evidence, {}, AT)
    request.send_to_officers("officers_decide", AT)
    request.start_review(OFFICER, AT)
    return request


@pytest.fixture
def refused(request_in_review: ServiceRequest) -> ServiceRequest:
    request_in_review.decide_by_officer(
        Outcome.REFUSED, officer_id=OFFICER, reason="so", at=AT, appeal_days=10
    )
    return request_in_review


def test_what_has_ended_cannot_be_withdrawn(refused: ServiceRequest) -> None:
    with pytest.raises(AlreadyOver):
        refused.withdraw("", AT)


def test_what_was_reopened_cannot_be_withdrawn_as_if_it_had_never_been_decided(
    refused: ServiceRequest,
) -> None:
    refused.reopen("so", officer_id=COLLEAGUE, at=AT)

    with pytest.raises(AlreadyOver):
        refused.withdraw("", AT)


def test_nobody_corrects_what_nobody_asked_for(request_in_review: ServiceRequest) -> None:
    with pytest.raises(NothingToCorrect):
        request_in_review.correct({}, AT)


def test_after_its_time_a_correction_is_refused_also_while_the_clock_process_is_late(
    request_in_review: ServiceRequest,
) -> None:
    by = AT + DAY
    request_in_review.send_back([Ask(None, "?")], officer_id=OFFICER, answer_by=by, at=AT)

    with pytest.raises(CorrectionTooLate):
        request_in_review.correct({"street": "x"}, by + timedelta(microseconds=1))

    request_in_review.correct({"street": "x"}, by)
    assert request_in_review.status is RequestStatus.UNDER_REVIEW


def test_while_the_applicant_corrects_nobody_decides(request_in_review: ServiceRequest) -> None:
    request_in_review.send_back([Ask(None, "?")], officer_id=OFFICER, answer_by=AT + DAY, at=AT)

    with pytest.raises(NotUnderReview):
        request_in_review.decide_by_officer(Outcome.GRANTED, officer_id=OFFICER, reason="", at=AT)


def test_in_a_case_of_an_authoritys_own_log_nobody_is_there_to_be_asked() -> None:
    case = begin(imported=True)
    case.start_review(OFFICER, AT)

    with pytest.raises(NobodyToAsk):
        case.send_back([Ask(None, "?")], officer_id=OFFICER, answer_by=AT + DAY, at=AT)
    with pytest.raises(NobodyToAsk):
        case.write_message(uuid4(), Writer.OFFICER, "?", AT)


def test_one_side_does_not_flood_the_other(request_in_review: ServiceRequest) -> None:
    for _ in range(MOST_IN_A_ROW):
        request_in_review.write_message(uuid4(), Writer.APPLICANT, "?", AT)

    with pytest.raises(AnswerAwaited) as said:
        request_in_review.write_message(uuid4(), Writer.APPLICANT, "?", AT)

    assert "۲۰" in translate(said.value, "fa")
    request_in_review.write_message(uuid4(), Writer.OFFICER, "!", AT)
    request_in_review.write_message(uuid4(), Writer.APPLICANT, "?", AT)


def test_nothing_is_written_in_what_was_withdrawn(request_in_review: ServiceRequest) -> None:
    request_in_review.withdraw("", AT)

    with pytest.raises(ConversationOver):
        request_in_review.write_message(uuid4(), Writer.OFFICER, "?", AT)


def test_an_appeal_is_against_a_decision(request_in_review: ServiceRequest) -> None:
    with pytest.raises(NotDecidedYet):
        request_in_review.appeal("no", AT)


def test_an_appeal_is_against_a_refusal(request_in_review: ServiceRequest) -> None:
    request_in_review.decide_by_officer(Outcome.GRANTED, officer_id=OFFICER, reason="", at=AT)

    with pytest.raises(NothingToAppeal):
        request_in_review.appeal("no", AT)


def test_an_appeal_is_made_once(refused: ServiceRequest) -> None:
    refused.appeal("no", AT)

    with pytest.raises(AppealUsed):
        refused.appeal("no", AT)


def test_an_appeal_is_made_in_time_also_while_the_clock_process_is_late(
    refused: ServiceRequest,
) -> None:
    with pytest.raises(AppealTooLate):
        refused.appeal("no", AT + 10 * DAY)

    refused.appeal("no", AT + 10 * DAY - timedelta(microseconds=1))
    assert refused.outcome is Outcome.REFUSED


def test_a_refusal_of_before_there_were_ends_can_be_appealed_against_at_any_time() -> None:
    request = begin(imported=False)
    golden = read(path_of("requests", ServiceRequest.Decided, 1))
    event = golden.event(outcome="refused")
    vars(event).update(originator_id=request.id, originator_version=request.version + 1)
    request = event.mutate(request)

    request.appeal("no", AT + 1000 * DAY)

    assert request.status is RequestStatus.UNDER_APPEAL


def test_an_appeal_says_why(refused: ServiceRequest) -> None:
    with pytest.raises(GroundsMissing) as said:
        refused.appeal("  ", AT)

    assert said.value.kind is Kind.INVALID


def test_who_decided_does_not_decide_upon_the_appeal(refused: ServiceRequest) -> None:
    refused.appeal("no", AT)

    with pytest.raises(DecidedItBefore):
        refused.start_review(OFFICER, AT)

    refused.start_review(COLLEAGUE, AT)


def test_nobody_reviews_or_reopens_their_own_request(refused: ServiceRequest) -> None:
    assert refused.applicant_id is not None
    with pytest.raises(OwnRequest):
        refused.reopen("so", officer_id=refused.applicant_id, at=AT)
    refused.appeal("no", AT)
    with pytest.raises(OwnRequest):
        refused.start_review(refused.applicant_id, AT)


def test_what_is_not_refused_is_not_reopened(request_in_review: ServiceRequest) -> None:
    with pytest.raises(NothingToReopen):
        request_in_review.reopen("so", officer_id=OFFICER, at=AT)
    request_in_review.decide_by_officer(Outcome.GRANTED, officer_id=OFFICER, reason="", at=AT)
    with pytest.raises(NothingToReopen):
        request_in_review.reopen("so", officer_id=OFFICER, at=AT)


def test_what_was_reopened_is_decided_anew(refused: ServiceRequest) -> None:
    refused.reopen("so", officer_id=COLLEAGUE, at=AT)
    refused.start_review(OFFICER, AT)

    refused.decide_by_officer(Outcome.GRANTED, officer_id=OFFICER, reason="", at=AT)

    assert (refused.status, refused.outcome) == (RequestStatus.DECIDED, Outcome.GRANTED)
    assert refused.instance == 2


def test_a_correction_ends_at_its_time_and_not_before(request_in_review: ServiceRequest) -> None:
    by = AT + DAY
    request_in_review.send_back([Ask(None, "?")], officer_id=OFFICER, answer_by=by, at=AT)

    assert request_in_review.lapse_correction(by - timedelta(microseconds=1)) is False
    assert request_in_review.status is RequestStatus.AWAITING_APPLICANT

    assert request_in_review.lapse_correction(by) is True
    assert request_in_review.status is RequestStatus.UNDER_REVIEW
    assert request_in_review.officer_id == OFFICER


def test_reopening_owes_a_reason(refused: ServiceRequest) -> None:
    with pytest.raises(ReasonMissing):
        refused.reopen(" ", officer_id=COLLEAGUE, at=AT)


def test_a_withdrawn_request_is_not_closed_besides(request_in_review: ServiceRequest) -> None:
    request_in_review.withdraw("", AT)

    assert request_in_review.close(AT) is False
    assert request_in_review.status is RequestStatus.WITHDRAWN


def test_the_first_wait_for_an_end_does_nothing_before_its_time(refused: ServiceRequest) -> None:
    assert refused.end_appeal_time(AT + 10 * DAY - timedelta(microseconds=1)) is False
    assert refused.status is RequestStatus.DECIDED

    assert refused.end_appeal_time(AT + 10 * DAY) is True
    assert refused.status is RequestStatus.CLOSED
    assert refused.end_appeal_time(AT + 10 * DAY) is True


# What it is called

TOPICS = [topic for topic in topics_of(ServiceRequest) if topic in SENTENCES]


def test_every_event_has_a_sentence() -> None:
    assert set(SENTENCES) == set(topics_of(ServiceRequest))


def golden_of(topic: str, erased: bool) -> object:
    kind = next(
        each
        for each in vars(ServiceRequest).values()
        if isinstance(each, type) and getattr(each, "TOPIC", "") == topic
    )
    from panjareh_common.event_store.sealing import sealed_fields

    return read(path_of("requests", kind)).event(
        **(dict.fromkeys(sealed_fields(kind)) if erased else {})
    )


@pytest.mark.parametrize("erased", [False, True], ids=["known", "erased"])
@pytest.mark.parametrize("topic", TOPICS)
def test_every_event_is_told_in_persian_and_in_english(topic: str, erased: bool) -> None:
    request, event = begin(imported=False), golden_of(topic, erased)

    said = {
        language: SENTENCES[topic](Telling(event, request, TERMS, language))
        for language in ("fa", "en")
    }

    assert all(said.values()) or topic.endswith("StepCompleted")
    if not topic.endswith("StepCompleted"):  # whose words are the authority's own
        assert said["fa"] != said["en"]
    assert "None" not in said["en"]


@pytest.mark.parametrize("status", RequestStatus)
@pytest.mark.parametrize("outcome", [None, *Outcome])
def test_every_status_says_whose_turn_it_is(status: RequestStatus, outcome: Outcome | None) -> None:
    told = {"status": status, "outcome": outcome, "final_at": None}

    said = {language: next_step(told, language) for language in ("fa", "en")}

    assert said["fa"] != said["en"]
