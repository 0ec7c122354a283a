"""One inquiry: asked once, answered once, whatever is repeated or comes late."""

from datetime import timedelta
from uuid import uuid4

import pytest

from panjareh_common.event_store.sealing import sealed_fields
from panjareh_common.testing.aggregates import AT, given, then
from panjareh_inquiry.domain.inquiry import Inquiry
from panjareh_inquiry.domain.values import Answer, InquiryStatus

INQUIRY, PERSON, REQUEST = uuid4(), uuid4(), uuid4()
LATER = AT + timedelta(minutes=5)
ABOUT = {"evidence_type": "income_decile", "request_id": REQUEST}
QUESTION = {
    "evidence_type": "income_decile",
    "provider": "welfare",
    "subject_id": PERSON,
    "asked_by": "requests",
    "authority": "municipality",
    "purpose": "service_request",
    "service_code": "SUB-003",
    "request_id": REQUEST,
}
REASON = {"fa": "چیزی نیست", "en": "nothing held"}

asked = (Inquiry.Asked, QUESTION)
delayed = (Inquiry.Delayed, ABOUT | {"because": "provider_unavailable"})
answered = (Inquiry.Answered, ABOUT | {"facts": {"decile": 2}})
failed = (Inquiry.Failed, ABOUT | {"status": "nothing_held", "reason": REASON})

FACTS = Answer(InquiryStatus.ANSWERED, facts={"decile": 2})


def test_a_question_is_remembered_with_who_asks_about_whom_and_why():
    inquiry = Inquiry.ask(inquiry_id=INQUIRY, at=AT, **QUESTION)

    assert then(inquiry) == [asked]
    assert (inquiry.id, inquiry.person_id) == (INQUIRY, PERSON)
    assert inquiry.status is InquiryStatus.OPEN


def test_an_answer_is_taken():
    inquiry = given(Inquiry, asked)

    inquiry.take_answer(FACTS, AT)

    assert then(inquiry) == [answered]
    assert (inquiry.status, inquiry.facts) == (InquiryStatus.ANSWERED, {"decile": 2})


@pytest.mark.parametrize("status", [InquiryStatus.NOTHING_HELD, InquiryStatus.REFUSED])
def test_an_authority_that_gives_nothing_says_why(status):
    inquiry = given(Inquiry, asked)

    inquiry.take_answer(Answer(status, reason=REASON), AT)

    assert then(inquiry) == [(Inquiry.Failed, failed[1] | {"status": str(status)})]
    assert (inquiry.status, inquiry.reason) == (status, REASON)


@pytest.mark.parametrize("end", [answered, failed])
@pytest.mark.parametrize(
    "late", [Answer(InquiryStatus.ANSWERED, facts={"decile": 9}), Answer(InquiryStatus.REFUSED)]
)
def test_the_first_answer_counts(end, late):
    inquiry = given(Inquiry, asked, end)

    inquiry.take_answer(late, LATER)
    inquiry.delay("provider_unavailable", LATER)

    assert then(inquiry) == []


def test_a_delay_is_said_once_and_an_answer_may_still_come():
    inquiry = given(Inquiry, asked)

    inquiry.delay("provider_unavailable", AT)
    inquiry.delay("answer_unfit", LATER)
    inquiry.take_answer(FACTS, LATER)

    assert then(inquiry) == [delayed, answered]


def test_the_same_question_is_known_again():
    inquiry = given(Inquiry, asked)

    assert inquiry.same_question("income_decile", PERSON, "requests", REQUEST)


@pytest.mark.parametrize("place", range(4))
def test_any_other_question_under_the_same_id_is_another(place):
    asking = ["income_decile", PERSON, "requests", REQUEST]
    asking[place] = "other" if place in (0, 2) else uuid4()

    assert not given(Inquiry, asked).same_question(*asking)


@pytest.mark.parametrize(
    ("event", "fields"), [(Inquiry.Answered, {"facts"}), (Inquiry.Failed, {"reason"})]
)
def test_what_was_answered_is_sealed(event, fields):
    assert sealed_fields(event) == fields


def test_an_answer_about_an_erased_person_reads_as_nothing():
    inquiry = given(Inquiry, asked, (Inquiry.Answered, ABOUT | {"facts": None}))

    assert (inquiry.status, inquiry.facts) == (InquiryStatus.ANSWERED, None)
