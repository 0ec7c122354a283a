"""Public messages: made as their samples say, and readable by everybody who listens."""

import json
import re
from uuid import UUID

import pytest

from panjareh_catalog.application.authorities import heard as authority_heard
from panjareh_catalog.domain.authority import AuthorityEntry
from panjareh_catalog.read_model.evidence_types import heard as evidence_heard
from panjareh_catalog.read_model.measured_use import heard as use_heard
from panjareh_common.calendar import read_weekdays
from panjareh_common.clock import from_wire
from panjareh_common.messaging.topology import (
    PERSON_ERASED,
    SESSION_ENDED,
    SIGNING_KEY_PUBLISHED,
    erasures,
    trust,
)
from panjareh_common.security import TokenVerifier
from panjareh_common.security.keys import PublishedKey
from panjareh_common.security.trust import TrustStore
from panjareh_common.settings import SERVICES
from panjareh_common.testing.aggregates import AT
from panjareh_feedback.read_model.known_requests import _heard
from panjareh_requests.read_model.authorities import authority_row
from panjareh_requests.read_model.calendars import day_row, outage_row
from panjareh_requests.read_model.staff import officer_heard, tie_heard
from panjareh_requests.read_model.terms import _STANDING_OF, _terms
from tests.contract.public_events import ALL, HERE, made_by_owner, path_of_type, sample, types_of
from tests.golden.samples import RFC_8037, SAMPLES
from tests.inventory import published, subscriptions

SUBSCRIPTIONS = [each for service in SERVICES for each in subscriptions(service)]
# What every process hears for itself, beside the queues (panjareh_common.foundation, .security.trust).
BROADCAST = {SESSION_ENDED, SIGNING_KEY_PUBLISHED, PERSON_ERASED}


@pytest.mark.parametrize("type_", ALL)
def test_an_owner_makes_its_message_as_the_sample_says(type_):
    service = ALL[type_]

    message = made_by_owner(service, types_of(service)[type_][0])

    kept = json.loads(path_of_type(type_).read_text(encoding="utf-8"))
    assert json.loads(message.to_body()) == kept


@pytest.mark.parametrize("type_", ALL)
def test_every_event_that_is_told_under_one_name_tells_the_same_things(type_):
    service = ALL[type_]
    told = [made_by_owner(service, event_class).data for event_class in types_of(service)[type_]]

    assert {frozenset(data) for data in told} == {frozenset(sample(type_).data)}


@pytest.mark.parametrize("type_", ALL)
def test_a_message_is_a_cloud_event_that_names_its_owner(type_):
    message = sample(type_)

    assert message.source == ALL[type_]
    assert message.type == type_
    assert re.fullmatch(r"[a-z]+(_[a-z]+)+\.v[1-9][0-9]*", type_)
    assert message.id == f"{message.subject}:{message.sequence}"
    assert UUID(message.subject)


@pytest.mark.parametrize("type_", ALL)
def test_nothing_that_is_sealed_at_rest_is_told_in_the_open(type_):
    """The privacy line: what a golden event holds under a person's key is in no message."""
    from panjareh_common.event_store.sealing import sealed_fields

    service = ALL[type_]
    for event_class in types_of(service)[type_]:
        told = made_by_owner(service, event_class).to_body().decode()
        for field in sealed_fields(event_class):
            for secret in _texts(SAMPLES[event_class][field]):
                assert f'"{secret}"' not in told, field


def _texts(value):
    if isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, str) and value:
        yield value


def test_no_sample_is_left_behind_by_a_message_that_is_gone():
    assert {path.stem for path in HERE.glob("*.json")} == set(ALL)


def test_no_two_services_publish_under_one_name():
    names = [type_ for service in SERVICES for type_ in types_of(service)]

    assert len(names) == len(set(names))


@pytest.mark.parametrize("subscription", SUBSCRIPTIONS, ids=lambda each: each.name)
def test_what_somebody_listens_to_is_published_by_the_source_it_catches_up_from(subscription):
    assert {ALL.get(type_) for type_ in subscription.types} == {subscription.source}


def test_what_every_process_listens_to_is_published_by_somebody():
    assert set(ALL) >= BROADCAST


# What each listener does with a message, as far as it needs no database. A new listener is added here.


def _read_by_terms(message):
    card = message.data["card"]
    terms = _terms(card, message.data["version"])
    assert (terms.code, terms.version) == ("SUB-003", 1)
    assert terms.evidence == ("civil_identity", "income_decile")
    assert message.time == AT.replace(microsecond=123456)


def _read_by_standings(message):
    assert message.data["service_code"] == "SUB-003"
    assert message.sequence > 0
    standing = _STANDING_OF[message.type]
    assert (message.data.get("reason") is None) == (standing == "published")
    assert ("successor" in message.data) == (standing == "retired")


def _read_by_evidence_gathering(message):
    assert UUID(message.data["request_id"])
    assert UUID(message.subject), "the inquiry"


