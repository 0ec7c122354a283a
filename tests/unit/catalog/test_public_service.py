import json
from datetime import timedelta
from uuid import uuid4

import pytest

from panjareh_catalog.domain.public_service import PublicService
from panjareh_catalog.domain.publishing_refusals import (
    ConsultationRunning,
    DraftChanged,
    DraftChangesNothing,
    DraftWaits,
    EndNotAhead,
    NotPublished,
    NotSuspended,
    ServiceRetired,
    SuccessorIsItself,
    SuspendedAlready,
    UnknownDraft,
)
from panjareh_catalog.domain.refusals import AuthorityFixed
from panjareh_catalog.domain.values import stream_of
from panjareh_common.event_store.snapshots import from_state, to_state
from panjareh_common.testing.aggregates import AT, given, then

CARD = {
    "code": "DOG-001",
    "authority": "municipality",
    "fee": {"amount": 0, "currency": "IRR"},
    "channels": ["web"],
    "form": {"const": True},
}

registered = (PublicService.Registered, {"code": "DOG-001", "authority": "municipality"})
published = (PublicService.Published, {"number": 1, "card": CARD})


def test_the_first_publication_is_version_one():
    service = PublicService.register("DOG-001", "municipality", AT)

    is_new = service.publish(CARD, AT)

    assert is_new
    assert then(service) == [registered, published]


def test_a_service_lives_in_the_stream_that_its_code_names():
    service = PublicService.register("DOG-001", "municipality", AT)

    assert service.id == stream_of("DOG-001")
    assert stream_of("DOG-001") != stream_of("DOG-002")


def test_publishing_the_same_content_again_changes_nothing():
    service = given(PublicService, registered, published)

    is_new = service.publish(dict(reversed(CARD.items())), AT)

    assert not is_new
    assert then(service) == []


def test_another_content_is_the_next_version():
    service = given(PublicService, registered, published)
    changed = CARD | {"time_limit_days": 5}

    is_new = service.publish(changed, AT + timedelta(days=1))

    assert is_new
    assert then(service) == [(PublicService.Published, {"number": 2, "card": changed})]
    assert service.published_at == AT + timedelta(days=1)


def test_one_and_true_are_not_the_same_content():
    service = given(PublicService, registered, published)

    is_new = service.publish(CARD | {"form": {"const": 1}}, AT)

    assert is_new


def test_a_service_cannot_change_its_authority():
    service = given(PublicService, registered, published)

    with pytest.raises(AuthorityFixed):
        service.publish(CARD | {"authority": "police"}, AT)

    assert then(service) == []


# Drafts, consultation, suspension, retirement

CHANGED = CARD | {"time_limit_days": 5}
CONSULTATION = uuid4()
REASON = {"fa": "به‌روز می‌شود", "en": "It is being renewed"}

draft = (PublicService.DraftSaved, {"number": 2, "revision": 3, "card": CHANGED})
opened = (PublicService.ConsultationOpened, {"number": 2, "consultation": CONSULTATION})
closed = (PublicService.ConsultationClosed, {"number": 2, "consultation": CONSULTATION})
suspended = (PublicService.Suspended, {"code": "DOG-001", "reason": REASON, "until": None})
retired = (PublicService.Retired, {"code": "DOG-001", "reason": REASON, "successor": None})


def test_the_same_content_in_another_format_is_no_new_version():
    service = given(PublicService, registered, published)
    channel = {"channel": "web", "open": None, "on_holidays": False}

    is_new = service.publish(CARD | {"format": 2, "channels": [channel], "sample": False}, AT)

    assert not is_new


def test_a_draft_is_a_version_that_is_not_published_yet():
    service = given(PublicService, registered, published)

    saved = service.save_draft(CHANGED, 0, AT)

    assert (saved.number, saved.revision) == (2, 3)
    assert then(service) == [draft]
    assert (service.number, service.card) == (1, CARD)


def test_a_draft_is_changed_by_who_has_read_its_last_revision():
    service = given(PublicService, registered, published, draft)

    with pytest.raises(DraftChanged):
        service.save_draft(CARD, 0, AT)
    with pytest.raises(DraftChanged):
        service.save_draft(CARD, 2, AT)
    assert service.save_draft(CHANGED, 3, AT).revision == 3
    assert then(service) == []
    assert service.save_draft(CHANGED | {"time_limit_days": 6}, 3, AT).revision == 4


def test_a_published_draft_bears_its_number():
    service = given(PublicService, registered, published, draft)

    service.publish_draft(2, AT)

    assert then(service) == [(PublicService.Published, {"number": 2, "card": CHANGED})]
    assert service.draft is None


