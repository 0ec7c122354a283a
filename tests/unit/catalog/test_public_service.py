from datetime import timedelta

import pytest

from panjareh_catalog.domain.public_service import PublicService
from panjareh_catalog.domain.refusals import AuthorityFixed
from panjareh_catalog.domain.values import stream_of
from panjareh_common.testing.aggregates import AT, given, then

CARD = {"code": "DOG-001", "authority": "municipality", "form": {"const": True}}

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
