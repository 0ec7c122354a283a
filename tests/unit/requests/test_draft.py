"""A draft: each saving is a version of its own, and puts its end off."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from panjareh_requests.domain.draft import MOST_DRAFTS, Draft, must_have_room
from panjareh_requests.domain.refusals_drafts import DraftOutdated, TooManyDrafts

NOW = datetime(2026, 3, 1, tzinfo=UTC)
MONTH = timedelta(days=30)


def begun():
    return Draft(
        id=uuid4(),
        owner_id=uuid4(),
        service_code="INET-001",
        service_version=1,
        channel="web",
        version=1,
        created_at=NOW,
        saved_at=NOW,
        expires_at=NOW + MONTH,
        form={"consent": True},
    )


def test_saving_makes_the_next_version():
    draft, later = begun(), NOW + timedelta(days=10)

    saved = draft.saved({}, service_version=2, channel="counter", at=later, kept_for=MONTH)

    assert (saved.version, saved.form, saved.service_version) == (2, {}, 2)
    assert (saved.channel, saved.saved_at, saved.expires_at) == ("counter", later, later + MONTH)
    assert (saved.id, saved.owner_id, saved.created_at) == (draft.id, draft.owner_id, NOW)
    assert draft.form == {"consent": True}


def test_only_the_version_that_was_seen_is_changed():
    begun().must_be(1)
    begun().must_be(None)
    for version in (0, 2):
        with pytest.raises(DraftOutdated):
            begun().must_be(version)


def test_so_many_are_kept():
    must_have_room(MOST_DRAFTS - 1)
    with pytest.raises(TooManyDrafts):
        must_have_room(MOST_DRAFTS)
