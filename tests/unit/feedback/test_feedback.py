from uuid import uuid4

import pytest

from panjareh_common.event_store.sealing import sealed_fields
from panjareh_common.refusals import NotFound
from panjareh_common.testing.aggregates import AT, given, then
from panjareh_feedback.domain.feedback import Feedback
from panjareh_feedback.domain.refusals import RatingOutOfRange, TextTooLong
from panjareh_feedback.domain.values import KnownRequest, stream_of

REQUEST, GIVER = uuid4(), uuid4()
FINISHED = KnownRequest(REQUEST, GIVER, "DOG-001", AT)

given_before = (
    Feedback.Given,
    {
        "request_id": REQUEST,
        "service_code": "DOG-001",
        "giver_id": GIVER,
        "rating": 4,
        "text": "fine",
    },
)


def give(request=FINISHED, **changes):
    said = {"person_id": GIVER, "service_code": "DOG-001", "rating": 4, "text": "fine"}
    return Feedback.give(request, at=AT, **said | changes)


def change(feedback, **changes):
    said = {"person_id": GIVER, "service_code": "DOG-001", "rating": 4, "text": "fine"}
    feedback.change(at=AT, **said | changes)


def test_the_applicant_of_a_decided_request_gives_feedback():
    feedback = give()

    assert then(feedback) == [given_before]
    assert feedback.id == stream_of(REQUEST)
    assert feedback.person_id == GIVER


@pytest.mark.parametrize(
    "request_",
    [
        None,
        KnownRequest(REQUEST, GIVER, "DOG-001", None),
        KnownRequest(REQUEST, None, None, AT),
        KnownRequest(REQUEST, uuid4(), "DOG-001", AT),
        KnownRequest(REQUEST, GIVER, "CAT-001", AT),
    ],
    ids=["unknown", "undecided", "submission not heard yet", "another's", "another service"],
)
def test_what_is_not_ones_own_finished_request_looks_like_nothing(request_):
    with pytest.raises(NotFound):
        give(request_)


@pytest.mark.parametrize("rating", [0, 6])
def test_a_rating_is_from_one_to_five(rating):
    with pytest.raises(RatingOutOfRange):
        give(rating=rating)


def test_a_text_has_an_end():
    with pytest.raises(TextTooLong):
        give(text="x" * 2001)


def test_feedback_can_be_changed():
    feedback = given(Feedback, given_before)

    change(feedback, rating=2, text="")

    assert then(feedback) == [
        (Feedback.Changed, {"service_code": "DOG-001", "rating": 2, "text": ""})
    ]


def test_saying_the_same_again_changes_nothing():
    feedback = given(Feedback, given_before)

    change(feedback)

    assert then(feedback) == []


@pytest.mark.parametrize("wrong", [{"person_id": uuid4()}, {"service_code": "CAT-001"}])
def test_nobody_changes_the_feedback_of_another(wrong):
    feedback = given(Feedback, given_before)

    with pytest.raises(NotFound):
        change(feedback, rating=1, **wrong)

    assert then(feedback) == []


@pytest.mark.parametrize("event", [Feedback.Given, Feedback.Changed])
def test_what_a_person_wrote_is_sealed(event):
    assert sealed_fields(event) == {"text"}