def _read_by_evidence_delays(message):
    assert UUID(message.data["request_id"])
    assert message.data["evidence_type"] == "income_decile"


def _read_by_authorities(message):
    row = authority_row(message)
    assert set(row["name"]) == {"fa", "en"}
    assert read_weekdays(row["rest_days"])


def _read_by_days(message):
    row = day_row(message)
    assert row["day"].year == 2026
    assert (row["closed"] is None) == (message.type == "day_withdrawn.v1")


def _read_by_outages(message):
    row = outage_row(message)
    assert UUID(row["outage_id"])
    if "starts_at" in row:
        assert row["starts_at"].tzinfo and isinstance(row["partial"], bool)
        assert row["services"] or row["authorities"]
    else:
        assert row["withdrawn"] is (message.type == "outage_withdrawn.v1")


def _read_by_staff(message):
    row = officer_heard(message)
    assert UUID(row["officer_id"])
    assert (row["authority"], row["roles"]) == ("welfare", ["officer", "publisher"])


def _read_by_ties(message):
    _, row = tie_heard(message)
    assert row["mandate_id"] == message.subject
    if message.type == "mandate_accepted.v1":
        assert UUID(row["representative"]) != UUID(row["represented"])
        assert from_wire(row["until"])


def _read_by_known_requests(message):
    _, parameters = _heard(message)
    assert None not in parameters.values()


def _read_by_erasures(message):
    assert UUID(message.subject), "the person"
    assert message.data == {}, "whoever is to be forgotten is only named"


def _read_by_trust(message):
    store = TrustStore(None, TokenVerifier({"keys": [RFC_8037 | {"kid": "identity-1"}]}), None)
    told = store.read(message)
    if message.type == SESSION_ENDED:
        assert told == ("a-session", 1774080960.5)
    else:
        assert isinstance(told, PublishedKey)
        assert told.kid == "identity-0badcafe"
        assert "d" not in told.jwk, "the private half is told to nobody"


def _read_by_evidence_types(message):
    row = evidence_heard(message)
    assert (row["name"], row["sequence"]) == ("income_decile", message.sequence)
    assert row["withdrawn"] is (message.type == "evidence_type_withdrawn.v1")
    if not row["withdrawn"]:
        assert [fact["name"] for fact in row["facts"]] == ["decile", "household_size"]


def _read_by_measured_use(message):
    _, row = use_heard(message)
    assert row["service_code"] == "SUB-003"
    if message.type == "feedback_given.v1":
        assert (UUID(row["feedback_id"]), row["rating"], row["sequence"]) == (
            UUID(message.subject),
            4,
            1,
        )


def _read_by_register(message):
    assert authority_heard(message) == AuthorityEntry(
        "welfare", {"fa": "سازمان بهزیستی", "en": "Welfare Organisation"}
    )


READERS = {
    "catalog.on_request_submitted": _read_by_measured_use,
    "catalog.on_feedback_given": _read_by_measured_use,
    "catalog.on_authority_onboarded": _read_by_register,
    "catalog.on_evidence_type_told": _read_by_evidence_types,
    "requests.on_service_published": _read_by_terms,
    "requests.on_service_standing": _read_by_standings,
    "requests.on_inquiry_ended": _read_by_evidence_gathering,
    "requests.on_inquiry_delayed": _read_by_evidence_delays,
    "requests.on_authority_changed": _read_by_authorities,
    "requests.on_day_announced": _read_by_days,
    "requests.on_outage": _read_by_outages,
    "requests.on_officer_appointed": _read_by_staff,
    "requests.on_mandate": _read_by_ties,
    "feedback.on_request_moved": _read_by_known_requests,
    **{erasures(service).name: _read_by_erasures for service in SERVICES},
    **{trust(service).name: _read_by_trust for service in SERVICES},
}


@pytest.mark.parametrize(
    ("subscription", "type_"),
    [(each, type_) for each in SUBSCRIPTIONS for type_ in each.types],
    ids=lambda value: value if isinstance(value, str) else value.name,
)
def test_a_listener_can_read_what_is_sent_to_it(subscription, type_):
    assert subscription.name in READERS, "say in this file what the new listener reads"

    READERS[subscription.name](sample(type_))


def test_an_inquiry_of_identitys_own_belongs_to_no_request():
    """Whoever listens to inquiries must bear one without a request."""
    from panjareh_inquiry.domain.inquiry import Inquiry

    type_, translate = published("inquiry")[Inquiry.Answered]
    event = type("Event", (), {"evidence_type": "civil_identity", "request_id": None})

    assert type_ == "inquiry_answered.v1"
    assert translate(event)["request_id"] is None


def test_times_in_samples_have_their_zone():
    for type_ in ALL:
        kept = json.loads(path_of_type(type_).read_text(encoding="utf-8"))
        assert from_wire(kept["time"])
