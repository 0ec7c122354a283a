"""What catalog tells others."""

from uuid import uuid4

import pytest

from panjareh_catalog.domain.public_service import PublicService
from panjareh_catalog.messaging.translation import PUBLISHED
from panjareh_catalog.schemas.services import ListServicesSchema
from panjareh_common.event_store import RecordedEvent
from panjareh_common.messaging.relay import Relay
from panjareh_common.testing.aggregates import AT
from panjareh_common.testing.fake_broker import FakeBroker


def test_a_published_service_is_told_whole():
    service = PublicService.register("DOG-001", "municipality", AT)
    card = {"code": "DOG-001", "authority": "municipality", "name": {"fa": "سگ", "en": "Dog"}}
    service.publish(card, AT)
    event = service.pending_events[-1]
    recorded = RecordedEvent(
        stream=service.id,
        version=2,
        position=1,
        topic="PublicService.Published",
        metadata={},
        occurred_at=AT,
        recorded_at=AT,
        hash=uuid4().bytes,
        event=event,
    )
    broker = FakeBroker()

    Relay("catalog", PUBLISHED, broker).tell([recorded])

    [message] = broker.published
    assert message.type == "service_published.v1"
    assert message.subject == str(service.id)
    assert message.data == {"version": 1, "card": card, "format": 1}


@pytest.mark.parametrize("asked", [{"q": "a\0b"}, {"q": "x" * 201}, {"limit": 101}, {"colour": 1}])
def test_a_question_that_cannot_be_asked_is_refused_at_the_door(asked):
    assert list(ListServicesSchema().validate(asked)) == list(asked)
