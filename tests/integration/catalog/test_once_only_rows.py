"""The once-only rule in the database: the copy of what is offered, overrides for all, conflicts for who must act."""

from __future__ import annotations

import random
import unicodedata
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.types.json import Jsonb
from tests.contract.public_events import sample

from panjareh_catalog.application.evidence_types import EvidenceTypes, answerable
from panjareh_catalog.application.powers import PLATFORM
from panjareh_catalog.domain.normalising import fa_norm
from panjareh_catalog.domain.public_service import PublicService
from panjareh_catalog.read_model.evidence_types import PostgresEvidenceTypes
from panjareh_catalog.read_model.forms import FormsView
from panjareh_catalog.read_model.known import PostgresKnowledge
from panjareh_catalog.read_model.once_only import OnceOnly
from panjareh_catalog.read_model.services_view import ServicesView
from panjareh_common.database import Database
from panjareh_common.event_store import Cause, EventLog, Keyring
from panjareh_common.messaging import Message
from panjareh_common.messaging.catching_up import events_after
from panjareh_common.messaging.relay import PublicEvents
from panjareh_common.refusals import NotAllowed
from panjareh_inquiry.application.offers import Offers
from panjareh_inquiry.messaging.translation import PUBLISHED as TOLD_BY_INQUIRY
from panjareh_inquiry.read_model.directory import PostgresDirectory

from .publishers import a_card, publisher

LISTENER = "catalog.on_evidence_type_told"
OPERATOR = Cause("operator", "operator", "internal")
PUBLISHED, WITHDRAWN = "evidence_type_published.v1", "evidence_type_withdrawn.v1"
TYPES = [PUBLISHED, WITHDRAWN]
GROUND = {
    "law": {"fa": "مادهٔ ۵", "en": "Article 5"},
    "reason": {"fa": "اصل آن باید دیده شود", "en": "The original has to be seen"},
}


class Catalogue:
    def __init__(self, database) -> None:
        self.log = EventLog(database, Keyring(b"k" * 32, database))
        self.rows = PostgresEvidenceTypes()
        self.evidence = EvidenceTypes(self.log, self.rows)
        self.once_only = OnceOnly(self.log, self.rows)
        self._views = (ServicesView(database), self.once_only)
        with database.connection() as connection:
            for code in ("mcit", "municipality"):
                connection.execute(
                    "INSERT INTO authority (code, name) VALUES (%s, %s) ON CONFLICT DO NOTHING",
                    (code, Jsonb({"fa": f"دستگاه {code}", "en": code})),
                )

    def hear(self, *messages) -> None:
        for message in messages:
            self.evidence.keep(message, LISTENER)

    def offered(self):
        with self.log.unit_of_work(OPERATOR) as unit:
            return self.rows.offered(unit)

    def publish(self, card, act=lambda service, at: None) -> None:
        with self.log.unit_of_work(OPERATOR) as unit:
            stream = PublicService.register(card["code"], card["authority"], unit.now)
            service = unit.find(PublicService, stream.id) or stream
            service.publish(card, unit.now)
            act(service, unit.now)
            unit.save(service)
            for view in self._views:
                view.write(unit, service)

    def overrides(self, **asked):
        asked = {"authority": None, "after": None, "limit": 20, "language": "en"} | asked
        return self.once_only.overrides(**asked)

    def conflicts(self, **asked):
        asked = {"authority": None, "after": None, "limit": 20, "language": "en"} | asked
        return self.once_only.conflicts(**asked)


@pytest.fixture
def catalogue(empty_catalogue) -> Catalogue:
    return Catalogue(empty_catalogue)


def told(name, sequence, kind=PUBLISHED, **data):
    message = sample(kind)
    return replace(
        message,
        id=f"{name}:{sequence}",
        sequence=sequence,
        data=message.data | {"name": name} | data,
    )


def a_form(title, **hints):
    field = {"type": "integer", "x-title": {"fa": title, "en": title}} | hints
    return {"type": "object", "additionalProperties": False, "properties": {"asked": field}}


def a_service(code, title, authority="mcit", **hints):
    changes = {"code": code, "authority": authority, "form": a_form(title, **hints), "evidence": []}
    return a_card("CERT-004", **changes)


# The copy


def test_what_is_told_is_kept_and_given_to_the_gate(catalogue):
    catalogue.hear(told("income_decile", 2))

    kept = catalogue.offered()["income_decile"]
    assert kept.authority == "welfare"
    assert kept.facts["decile"] == {"fa": "دهک درآمدی", "en": "Income decile"}
    assert set(kept.synonyms) == {"دهک", "income group"}
    with catalogue.log.unit_of_work(OPERATOR) as unit:
        assert PostgresKnowledge().read(unit, alone=True).evidence == {"income_decile": kept}


