"""What feedback tells others."""

from datetime import timedelta
from uuid import uuid4

from panjareh_common.event_store import RecordedEvent
from panjareh_common.messaging.relay import Relay
from panjareh_common.testing.aggregates import AT
from panjareh_common.testing.fake_broker import FakeBroker
from panjareh_feedback.domain.feedback import Feedback
from panjareh_feedback.domain.values import KnownRequest
from panjareh_feedback.messaging.translation import PUBLISHED
from panjareh_feedback.schemas import GiveFeedbackSchema


def test_a_rating_is_told_to_others_and_what_was_written_is_not():
    giver, broker = uuid4(), FakeBroker()
    request = KnownRequest(uuid4(), giver, "DOG-001", AT)
    said = {"person_id": giver, "service_code": "DOG-001"}
    feedback = Feedback.give(request, **said, rating=4, text="a secret", at=AT)
    feedback.change(**said, rating=2, text="another secret", at=AT + timedelta(hours=1))
    recorded = [
        RecordedEvent(
            stream=feedback.id,
            version=event.originator_version,
            position=event.originator_version,
            topic=type(event).TOPIC,
            metadata={},
            occurred_at=event.timestamp,
            recorded_at=AT,
            hash=b"",
            event=event,
        )
        for event in feedback.pending_events
    ]

    Relay("feedback", PUBLISHED, broker).tell(recorded)

    assert [message.type for message in broker.published] == ["feedback_given.v1"] * 2
    assert [message.data for message in broker.published] == [
        {"service_code": "DOG-001", "rating": 4},
        {"service_code": "DOG-001", "rating": 2},
    ]


def test_a_text_may_be_left_out():
    said = {"service_code": "DOG-001", "request_id": str(uuid4()), "rating": 4}

    assert GiveFeedbackSchema().load(said).text == ""
    assert GiveFeedbackSchema().load(said | {"text": None}).text == ""
