"""The whole catalogue for others' programs: read on from where one was, tagged, and never held as a whole."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from rdflib import RDF, Graph
from tests import big_catalogue
from tests.integration.catalog.publishers import a_card, asking
from tests.integration.conftest import new_databases

from panjareh_catalog.adapters.card_files import read_files
from panjareh_catalog.adapters.rdf import PREFIXES, JsonLd, Turtle
from panjareh_catalog.application.drafts import SaveDraft
from panjareh_catalog.application.publishing import Retire, Suspend
from panjareh_catalog.read_model.catalogue_export import CatalogueEntries
from panjareh_catalog.read_model.measured_use import MeasuredUse
from panjareh_catalog.wiring_consultations import ExportParts, wire_exports
from panjareh_catalog.wiring_publishing import PublishingParts, lay_publishing
from panjareh_common.database import Database
from panjareh_common.event_store import Cause, EventLog, Keyring
from panjareh_common.refusals import InvalidInput
from panjareh_gateway import parts as gateway_parts
from panjareh_gateway.api.table import OPERATIONS
from panjareh_sandbox.demo import authorities_file, life_events_file

OPERATOR = Cause("operator", "operator", "internal")
REASON = {"fa": "به‌روز می‌شود", "en": "Being renewed"}
WINDOW = "https://window.example"


class Office:
    """Publishes, and reads what the export says of it."""

    def __init__(self, url: str, parts: PublishingParts, exporting: ExportParts) -> None:
        self.url, self.parts = url, parts
        self.rows, self.exports = exporting.rows, exporting.exports

    def publish(self, code="INET-001", authority="mcit", **changes) -> None:
        self.parts.publishing.publish(a_card(code, **changes), asking(authority))

    def changes(self, **asked):
        return self.rows.changes(**{"changed_since": None, "after": None, "limit": 50} | asked)

    def run(self, sql, *parameters) -> None:
        with psycopg.connect(self.url) as connection:
            connection.execute(sql, parameters)

    def graph(self, syntax=None, form="turtle") -> Graph:
        return Graph().parse(data="".join(all_parts(self.exports, syntax or Turtle())), format=form)


@pytest.fixture
def office(catalog_database_url: str) -> Iterator[Office]:
    database = Database(catalog_database_url)
    database.open()
    log = EventLog(database, Keyring(b"k" * 32, database))
    parts = lay_publishing(log, database, more_views=(CatalogueEntries(),))
    parts.bulk.bring_in(read_files([life_events_file(), authorities_file()]), OPERATOR)
    exporting = wire_exports(database, MeasuredUse(log, database))
    yield Office(catalog_database_url, parts, exporting)
    database.close()


def all_parts(exports, syntax) -> Iterator[str]:
    after = None
    while True:
        part = exports.whole(syntax, WINDOW, after)
        yield part["text"]
        after = part["next"]
        if after is None:
            return


def codes(found):
    return [item["code"] for item in found["items"]]


def services_in(graph: Graph) -> set[str]:
    kind = PREFIXES["cpsv"] + "PublicService"
    return {
        str(s).rpartition("/")[2]
        for s in graph.subjects(RDF.type)
        if (s, RDF.type) and kind in {str(t) for t in graph.objects(s, RDF.type)}
    }


# The list for the national portal


def test_a_published_service_is_told_whole_in_both_languages(office):
    office.publish()

    [told] = office.changes()["items"]

    assert (told["code"], told["standing"], told["version"]) == ("INET-001", "published", 1)
    assert told["card"]["name"] == a_card()["name"]
    assert told["card"]["format"] == 2
    assert told["authority"]["code"] == "mcit"
    assert set(told["authority"]["name"]) == {"fa", "en"}
    assert told["satisfaction"] == {"count": 0, "mean": None, "suppressed": False}


def test_a_draft_is_nobody_elses_business(office):
    card = a_card()
    office.parts.drafts.save(SaveDraft("INET-001", 0, card), asking())
    assert office.changes()["items"] == []

    office.publish()
    before = office.changes()
    office.parts.drafts.save(SaveDraft("INET-001", 0, card | {"time_limit_days": 77}), asking())

    assert office.changes(after=before["resume"])["items"] == []
    assert services_in(office.graph()) == {"INET-001"}


def test_whoever_reads_on_gets_what_changed_and_each_service_once(office):
    office.publish()
    office.publish("BIZ-005", "welfare")
    read = office.changes()
    assert codes(read) == ["INET-001", "BIZ-005"]

    office.publish(time_limit_days=7)
    office.publish(time_limit_days=8)
    changed = office.changes(after=read["resume"])

    assert codes(changed) == ["INET-001"]
    assert changed["items"][0]["card"]["time_limit_days"] == 8
    assert changed["next"] is None
    nothing = office.changes(after=changed["resume"])
    assert (nothing["items"], nothing["resume"]) == ([], changed["resume"])


def test_pages_follow_one_another(office):
    for code, authority in (("INET-001", "mcit"), ("BIZ-005", "welfare"), ("SUB-003", "welfare")):
        office.publish(code, authority)

    first = office.changes(limit=2)
    second = office.changes(limit=2, after=first["next"])

    assert codes(first) + codes(second) == ["INET-001", "BIZ-005", "SUB-003"]
    assert second["next"] is None


def test_a_suspended_service_says_why_and_until_when(office):
    office.publish()
    [told] = office.changes()["items"]
    until = told["changed_at"] + timedelta(days=3)

    office.parts.publishing.suspend(Suspend("INET-001", REASON, until), asking())

    [told] = office.changes()["items"]
    assert (told["standing"], told["reason"], told["suspended_until"]) == (
        "suspended",
        REASON,
        until,
    )
    assert told["card"] is not None
    assert services_in(office.graph()) == {"INET-001"}


def test_of_a_retired_service_a_stone_is_left(office):
    office.publish()
    office.publish("BIZ-005", "welfare")
    resume = office.changes()["resume"]

    office.parts.publishing.retire(Retire("INET-001", REASON, None), asking())

    [told] = office.changes(after=resume)["items"]
    assert (told["code"], told["standing"], told["reason"]) == ("INET-001", "retired", REASON)
    assert told["card"] is None
    assert told["satisfaction"] is None
    assert services_in(office.graph()) == {"BIZ-005"}
    assert office.rows.one("INET-001") is None


def test_what_changed_since_a_moment_is_found_and_a_little_of_before(office):
    office.publish()
    office.publish("BIZ-005", "welfare")
    office.run(
        "UPDATE catalogue_entry SET changed_at = changed_at - interval '2 hours' WHERE code = 'BIZ-005'"
    )
    [at] = [i["changed_at"] for i in office.changes()["items"] if i["code"] == "INET-001"]

    assert codes(office.changes(changed_since=at)) == ["INET-001"]
    # What was stored later may be dated a moment earlier.
    assert codes(office.changes(changed_since=at + timedelta(seconds=50))) == ["INET-001"]
    assert codes(office.changes(changed_since=at + timedelta(minutes=2))) == []
    assert len(codes(office.changes(changed_since=at - timedelta(hours=3)))) == 2
    assert len(codes(office.changes(changed_since=datetime(1, 1, 1, tzinfo=UTC)))) == 2


def test_a_change_that_is_still_being_stored_is_not_passed_over(office):
    """One writer begins first and commits last; whoever read meanwhile finds it all the same."""
    office.publish()
    office.publish("BIZ-005", "welfare")
    slow = psycopg.connect(office.url)
    slow.execute("SELECT pg_current_xact_id()")
    position = slow.execute(
        "SELECT (pg_current_xact_id()::text::bigint + (SELECT value FROM log_offset)) << 16"
    ).fetchone()[0]
    slow.execute("UPDATE catalogue_entry SET position = %s WHERE code = 'BIZ-005'", (position,))
    office.publish(time_limit_days=9)

    meanwhile = office.changes()
    slow.commit()
    slow.close()
    later = office.changes(after=meanwhile["resume"])

    seen = codes(meanwhile) + codes(later)
    assert seen.index("INET-001") > seen.index("BIZ-005") or "BIZ-005" in codes(later)
    assert "BIZ-005" in codes(later)
    assert ("INET-001", 9) in {
        (item["code"], item["card"]["time_limit_days"])
        for item in meanwhile["items"] + later["items"]
    }


def test_few_ratings_are_told_to_nobody(office):
    office.publish()
    rate = "INSERT INTO service_use (service_code, rated, rating_sum) VALUES ('INET-001', %s, %s)"
    office.run(rate, 4, 20)
    [few] = office.changes()["items"]
    office.run("UPDATE service_use SET rated = 6, rating_sum = 27")
    [enough] = office.changes()["items"]

    assert few["satisfaction"] == {"count": None, "mean": None, "suppressed": True}
    assert enough["satisfaction"] == {"count": 6, "mean": 4.5, "suppressed": False}


@pytest.mark.parametrize("cursor", ["x", "WyJ4IiwiYSJd", "WyIxIl0"])
def test_a_cursor_that_is_not_ours_is_refused(office, cursor):
    with pytest.raises(InvalidInput):
        office.changes(after=cursor)


# As linked data


def test_whatever_changes_the_export_changes_its_tag(office):
    office.publish()
    seen = [office.rows.tag()]

    def changed(step) -> None:
        step()
        seen.append(office.rows.tag())

    changed(lambda: office.publish(time_limit_days=9))
    changed(
        lambda: office.run(
            'UPDATE authority SET name = \'{"fa": "نو", "en": "New"}\' WHERE code = \'mcit\''
        )
    )
    changed(lambda: office.run('UPDATE life_event SET name = \'{"fa": "نو", "en": "New"}\''))
    changed(
        lambda: office.run(
            "INSERT INTO service_use (service_code, rated, rating_sum) VALUES ('INET-001', 6, 30)"
        )
    )
    changed(lambda: office.parts.publishing.suspend(Suspend("INET-001", REASON, None), asking()))

    assert len(set(seen)) == len(seen)
    assert office.rows.tag() == seen[-1]
    office.run("UPDATE service_use SET submitted = submitted + 1")
    assert office.rows.tag() == seen[-1]


def test_an_authority_is_told_with_those_above_it(office):
    office.publish()
    office.run("UPDATE authority SET parent = 'police' WHERE code = 'mcit'")

    [service] = office.rows.page(None, 10)

    assert [each.code for each in service.authorities][:2] == ["mcit", "police"]
    graph = office.graph()
    under = (PREFIXES["org"] + "subOrganizationOf", f"{WINDOW}/api/v1/authorities/police")
    assert under in {(str(p), str(o)) for p, o in graph.predicate_objects()}


# Of any size


@pytest.fixture(scope="module")
def ten_thousand(servers) -> Iterator[ExportParts]:
    with new_databases(servers) as make:
        url = make("catalog")
        # Search is not what is measured here, and fills its own tables.
        with psycopg.connect(url) as connection:
            connection.execute("ALTER TABLE public_service DISABLE TRIGGER USER")
        shipped = a_card("PASS-001")
        own = ("code", "authority", "name", "life_events")
        made = big_catalogue.cards(10_000)
        big_catalogue.fill(url, (shipped | {name: card[name] for name in own} for card in made))
        database = Database(url)
        database.open()
        log = EventLog(database, Keyring(b"k" * 32, database))
        yield wire_exports(database, MeasuredUse(log, database))
        database.close()


def resident_bytes() -> int:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096


@pytest.mark.parametrize(
    ("path", "syntax"),
    [("/api/v1/catalogue.ttl", Turtle()), ("/api/v1/catalogue.jsonld", JsonLd())],
    ids=["turtle", "json-ld"],
)
def test_ten_thousand_services_take_no_more_memory_than_a_hundred(ten_thousand, path, syntax):
    """From the database to the last byte that goes out of the gateway."""
    [operation] = [each for each in OPERATIONS if each.path == path]
    exports = ten_thousand.exports

    async def ask(more):
        return exports.whole(syntax, WINDOW, more.get("after"))

    async def read() -> tuple[int, int, int]:
        told = gateway_parts.answer(operation, await ask({}), ask, known="", language="en")
        size, count, settled, most = 0, 0, 0, 0
        async for part in told.body_iterator:
            size, count = size + len(part), count + 1
            most = max(most, resident_bytes())
            if count == 10:  # everything that is made once has been made
                gc.collect()
                settled, most = resident_bytes(), 0
        return size, count, most - settled

    began = time.perf_counter()
    size, count, grown = asyncio.run(read())
    took = time.perf_counter() - began

    print(
        f"{path}: {size / 2**20:.0f} MiB in {count} parts and {took:.1f} s, {grown / 2**20:.1f} MiB grown"
    )
    assert size > 80 * 2**20
    assert count > 100
    assert grown < 16 * 2**20