def test_what_is_withdrawn_is_offered_no_more_and_may_be_again(catalogue):
    catalogue.hear(told("income_decile", 2), told("income_decile", 3, WITHDRAWN))
    assert catalogue.offered() == {}

    catalogue.hear(told("income_decile", 4))
    assert [*catalogue.offered()] == ["income_decile"]


@pytest.mark.parametrize("seed", range(8))
def test_events_in_any_order_and_any_number_come_to_the_same(catalogue, seed):
    """A queue, and catching up beside it, repeat and reorder."""
    history = [
        told("income_decile", 2),
        told("income_decile", 3, titles={"fa": "دهک", "en": "Decile"}),
        told("civil_identity", 2),
        told("civil_identity", 3, WITHDRAWN),
        told("children", 2, WITHDRAWN),
        told("children", 3),
    ]
    heard = history * 2
    random.Random(seed).shuffle(heard)

    catalogue.hear(*heard)

    assert {name: kept.titles["en"] for name, kept in catalogue.offered().items()} == {
        "income_decile": "Decile",
        "children": "Income decile",
    }


def test_a_catalogue_that_comes_late_knows_what_one_that_listened_knows(
    catalogue, make_database_url
):
    """Page by page out of inquiry's log, as catching up does, and once more after a crash between pages."""
    exchange = Database(make_database_url("inquiry"))
    exchange.open()
    log = EventLog(exchange, Keyring(b"k" * 32, exchange))
    offers = Offers(log, PostgresDirectory(exchange, {}))
    offers.connect([_library("card"), _library("loan", "other")], [], OPERATOR)
    offers.connect([_library("loan", "other", required_loa=3)], ["card"], OPERATOR)

    position, end, asked = 0, False, []
    while not end:
        page = events_after(log, PublicEvents("inquiry", TOLD_BY_INQUIRY), position, TYPES, 1)
        asked.append(page)
        position, end = page["position"], page["end"]
    exchange.close()
    for page in [*asked, *asked]:
        catalogue.hear(*(Message.from_json(message) for message in page["messages"]))

    assert len(asked) == 5
    assert [*catalogue.offered()] == ["loan"]


def _library(name, code="library", **changes):
    texts = {"fa": f"مدرک {name}", "en": f"the {name}"}
    offered = {
        "name": name,
        "title": texts,
        "synonyms": {"fa": [], "en": []},
        "personal": True,
        "required_loa": 1,
        "legal_basis": texts,
        "schema": {"properties": {"number": {"type": "string", "x-title": texts}}},
        "asked_with": [],
    } | changes
    return {
        "code": code,
        "name": texts,
        "url": "http://library.invalid",
        "timeout_seconds": 1.0,
        "authority": None,
        "evidence_types": [offered],
    }


# Overrides


def test_an_override_is_public_with_its_ground_and_counts_against_the_authority(catalogue):
    catalogue.hear(told("income_decile", 2))
    catalogue.publish(a_service("AAA-001", "Income decile", **{"x-once-only-override": GROUND}))
    catalogue.publish(a_service("AAA-002", "Income decile", **{"x-once-only-override": GROUND}))
    catalogue.publish(
        a_service("BBB-001", "Shoe size", "municipality", **{"x-once-only-override": GROUND})
    )

    first = catalogue.overrides(limit=2)
    rest = catalogue.overrides(limit=2, after=first["next"])

    [told_first, _] = first["items"]
    assert told_first["service_code"] == "AAA-001"
    assert told_first["authority"] == {"code": "mcit", "name": "mcit"}
    assert told_first["pointer"] == "/form/properties/asked"
    assert (told_first["law"], told_first["reason"]) == ("Article 5", "The original has to be seen")
    assert told_first["evidence"] == "income_decile"
    assert [each["service_code"] for each in rest["items"]] == ["BBB-001"]
    assert rest["items"][0]["evidence"] is None, "nothing like it is offered"
    assert rest["next"] is None
    assert [(each["code"], each["overrides"]) for each in first["authorities"]] == [
        ("mcit", 2),
        ("municipality", 1),
    ]
    assert len(catalogue.overrides(authority="municipality")["items"]) == 1
    assert catalogue.overrides(language="fa")["items"][0]["law"] == "مادهٔ ۵"


