"""People find a shipped service however they type it (requirement C1), and read its whole card (C2)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from tests.finding import codes, find, walk
from tests.integration.catalog.publishers import a_card, asking

from panjareh_catalog.adapters.card_files import gather, read_files
from panjareh_catalog.application.publishing import Retire, Suspend
from panjareh_catalog.domain.public_service import PublicService
from panjareh_catalog.domain.refusals import UnknownService
from panjareh_catalog.domain.values import stream_of
from panjareh_catalog.entrypoints.publish import publish
from panjareh_catalog.read_model.services_view import ServicesView
from panjareh_catalog.schemas.services import ServiceSchema
from panjareh_catalog.wiring_publishing import PublishingParts, lay_publishing
from panjareh_common.database import Database
from panjareh_common.event_store import EventLog, Keyring
from panjareh_common.paging import to_cursor
from panjareh_common.refusals import InvalidInput
from panjareh_sandbox.demo import authorities_file, life_events_file, services_dir

DRIVING = {"DRV-001", "DRV-002"}
# What was typed, and what may come first.
QUERIES = {
    "گواهینامه": DRIVING,
    "گواهی نامه رانندگی": DRIVING,
    "گواهي‌نامه": DRIVING,
    "تعویض گواهینامه‌ی رانندگي": {"DRV-002"},
    "drving license exchange": {"DRV-002"},
    "اینترنت رايگان": {"INET-001"},
    "ینترنت رایگان": {"INET-001"},
    "inet ۰۰۱": {"INET-001"},
    "يارانه نقدي": {"SUB-003"},
    "ثبت نام یارانه": {"SUB-003"},
    "شناسنامۀ المثني": {"CERT-004"},
    "شناسنامه گمشده": {"CERT-004"},
    "پروانهٔ ساختمانی": {"MUN-001"},
    "پــروانه ساختمان!": {"MUN-001"},
    "محیط زیست": {"MUN-010"},
    "کسب و كار خانگي": {"BIZ-005"},
    "مجوّز کسب‌وکار خانگی": {"BIZ-005"},
    "پاسپورت": {"PASS-001"},
    "كارت ملي": {"CARD-001"},
    "جواز مغازه": {"BIZ-002"},
}


@dataclass
class Shipped:
    """The shipped catalogue, published."""

    parts: PublishingParts
    view: ServicesView
    log: EventLog
    database: Database


@pytest.fixture
def shipped(catalog_database_url: str) -> Iterator[Shipped]:
    database = Database(catalog_database_url)
    database.open()
    log = EventLog(database, Keyring(b"k" * 32, database))
    parts = lay_publishing(log, database)
    bring_in(parts)
    yield Shipped(parts, ServicesView(database), log, database)
    database.close()


def bring_in(parts: PublishingParts) -> None:
    folders = [life_events_file(), authorities_file(), services_dir()]
    assert publish(parts.bulk, read_files(gather(folders)))


def rows(view: ServicesView, q: str | None = None, **asked: Any) -> list[dict[str, Any]]:
    return find(view, q, limit=100, **asked)["items"]


def test_every_shipped_service_is_found_however_it_is_typed(shipped):
    first = {typed: codes(find(shipped.view, typed))[0] for typed in QUERIES}

    assert {typed: code for typed, code in first.items() if code not in QUERIES[typed]} == {}


def test_every_shipped_service_is_found_by_its_own_names(shipped):
    for row in rows(shipped.view):
        for language in ("fa", "en"):
            name = shipped.view.get(row["code"], language)["name"]
            assert codes(find(shipped.view, name))[0] == row["code"], name


def test_what_no_service_offers_is_not_found(shipped):
    assert codes(find(shipped.view, "زرافه")) == []


def test_without_words_services_come_in_the_order_of_their_codes(shipped):
    every = codes(find(shipped.view, limit=100))

    assert every == sorted(every)
    assert set().union(*QUERIES.values()) <= {*every}
    assert walk(shipped.view, limit=1) == every


def test_pages_of_a_search_neither_lose_nor_repeat(shipped):
    every = codes(find(shipped.view, "گواهی", limit=100))

    assert len(every) > 1
    assert walk(shipped.view, "گواهی", limit=1) == every


def test_a_list_is_narrowed_by_authority_and_life_event(shipped):
    every = rows(shipped.view)

    of_police = codes(find(shipped.view, authority="police", limit=100))
    driving = codes(find(shipped.view, life_event="low_income", limit=100))

    assert of_police == [row["code"] for row in every if row["authority"]["code"] == "police"] != []
    assert driving == [row["code"] for row in every if "low_income" in row["life_events"]] != []
    assert codes(find(shipped.view, "رایگان", authority="police")) == []


def test_an_empty_answer_says_what_would_help(shipped):
    found = find(shipped.view, "اینترنت رایگان", authority="police", facets=True)

    assert found["items"] == []
    elsewhere = find(shipped.view, "اینترنت رایگان")["total"]
    assert found["suggestions"]["widen"] == [{"facet": "authority", "count": elsewhere}]


def test_a_suspended_service_is_found_only_by_who_asks_for_it(shipped):
    reason = {"fa": "سامانه به‌روز می‌شود", "en": "The system is being renewed"}
    shipped.parts.publishing.suspend(Suspend("INET-001", reason, None), asking("mcit"))

    assert codes(find(shipped.view, "اینترنت رایگان")) != ["INET-001"]
    assert "INET-001" not in codes(find(shipped.view, limit=100))
    assert codes(find(shipped.view, status="suspended")) == ["INET-001"]
    assert "INET-001" in codes(find(shipped.view, limit=100, status="any"))
    card = shipped.view.get("INET-001", "en")
    assert (card["status"], card["status_reason"]) == ("suspended", reason["en"])

    shipped.parts.publishing.resume("INET-001", asking("mcit"))

    assert codes(find(shipped.view, "اینترنت رایگان"))[0] == "INET-001"


def test_a_retired_service_names_its_successor(shipped):
    reason = {"fa": "با خدمتی دیگر یکی شد", "en": "It was joined with another"}
    shipped.parts.publishing.retire(Retire("BIZ-005", reason, "SUB-003"), asking("welfare"))

    assert "BIZ-005" not in codes(find(shipped.view, limit=100))
    card = shipped.view.get("BIZ-005", "fa")
    assert (card["status"], card["status_reason"], card["successor"]) == (
        "retired", reason["fa"], "SUB-003"
    )  # fmt: skip


def test_a_cursor_of_another_list_is_told_to_the_caller(shipped):
    after = find(shipped.view, limit=1)["next"]

    with pytest.raises(InvalidInput):
        find(shipped.view, "گواهی", after=after)


@pytest.mark.parametrize(
    "key",
    [
        ("0", "9" * 40, "A", "2026-03-21T08:00:00Z", "x"),
        ("0", "1", "A", "2026-03-21T08:00:00", "x"),
        ("0", "1", "A", "infinity", "x"),
        ("no", "1", "A", "2026-03-21T08:00:00Z", "x"),
        ("0", "1", "A"),
    ],
)
def test_a_cursor_that_is_not_ours_is_refused(shipped, key):
    with pytest.raises(InvalidInput):
        find(shipped.view, "گواهی", after=to_cursor(*key))
    with pytest.raises(InvalidInput):
        shipped.view.life_events(after=to_cursor("9" * 40, "A"), limit=1, language="fa")


def test_a_card_is_told_in_the_readers_language(shipped):
    persian, english = shipped.view.get("INET-001", "fa"), shipped.view.get("INET-001", "en")

    assert persian["name"].startswith("اینترنت رایگان")
    assert english["name"].startswith("Free internet")
    assert english["authority"]["code"] == "mcit"
    assert english["steps"][0].keys() >= {"text", "minutes"}
    assert english["rules"]["rows"][0]["reason"].startswith("According to")
    # The fields of a form keep the order in which a person is asked.
    assert list(english["form"]["properties"]) == ["mobile_number", "consent"]


@pytest.mark.parametrize("language", ["fa", "en"])
def test_every_shipped_card_is_told_whole_and_in_one_language(shipped, language):
    """Nothing of both languages is left but in forms, and every card fits the shape at the door."""
    for row in rows(shipped.view):
        card = shipped.view.get(row["code"], language)

        assert not bilingual(card), row["code"]
        assert ServiceSchema().dump(card).keys() == card.keys()


def bilingual(value: Any) -> bool:
    if isinstance(value, dict):
        rest = [each for name, each in value.items() if name != "form"]
        return {"fa", "en"} <= value.keys() or any(map(bilingual, rest))
    return isinstance(value, list) and any(map(bilingual, value))


def test_a_service_that_is_not_there_is_refused_by_name(shipped):
    with pytest.raises(UnknownService):
        shipped.view.get("NO-999", "fa")


def test_publishing_again_adds_no_event(shipped):
    before = len(shipped.log.history(stream_of("INET-001")))

    bring_in(shipped.parts)

    assert len(shipped.log.history(stream_of("INET-001"))) == before


def test_the_newest_version_is_the_one_that_is_shown_and_found(shipped):
    version = shipped.view.get("BIZ-005", "en")["version"]
    name = {"fa": "مجوز کرگدن", "en": "Rhinoceros permit"}

    shipped.parts.publishing.publish(a_card("BIZ-005", name=name), asking("welfare"))

    shown = shipped.view.get("BIZ-005", "en")
    assert (shown["version"], shown["name"]) == (version + 1, "Rhinoceros permit")
    assert codes(find(shipped.view, "کرگدن")) == ["BIZ-005"]
    event = shipped.log.history(stream_of("BIZ-005"))[-1].event
    assert isinstance(event, PublicService.Published)
    assert event.number == version + 1


def test_words_that_a_new_version_has_no_more_find_it_no_more(shipped):
    name = {"fa": "مجوز زرافه", "en": "Giraffe permit"}
    shipped.parts.publishing.publish(a_card("BIZ-005", name=name), asking("welfare"))
    assert codes(find(shipped.view, "زرافه")) == ["BIZ-005"]

    shipped.parts.publishing.publish(a_card("BIZ-005"), asking("welfare"))

    assert codes(find(shipped.view, "زرافه")) == []


def test_a_service_is_found_by_its_authoritys_name_as_it_is_now(shipped):
    with shipped.database.connection() as connection:
        statement = (
            'UPDATE authority SET name = \'{"fa": "اداره کرگدن", "en": "x"}\' WHERE code = \'mcit\''
        )
        connection.execute(statement)

    assert codes(find(shipped.view, "کرگدن")) == ["INET-001"]


def test_words_are_looked_up_and_not_scanned_for(shipped):
    statement = "EXPLAIN SELECT service_code, weight FROM search_posting WHERE word = 'گواهی'"
    with shipped.database.transaction() as connection:
        connection.execute("SET LOCAL enable_seqscan = off")
        plan = "\n".join(row["QUERY PLAN"] for row in connection.execute(statement))

    assert "search_posting_pkey" in plan