def test_a_draft_that_changes_nothing_is_not_published():
    same = (PublicService.DraftSaved, {"number": 2, "revision": 3, "card": CARD})
    service = given(PublicService, registered, published, same)

    with pytest.raises(DraftChangesNothing):
        service.publish_draft(2, AT)


def test_another_content_is_not_published_past_a_draft():
    service = given(PublicService, registered, published, draft)

    with pytest.raises(DraftWaits):
        service.publish(CARD | {"time_limit_days": 9}, AT)
    assert service.publish(CHANGED, AT)
    assert service.number == 2


def test_a_discarded_draft_leaves_its_number_behind():
    service = given(PublicService, registered, published, draft)

    service.discard_draft(2, AT)

    assert service.save_draft(CHANGED, 0, AT).number == 3
    with pytest.raises(UnknownDraft):
        service.publish_draft(2, AT)


@pytest.mark.parametrize(
    "command",
    [
        lambda service: service.publish_draft(2, AT),
        lambda service: service.publish(CARD | {"time_limit_days": 9}, AT),
        lambda service: service.discard_draft(2, AT),
        lambda service: service.retire(REASON, None, AT),
        lambda service: service.open_consultation(2, uuid4(), AT),
    ],
)
def test_while_a_draft_is_before_people_nothing_overtakes_them(command):
    service = given(PublicService, registered, published, draft, opened)

    with pytest.raises(ConsultationRunning, match=str(CONSULTATION)):
        command(service)

    assert then(service) == []


def test_what_people_were_shown_under_a_number_stays_so_even_after_they_were_heard():
    for history in ((draft, opened), (draft, opened, closed)):
        service = given(PublicService, registered, published, *history)

        changed = service.save_draft(CARD | {"time_limit_days": 9}, 3, AT)

        assert changed.number == 3


def test_a_draft_that_people_were_content_with_is_published_as_they_saw_it():
    service = given(PublicService, registered, published, draft, opened, closed)

    service.publish_draft(2, AT)

    assert service.number == 2
    assert service.states == {1: "superseded", 2: "published"}


def test_closing_what_is_not_open_is_refused():
    with pytest.raises(UnknownDraft):
        given(PublicService, registered, published, draft).close_consultation(AT)


def test_a_suspended_service_is_changed_and_resumed():
    service = given(PublicService, registered, published, suspended)

    assert service.publish(CHANGED, AT)
    assert service.standing == "suspended"
    service.resume(AT)

    assert service.standing == "published"
    assert service.reason is None


@pytest.mark.parametrize(
    ("history", "command", "refusal"),
    [
        ((registered,), lambda s: s.suspend(REASON, None, AT), NotPublished),
        ((registered,), lambda s: s.resume(AT), NotPublished),
        ((registered,), lambda s: s.retire(REASON, None, AT), NotPublished),
        ((registered, published), lambda s: s.resume(AT), NotSuspended),
        ((registered, published), lambda s: s.suspend(REASON, AT, AT), EndNotAhead),
        ((registered, published), lambda s: s.retire(REASON, "DOG-001", AT), SuccessorIsItself),
        (
            (registered, published, suspended),
            lambda s: s.suspend(REASON, None, AT),
            SuspendedAlready,
        ),
        ((registered, published, retired), lambda s: s.suspend(REASON, None, AT), ServiceRetired),
        ((registered, published, retired), lambda s: s.resume(AT), ServiceRetired),
        ((registered, published, retired), lambda s: s.retire(REASON, None, AT), ServiceRetired),
        ((registered, published, retired), lambda s: s.publish(CHANGED, AT), ServiceRetired),
        ((registered, published, retired), lambda s: s.save_draft(CHANGED, 0, AT), ServiceRetired),
        ((registered, published), lambda s: s.discard_draft(1, AT), UnknownDraft),
        ((registered, published), lambda s: s.open_consultation(1, CONSULTATION, AT), UnknownDraft),
    ],
)
def test_what_a_service_is_not_ready_for_is_refused(history, command, refusal):
    service = given(PublicService, *history)

    with pytest.raises(refusal):
        command(service)

    assert then(service) == []


def test_a_draft_dies_with_its_service():
    service = given(PublicService, registered, published, draft)

    service.retire(REASON, "DOG-002", AT)

    assert [kind for kind, _ in then(service)] == [
        PublicService.DraftDiscarded,
        PublicService.Retired,
    ]
    assert (service.standing, service.successor) == ("retired", "DOG-002")


def test_a_long_life_survives_being_put_by():
    """What a snapshot keeps is what the events say."""
    service = given(PublicService, registered, published, draft, opened, closed, suspended)

    state = json.loads(json.dumps(to_state(service)))
    restored = from_state(PublicService, service.id, service.version, state)

    assert vars(restored) == vars(service)