def test_an_override_that_a_new_version_drops_is_gone_and_one_that_stays_keeps_its_day(catalogue):
    catalogue.hear(told("income_decile", 2))
    overridden = a_service("AAA-001", "Income decile", **{"x-once-only-override": GROUND})
    catalogue.publish(overridden)
    since = catalogue.overrides()["items"][0]["since"]

    catalogue.publish(overridden | {"time_limit_days": 3})
    assert catalogue.overrides()["items"][0]["since"] == since
    assert catalogue.overrides()["items"][0]["version"] == 2

    catalogue.publish(a_service("AAA-001", "Shoe size"))
    assert catalogue.overrides()["items"] == []
    assert catalogue.overrides()["authorities"] == []


def test_a_retired_service_claims_nothing(catalogue):
    reason = {"fa": "پایان", "en": "over"}
    overridden = a_service("AAA-001", "Income decile", **{"x-once-only-override": GROUND})
    catalogue.publish(overridden)

    catalogue.publish(overridden, lambda service, at: service.retire(reason, None, at))

    assert catalogue.overrides()["items"] == []


# Conflicts


def test_a_new_evidence_type_shows_which_forms_ask_for_it(catalogue):
    catalogue.publish(a_service("AAA-001", "Income decile"))
    catalogue.publish(a_service("AAA-002", "Shoe size"))
    catalogue.publish(a_service("AAA-003", "Income decile", **{"x-once-only-override": GROUND}))
    catalogue.publish(a_service("BBB-001", "Your income decile", "municipality"))
    assert catalogue.conflicts()["items"] == []

    catalogue.hear(told("income_decile", 2))

    [ours] = catalogue.conflicts(authority="mcit")["items"]
    assert ours == {
        "service_code": "AAA-001",
        "service_name": a_card("CERT-004")["name"]["en"],
        "version": 1,
        "authority": "mcit",
        "pointer": "/form/properties/asked",
        "title": "Income decile",
        "evidence": "income_decile",
        "evidence_title": "Income decile",
        "offered_by": "welfare",
    }
    assert [each["service_code"] for each in catalogue.conflicts()["items"]] == [
        "AAA-001",
        "BBB-001",
    ]
    catalogue.hear(told("income_decile", 3, WITHDRAWN))
    assert catalogue.conflicts()["items"] == []


def test_conflicts_are_leafed_through_without_losing_or_repeating_one(catalogue):
    catalogue.hear(told("income_decile", 2))
    for number in range(5):
        form = a_form("Income decile")
        form["properties"]["again"] = form["properties"]["asked"]
        catalogue.publish(a_service(f"AAA-00{number}", "x") | {"form": form})

    seen, after = [], None
    while True:
        page = catalogue.conflicts(limit=3, after=after)
        seen += [(each["service_code"], each["pointer"]) for each in page["items"]]
        if (after := page["next"]) is None:
            break

    assert len(seen) == len(set(seen)) == 10
    assert seen == sorted(seen)


@pytest.mark.parametrize(
    ("caller", "whose"),
    [
        (publisher("mcit"), "mcit"),
        (publisher("mcit", "supervisor"), "mcit"),
        (publisher(PLATFORM, "administrator"), None),
    ],
)
def test_an_authority_is_shown_its_own(caller, whose):
    assert answerable(caller) == whose


@pytest.mark.parametrize("caller", [publisher("mcit", "officer"), publisher(PLATFORM, "auditor")])
def test_who_changes_no_form_is_shown_none(caller):
    with pytest.raises(NotAllowed):
        answerable(caller)


def test_the_form_in_force_is_given_with_its_version(catalogue, empty_catalogue):
    card = a_service("AAA-001", "Shoe size")
    catalogue.publish(card)
    catalogue.publish(card | {"time_limit_days": 3})

    assert FormsView(empty_catalogue).get("AAA-001") == {
        "code": "AAA-001",
        "version": 2,
        "form": card["form"],
    }


# One normalisation, in two languages

_ASSIGNED = st.characters(exclude_categories=["Cs", "Cn", "Co"], exclude_characters="\0")
_TYPED = st.text(
    alphabet=st.sampled_from("يىكةۀأإآٱؤئ۰٩ یکه‌ـَّA-z_.,؛؟٪«»\u00a0\u200f\u2009\ufeff½ﷲﻻÉß①")
    | _ASSIGNED,
    max_size=40,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[*HealthCheck])
@given(st.lists(_TYPED, min_size=50, max_size=200))
def test_texts_are_compared_alike_in_python_and_in_the_database(empty_catalogue, texts):
    with empty_catalogue.connection() as connection:
        rows = connection.execute(
            "SELECT text, fa_norm(text) AS norm FROM unnest(%s::text[]) AS text", (texts,)
        ).fetchall()

    for row in rows:
        named = [unicodedata.name(letter, hex(ord(letter))) for letter in row["text"]]
        assert fa_norm(row["text"]) == row["norm"], named
