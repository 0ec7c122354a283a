"""People find a service however they type it (requirement C1): messy queries on the demo services."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from panjareh_catalog.adapters.card_files import gather, read_all
from panjareh_catalog.application.catalogue import Catalogue
from panjareh_catalog.domain.public_service import PublicService
from panjareh_catalog.domain.refusals import UnknownService
from panjareh_catalog.domain.values import stream_of
from panjareh_catalog.entrypoints.publish import publish
from panjareh_catalog.read_model.authorities import PostgresAuthorities
from panjareh_catalog.read_model.services_view import ServicesView
from panjareh_common.database import Database
from panjareh_common.event_store import EventLog, Keyring
from panjareh_common.refusals import InvalidInput
from panjareh_sandbox.demo import services_dir

# What was typed, and the service that must come first.
QUERIES = {
    "گواهینامه": "DRV-002",
    "گواهی نامه رانندگی": "DRV-002",
    "گواهي‌نامه": "DRV-002",
    "گواهینامه‌ی رانندگي": "DRV-002",
    "drving license": "DRV-002",
    "اینترنت رايگان": "INET-001",
    "ینترنت رایگان": "INET-001",
    "inet ۰۰۱": "INET-001",
    "يارانه نقدي": "SUB-003",
    "ثبت نام یارانه": "SUB-003",
    "شناسنامۀ المثني": "CERT-004",
    "شناسنامه گمشده": "CERT-004",
    "پروانهٔ ساختمانی": "MUN-010",
    "پــروانه ساختمان!": "MUN-010",
    "کسب و كار خانگي": "BIZ-005",
    "مجوّز کسب‌وکار": "BIZ-005",
}


@pytest.fixture
def catalog(catalog_database_url: str) -> Iterator[tuple[Catalogue, ServicesView, EventLog]]:
    """The catalogue with the demo services published, on a migrated database."""
    database = Database(catalog_database_url)
    database.open()
    log = EventLog(database, Keyring(b"k" * 32, database))
    view = ServicesView(database)
    catalogue = Catalogue(log, view, PostgresAuthorities())
    assert publish(catalogue, read_all(gather([services_dir()])))
    yield catalogue, view, log
    database.close()


def find(view, q=None, *, authority=None, life_event=None, after=None, limit=20, language="fa"):
    return view.find(
        q=q,
        authority=authority,
        life_event=life_event,
        after=after,
        limit=limit,
        language=language,
    )


def codes(found):
    return [item["code"] for item in found["items"]]


def walk(view, **asked):
    """Every page of one item, one after the other."""
    after, seen = None, []
    while True:
        found = find(view, after=after, limit=1, **asked)
        seen += codes(found)
        after = found["next"]
        if after is None:
            return seen


@pytest.mark.parametrize(("typed", "code"), QUERIES.items())
def test_a_service_is_found_however_it_is_typed(catalog, typed, code):
    _, view, __ = catalog

    assert codes(find(view, typed))[:1] == [code]


def test_what_no_service_offers_is_not_found(catalog):
    _, view, __ = catalog

    assert codes(find(view, "زرافه")) == []


def test_without_words_services_come_in_the_order_of_their_codes(catalog):
    _, view, __ = catalog
    every = codes(find(view))

    assert every == sorted(every)
    assert {*QUERIES.values()} <= {*every}
    assert walk(view) == every


def test_pages_of_a_search_neither_lose_nor_repeat(catalog):
    _, view, __ = catalog
    every = codes(find(view, "دهک"))

    assert len(every) > 1
    assert walk(view, q="دهک") == every


def test_a_list_is_narrowed_by_authority_and_life_event(catalog):
    _, view, __ = catalog

    assert codes(find(view, authority="police")) == ["DRV-002"]
    assert codes(find(view, life_event="low_income")) == ["INET-001", "SUB-003"]
    assert codes(find(view, "رایگان", authority="police")) == []


def test_a_cursor_of_another_list_is_told_to_the_caller(catalog):
    _, view, __ = catalog
    after = find(view, limit=1)["next"]

    with pytest.raises(InvalidInput):
        find(view, "دهک", after=after)


def test_a_card_is_told_in_the_readers_language(catalog):
    _, view, __ = catalog

    persian, english = view.get("INET-001", "fa"), view.get("INET-001", "en")

    assert persian["name"].startswith("اینترنت رایگان")
    assert english["name"].startswith("Free internet")
    assert english["authority"]["code"] == "mcit"
    assert english["steps"][0].keys() == {"text", "minutes"}
    assert english["rules"]["rows"][0]["reason"].startswith("According to")
    # The fields of a form keep the order in which a person is asked.
    assert list(english["form"]["properties"]) == ["mobile_number", "consent"]


def test_a_service_that_is_not_there_is_refused_by_name(catalog):
    _, view, __ = catalog

    with pytest.raises(UnknownService):
        view.get("NO-999", "fa")


def test_publishing_again_adds_no_event(catalog):
    catalogue, _, log = catalog
    before = len(log.history(stream_of("INET-001")))

    assert publish(catalogue, read_all(gather([services_dir()])))

    assert len(log.history(stream_of("INET-001"))) == before


def test_the_newest_version_is_the_one_that_is_shown(catalog, tmp_path):
    catalogue, view, log = catalog
    card = (services_dir() / "BIZ-005.yaml").read_text(encoding="utf-8")
    version = view.get("BIZ-005", "en")["version"]
    file = tmp_path / "BIZ-005.yaml"
    file.write_text(
        card.replace("Home-business permit", f"Home-business permit {version}"), encoding="utf-8"
    )

    assert publish(catalogue, read_all([file]))

    shown = view.get("BIZ-005", "en")
    assert (shown["version"], shown["name"]) == (version + 1, f"Home-business permit {version}")
    event = log.history(stream_of("BIZ-005"))[-1].event
    assert isinstance(event, PublicService.Published)
    assert event.number == version + 1


def test_the_index_answers_a_search(catalog, catalog_database_url):
    statement = "EXPLAIN SELECT code FROM public_service WHERE fa_norm('گواهی نامه') <% search_norm"
    with psycopg.connect(catalog_database_url) as connection:
        connection.execute("SET enable_seqscan = off")
        plan = "\n".join(row[0] for row in connection.execute(statement))

    assert "public_service_search" in plan
