"""What people are told while they are not looking, and that nothing of it says why, or is told too late."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.requests.living import BUYER, WITNESS
from tests.unit.requests.test_life_of_request import APPLICANT, TERMS
from tests.unit.requests.test_whole_life import WholeLife

from panjareh_common.testing.aggregates import AT
from panjareh_identity.application.notice_words import WORDS
from panjareh_identity.domain.notices import GROUP_OF
from panjareh_requests.application.telling import from_detail, to_detail
from panjareh_requests.domain.notices import OWED, STILL, Notice, NoticeKind, owed, remind, still
from panjareh_requests.domain.service_request import ServiceRequest
from panjareh_requests.domain.values import Ask, Outcome, Writer

OFFICER, COLLEAGUE = uuid4(), uuid4()
DAY = timedelta(days=1)


def in_review() -> ServiceRequest:
    request = ServiceRequest.submit(
        request_id=uuid4(),
        applicant_id=APPLICANT,
        assurance=TERMS.required_assurance,
        terms=TERMS,
        form={"n": 1},
        channel="web",
        reference="123456789010",
        at=AT,
    )
    for evidence in TERMS.evidence:
        request.receive_evidence(evidence, {"n": 1}, AT)
    request.send_to_officers("no_row_matches", AT)
    request.start_review(OFFICER, AT)
    request.collect_events()
    return request


def told(request: ServiceRequest) -> list[Notice]:
    """What is owed because of what was just decided."""
    return owed(request, request.collect_events())


def kinds(request: ServiceRequest) -> list[str]:
    return [str(notice.kind) for notice in told(request)]


def refuse(request: ServiceRequest, officer: UUID = OFFICER, at: Any = AT) -> None:
    request.decide_by_officer(
        Outcome.REFUSED, officer_id=officer, reason="So.", at=at, appeal_days=10
    )


def test_a_refusal_is_told_at_once_and_the_end_of_the_appeal_three_days_before() -> None:
    request = in_review()
    refuse(request)

    decided, appeal = told(request)

    assert (decided.kind, decided.at, decided.by) == (NoticeKind.DECIDED, None, None)
    ends = AT + 10 * DAY
    assert (appeal.kind, appeal.at, appeal.until, appeal.by) == (
        NoticeKind.APPEAL_ENDS,
        ends - 3 * DAY,
        ends,
        ends,
    )


def test_nobody_is_reminded_to_appeal_against_what_was_granted() -> None:
    request = in_review()
    request.decide_by_officer(Outcome.GRANTED, officer_id=OFFICER, reason="", at=AT, appeal_days=10)

    assert kinds(request) == ["decided"]


def test_who_appealed_is_not_reminded_and_the_second_refusal_is_told() -> None:
    request = in_review()
    refuse(request)
    _, appeal = told(request)
    assert still(request, appeal, appeal.at)

    request.appeal("No.", AT + DAY)

    assert not still(request, appeal, appeal.at)
    request.start_review(COLLEAGUE, AT + DAY)
    refuse(request, COLLEAGUE, AT + 2 * DAY)
    assert kinds(request) == ["decided"]


def test_a_correction_is_told_by_when_and_reminded_of_only_while_it_is_awaited() -> None:
    request = in_review()
    by = AT + 7 * DAY
    request.send_back([Ask(None, "Which?")], officer_id=OFFICER, answer_by=by, at=AT)

    asked, reminder = told(request)

    assert (asked.kind, asked.by, reminder.kind) == (
        NoticeKind.CORRECTION_ASKED,
        by,
        NoticeKind.CORRECTION_ENDS,
    )
    assert still(request, reminder, reminder.at)
    request.correct({"n": 2}, AT + DAY)
    assert not still(request, reminder, reminder.at)
    request.send_back([Ask(None, "And?")], officer_id=OFFICER, answer_by=AT + 30 * DAY, at=AT + DAY)
    assert not still(request, reminder, reminder.at), "it was of the question before"


def test_only_what_the_officer_writes_is_told() -> None:
    request = in_review()
    request.write_message(uuid4(), Writer.APPLICANT, "Hello?", AT)
    assert kinds(request) == []

    request.write_message(uuid4(), Writer.OFFICER, "Yes?", AT)

    assert kinds(request) == ["message"]


def test_an_imported_case_tells_nobody() -> None:
    request = ServiceRequest.import_case(
        request_id=uuid4(),
        service_code="LIF-001",
        authority="police",
        source="log",
        case="7",
        channel="import",
        department=None,
        responsible=None,
        reference="123456789010",
        started_at=AT,
        promised_by=None,
    )

    assert owed(request, [_Decided()]) == []


class _Decided:
    TOPIC = ServiceRequest.Decided.TOPIC


@given(st.timedeltas(min_value=timedelta(minutes=1), max_value=timedelta(days=90)))
def test_a_reminder_comes_between_the_beginning_of_a_time_and_its_end(whole: timedelta) -> None:
    at = remind(AT, AT + whole)

    assert AT < at < AT + whole
    assert AT + whole - at <= max(3 * DAY, whole / 2)


@given(
    st.builds(
        Notice,
        kind=st.sampled_from(NoticeKind),
        cause=st.from_regex(r"[0-9a-f:.-]+", fullmatch=True),
        until=st.none() | st.just(AT + DAY),
        by=st.none() | st.just(AT + 2 * DAY),
        person_id=st.none() | st.uuids(),
    )
)
def test_a_wait_keeps_what_is_to_be_told(notice: Notice) -> None:
    assert from_detail(to_detail(notice)) == notice


def test_what_comes_too_late_is_not_told() -> None:
    request = in_review()
    request.write_message(uuid4(), Writer.OFFICER, "Yes?", AT)
    (message,) = told(request)

    assert still(request, message, AT + 3 * DAY - timedelta(seconds=1))
    assert not still(request, message, AT + 3 * DAY)


@pytest.mark.parametrize("topic", sorted(OWED))
def test_notices_follow_from_events_that_there_are(topic: str) -> None:
    known = {each.TOPIC for each in vars(ServiceRequest).values() if hasattr(each, "TOPIC")}

    assert topic in known
    assert set(STILL) <= set(NoticeKind)


def test_of_several_applicants_each_hears_what_came_of_it_and_the_others_who_withdrew() -> None:
    life = WholeLife()
    life.begin("parties", "in review")
    request = life.request
    assert set(request.persons) == {None, "buyer", "witness"}
    before = len(life.events)

    life.officer_sends_back(None, "buyer")
    life.applicant_corrects(1, "buyer")
    life.applicant_withdraws(really=True, party="buyer")

    notices = owed(request, life.events[before:])
    told = {(str(each.kind), each.person_id) for each in notices}
    assert told >= {("correction_asked", BUYER), ("withdrawn", None), ("withdrawn", WITNESS)}
    assert ("withdrawn", BUYER) not in told

    other = WholeLife()
    other.begin("parties", "refused")
    told_of = [each for each in owed(other.request, other.events) if each.kind == "decided"]
    assert {each.person_id for each in told_of} == {None, BUYER, WITNESS}


def test_every_kind_has_its_words() -> None:
    assert {str(kind) for kind in NoticeKind} == set(WORDS) == set(GROUP_OF)
