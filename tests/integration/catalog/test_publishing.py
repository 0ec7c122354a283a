"""Services from draft to retirement, through the use cases, on a real database."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from uuid import UUID, uuid4

import psycopg
import pytest
from tests.integration.catalog.publishers import a_card, asking, publisher, refused

from panjareh_catalog import migrations
from panjareh_catalog.adapters.card_files import gather, read_body, read_files
from panjareh_catalog.application.bulk import MOST_FAULTS, RunRefused
from panjareh_catalog.application.drafts import SaveDraft
from panjareh_catalog.application.publishing import RESUME, Retire, Suspend
from panjareh_catalog.domain.card_formats import written
from panjareh_catalog.domain.public_service import PublicService
from panjareh_catalog.domain.publishing_refusals import (
    CodeTaken,
    ConsultationRunning,
    DraftChanged,
    DraftWaits,
    NotPublished,
    ServiceRetired,
    SuspendedAlready,
    UnknownDraft,
    UnknownSuccessor,
    UnknownVersion,
)
from panjareh_catalog.domain.refusals import UnknownService
from panjareh_catalog.domain.values import stream_of
from panjareh_catalog.entrypoints.publish import publish
from panjareh_catalog.wiring_publishing import PublishingParts, lay_publishing
from panjareh_common.database import Database
from panjareh_common.due import Due
from panjareh_common.event_store import Cause, EventLog, Keyring
from panjareh_common.refusals import InvalidInput, KeyReused, NotAllowed, Unavailable
from panjareh_sandbox.demo import authorities_file, life_events_file, services_dir

OPERATOR = Cause("operator", "operator", "internal")
REASON = {"fa": "سامانه به‌روز می‌شود", "en": "The system is being renewed"}


class Shop:
    """The publishing parts of a catalogue, and its log."""

    def __init__(self, log: EventLog, parts: PublishingParts) -> None:
        self.log = log
        self.services, self.publishing = parts.services, parts.publishing
        self.drafts, self.bulk, self.versions = parts.drafts, parts.bulk, parts.versions

    def states(self, code: str = "INET-001", authority: str | None = "mcit") -> dict[int, str]:
        found = self.versions.page(code, authority=authority, after=None, limit=100)
        return {row["number"]: row["state"] for row in found["items"]}

    def service(self, code: str = "INET-001") -> PublicService:
        with self.log.unit_of_work(OPERATOR) as unit:
            service = self.services.find(unit, code)
        assert service is not None
        return service

    def consult(self, code: str, number: int, consultation: UUID) -> None:
        with self.log.unit_of_work(OPERATOR) as unit:
            service = self.services.find(unit, code)
            assert service is not None
            service.open_consultation(number, consultation, unit.now)
            self.services.save(unit, service)

    def close(self, code: str) -> None:
        with self.log.unit_of_work(OPERATOR) as unit:
            service = self.services.find(unit, code)
            assert service is not None
            service.close_consultation(unit.now)
            self.services.save(unit, service)


@pytest.fixture
def shop(catalog_database_url: str) -> Iterator[Shop]:
    """Authorities and life events are known; nothing is published."""
    database = Database(catalog_database_url)
    database.open()
    log = EventLog(database, Keyring(b"k" * 32, database))
    parts = lay_publishing(log, database)
    parts.bulk.bring_in(read_files([life_events_file(), authorities_file()]), OPERATOR)
    yield Shop(log, parts)
    database.close()


def save(shop, card, revision=0, code="INET-001", authority="mcit"):
    return shop.drafts.save(SaveDraft(code, revision, card), asking(authority))


def pointers(refusal):
    return [error["pointer"] for error in refusal.value.errors]


# Publishing


def test_a_card_is_published_once_however_often_it_is_sent(shop):
    first = shop.publishing.publish(a_card(), asking())
    again = shop.publishing.publish(a_card(), asking())
    changed = shop.publishing.publish(a_card(time_limit_days=4), asking())

    assert (first["version"], first["is_new"]) == (1, True)
    assert (again["version"], again["is_new"]) == (1, False)
    assert (changed["version"], changed["is_new"]) == (2, True)
    assert shop.states() == {1: "superseded", 2: "published"}


def test_a_repeat_of_a_key_gets_the_answer_of_before_and_publishes_nothing(shop):
    first = shop.publishing.publish(a_card(), asking(key="once"))
    shop.publishing.publish(a_card(time_limit_days=4), asking())

    assert shop.publishing.publish(a_card(), asking(key="once")) == first
    assert shop.service().number == 2
    with pytest.raises(KeyReused):
        shop.publishing.publish(a_card(time_limit_days=9), asking(key="once"))


def test_a_card_with_faults_is_refused_with_every_one_and_nothing_is_stored(shop):
    card = a_card(life_events=["wedding_of_a_cat"], parent="NO-999", required_loa=3)

    with pytest.raises(InvalidInput) as refusal:
        shop.publishing.publish(card, asking())

    assert pointers(refusal) == ["/card/life_events/0", "/card/parent"]
    assert "low_income" in refusal.value.errors[0]["detail"]
    assert shop.log.history(stream_of("INET-001")) == []


def test_faults_are_told_in_the_publishers_language(shop):
    with pytest.raises(InvalidInput) as refusal:
        shop.publishing.publish(
            a_card(parent="NO-999", fee={"amount": -1, "currency": "IRR"}), asking(language="fa")
        )
    assert not refusal.value.errors[0]["detail"].isascii()

    with pytest.raises(InvalidInput) as refusal:
        shop.publishing.publish(a_card(parent="NO-999"), asking(language="fa"))
    assert "NO-999" in refusal.value.errors[0]["detail"]
    assert not refusal.value.errors[0]["detail"].isascii()


def test_a_check_names_the_same_faults_and_stores_nothing(shop):
    told = shop.publishing.check(a_card(parent="NO-999"), asking())

    assert not told["may_be_published"]
    assert [fault["pointer"] for fault in told["faults"]] == ["/parent"]
    assert shop.publishing.check(a_card(), asking()) == {"may_be_published": True, "faults": []}
    assert shop.log.history(stream_of("INET-001")) == []


def test_only_the_publishers_of_an_authority_publish_for_it(shop):
    card = a_card(authority="police")
    with pytest.raises(InvalidInput) as refusal:
        shop.publishing.publish(card, asking("mcit"))
    assert pointers(refusal) == ["/card/authority"]

    officer = publisher("mcit", "officer")
    with pytest.raises(NotAllowed):
        shop.publishing.check(
            a_card(), asking().__class__(officer, officer.cause("web"), "k", "en")
        )


def test_another_authoritys_service_looks_like_one_that_is_not_there(shop):
    shop.publishing.publish(a_card(), asking())
    save(shop, a_card(time_limit_days=4))

    for attempt in (
        lambda: shop.publishing.suspend(Suspend("INET-001", REASON, None), asking("police")),
        lambda: shop.publishing.publish_draft("INET-001", 2, asking("police")),
        lambda: shop.drafts.discard("INET-001", 2, asking("police")),
        lambda: shop.versions.page("NONE-001", authority="police", after=None, limit=5),
        lambda: shop.versions.page("INET-001", authority="police", after=None, limit=5),
    ):
        with refused(UnknownService):
            attempt()
    with refused(CodeTaken):
        shop.publishing.publish(a_card(authority="police"), asking("police"))


def test_services_that_would_be_part_of_each_other_are_refused_even_at_the_same_moment(shop):
    """Two publications that are each right alone, and together a circle: one of them is refused."""
    for code in ("INET-001", "INET-002"):
        shop.publishing.publish(a_card(code=code), asking())
    start, refused = threading.Barrier(2), []

    def put(code, parent):
        start.wait()
        try:
            shop.publishing.publish(a_card(code=code, parent=parent), asking())
        except InvalidInput as refusal:
            refused.append(refusal.errors[0]["pointer"])

    pair = [("INET-001", "INET-002"), ("INET-002", "INET-001")]
    threads = [threading.Thread(target=put, args=each) for each in pair]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert refused == ["/card/parent"]


def test_behind_a_long_publication_nobody_keeps_a_connection_that_readers_need(
    shop, catalog_database_url
):
    with psycopg.connect(catalog_database_url) as long_one:
        long_one.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended('panjareh_catalog.publication', 0))"
        )

        with pytest.raises(Unavailable):
            shop.publishing.publish(a_card(), asking())
        # What stores no version waits for nobody.
        assert shop.publishing.check(a_card(), asking())["may_be_published"]
        assert save(shop, a_card())["number"] == 1
        mine = {"name": "mine.json", "content": json.dumps(a_card())}
        assert shop.bulk.import_files([mine], True, asking())["items"][0]["version"] == 1

    assert shop.publishing.publish(a_card(), asking())["is_new"]


# Drafts


def test_a_draft_may_have_faults_which_are_told_and_keep_it_from_being_published(shop):
    told = save(shop, a_card(parent="NO-999"))

    assert (told["number"], [fault["pointer"] for fault in told["faults"]]) == (1, ["/parent"])
    with pytest.raises(InvalidInput) as refusal:
        shop.publishing.publish_draft("INET-001", 1, asking())
    assert pointers(refusal) == ["/card/parent"]

    save(shop, a_card(), told["revision"])
    assert shop.publishing.publish_draft("INET-001", 1, asking())["standing"] == "published"
    assert shop.states() == {1: "published"}


def test_what_is_no_card_of_that_service_is_no_draft_of_it(shop):
    with pytest.raises(InvalidInput) as refusal:
        save(shop, a_card(required_loa=9))
    assert pointers(refusal) == ["/card/required_loa"]
    with pytest.raises(InvalidInput) as refusal:
        save(shop, a_card("SUB-003"))
    assert pointers(refusal) == ["/card/code", "/card/authority"]


def test_of_two_who_change_a_draft_the_second_reads_it_again(shop):
    first = save(shop, a_card())
    save(shop, a_card(time_limit_days=4), first["revision"])

    with refused(DraftChanged):
        save(shop, a_card(time_limit_days=5), first["revision"])


def test_a_draft_is_seen_by_its_authority_alone(shop):
    shop.publishing.publish(a_card(), asking())
    save(shop, a_card(time_limit_days=4))

    assert shop.states(authority="mcit") == {1: "published", 2: "draft"}
    assert shop.states(authority=None) == {1: "published"}
    with refused(UnknownVersion):
        shop.versions.one("INET-001", 2, authority=None)
    with refused(UnknownVersion):
        shop.versions.diff("INET-001", 1, 2, authority=None, language="en")
    [own] = shop.versions.of_authority("mcit", after=None, limit=5)["items"]
    assert (own["service_code"], own["version"], own["draft"]) == ("INET-001", 1, 2)


def test_past_a_draft_nothing_else_is_published(shop):
    save(shop, a_card(time_limit_days=4))

    with refused(DraftWaits):
        shop.publishing.publish(a_card(time_limit_days=5), asking())
    shop.publishing.publish(a_card(time_limit_days=4), asking())

    assert shop.states() == {1: "published"}


def test_a_discarded_number_is_never_used_again(shop):
    save(shop, a_card())
    shop.drafts.discard("INET-001", 1, asking())

    assert save(shop, a_card())["number"] == 2
    assert shop.states() == {1: "discarded", 2: "draft"}
    with refused(UnknownDraft):
        shop.publishing.publish_draft("INET-001", 1, asking())


def test_a_draft_before_people_stays_as_they_see_it(shop):
    consultation = uuid4()
    saved = save(shop, a_card())
    shop.consult("INET-001", 1, consultation)
    with refused(ConsultationRunning):
        shop.publishing.publish_draft("INET-001", 1, asking())
    with refused(ConsultationRunning):
        shop.publishing.publish(a_card(), asking())

    changed = save(shop, a_card(time_limit_days=4), saved["revision"])

    assert changed["number"] == 2
    assert shop.states(authority=None) == {1: "consultation"}
    shop.close("INET-001")
    shop.publishing.publish_draft("INET-001", 2, asking())
    # What was before people stays readable, because what became of their opinions points into the difference.
    assert shop.states(authority=None) == {1: "superseded", 2: "published"}
    [section] = shop.versions.diff("INET-001", 1, 2, authority=None, language="en")["sections"]
    assert [change["pointer"] for change in section["changes"]] == ["/time_limit_days"]


# Out of use


def test_a_suspended_service_is_resumed(shop):
    shop.publishing.publish(a_card(), asking())
    with refused(NotPublished):
        save(shop, a_card(code="INET-002"), code="INET-002")
        shop.publishing.suspend(Suspend("INET-002", REASON, None), asking())

    told = shop.publishing.suspend(Suspend("INET-001", REASON, None), asking())
    with refused(SuspendedAlready):
        shop.publishing.suspend(Suspend("INET-001", REASON, None), asking())
    resumed = shop.publishing.resume("INET-001", asking())

    assert (told["standing"], resumed["standing"]) == ("suspended", "published")


def test_a_suspension_with_an_end_ends_by_itself(shop, catalog_database_url):
    now = datetime.now(UTC)
    shop.publishing.publish(a_card(), asking())
    shop.publishing.suspend(Suspend("INET-001", REASON, now + timedelta(hours=1)), asking())
    with psycopg.connect(catalog_database_url) as connection:
        (kind, detail) = connection.execute("SELECT kind, detail FROM due").fetchone()
    due = Due(RESUME, stream_of("INET-001"), "INET-001", 1, OPERATOR, now)
    assert (kind, detail) == (RESUME, "INET-001")

    shop.publishing.resume_due(due)  # too early: a clock that runs ahead changes nothing
    assert shop.service().standing == "suspended"
    shop.log.clock = lambda: now + timedelta(hours=1)
    shop.publishing.resume_due(due)
    shop.publishing.resume_due(due)

    assert shop.service().standing == "published"
    with psycopg.connect(catalog_database_url) as connection:
        assert connection.execute("SELECT count(*) FROM due").fetchone() == (0,)


def test_a_retired_service_names_what_takes_its_place_and_changes_no_more(shop):
    for code in ("INET-001", "INET-002"):
        shop.publishing.publish(a_card(code=code), asking())
    with refused(UnknownSuccessor):
        shop.publishing.retire(Retire("INET-001", REASON, "INET-009"), asking())

    told = shop.publishing.retire(Retire("INET-001", REASON, "INET-002"), asking())

    assert (told["standing"], told["successor"]) == ("retired", "INET-002")
    with refused(ServiceRetired):
        shop.publishing.publish(a_card(time_limit_days=4), asking())
    with refused(ServiceRetired):
        shop.publishing.resume("INET-001", asking())
    with refused(UnknownSuccessor):
        shop.publishing.retire(Retire("INET-002", REASON, "INET-001"), asking())


# Many at once


def test_a_run_is_stored_whole(shop):
    parts = read_files(gather([services_dir()]))

    outcome = shop.bulk.bring_in(parts, OPERATOR)
    again = shop.bulk.bring_in(parts, OPERATOR)

    cards = len(list(services_dir().glob("*.yaml")))
    assert [done.is_new for done in outcome.services] == [True] * cards
    assert [done.is_new for done in again.services] == [False] * cards


def test_a_run_with_one_fault_stores_nothing_and_names_every_fault(shop, tmp_path, capsys):
    good = tmp_path / "A.yaml"
    good.write_bytes((services_dir() / "INET-001.yaml").read_bytes())
    text = (services_dir() / "SUB-003.yaml").read_text(encoding="utf-8")
    bad = tmp_path / "B.yaml"
    bad.write_text(text.replace("required_loa: 2", "required_loa: 9"), encoding="utf-8")
    twice = tmp_path / "C.yaml"
    twice.write_bytes(good.read_bytes())
    news = tmp_path / "D.yaml"
    news.write_text(
        "authorities:\n  - {code: novelty, name: {fa: نو, en: New}}\n", encoding="utf-8"
    )

    assert not publish(shop.bulk, read_files(gather([tmp_path])))

    said = capsys.readouterr().err
    line = next(n for n, row in enumerate(text.splitlines(), 1) if row.startswith("required_loa"))
    assert f"{bad}:{line}: /required_loa: " in said
    assert f"{twice}:" in said and f"stands in {good}" in said
    assert "nothing was stored: 2 points" in said
    assert shop.log.history(stream_of("INET-001")) == []
    with shop.log.unit_of_work(OPERATOR) as unit:
        assert unit.fetch("SELECT code FROM authority WHERE code = 'novelty'") == []


def test_pictures_are_stored_with_the_cards_that_name_them_or_not_at_all(shop, tmp_path):
    parts = read_files([authorities_file(), *gather([services_dir()])])
    pictures = [part.medium.content for part in parts if part.medium]
    bad = tmp_path / "B.yaml"
    bad.write_text("code: BAD-001\n", encoding="utf-8")

    def stored():
        with shop.log.unit_of_work(OPERATOR) as unit:
            return [bytes(row["content"]) for row in unit.fetch("SELECT content FROM medium")]

    with pytest.raises(RunRefused):
        shop.bulk.bring_in([*parts, *read_files([bad])], OPERATOR)
    assert stored() == []

    shop.bulk.bring_in(parts, OPERATOR)
    shop.bulk.bring_in(parts, OPERATOR)
    assert sorted(stored()) == sorted(pictures) != []


def test_a_check_of_a_run_stores_nothing(shop, capsys):
    parts = read_files(gather([services_dir()]))

    assert publish(shop.bulk, parts, only_check=True)

    assert "published INET-001 v1" in capsys.readouterr().out
    assert shop.log.history(stream_of("INET-001")) == []


def test_what_stands_already_is_let_be_however_strict_the_checks_have_become(shop):
    """Rules of format 1 may not be published any more; those that were are no reason to refuse a run."""
    row = {
        "id": "all",
        "when": {"applicant.loa": {"ge": 1}},
        "outcome": "granted",
        "reason": REASON,
    }
    old = written(a_card(rules={"version": 1, "law": REASON, "rows": [row]}))
    with shop.log.unit_of_work(OPERATOR) as unit:
        service = PublicService.register("INET-001", "mcit", unit.now)
        service.publish(old, unit.now)
        shop.services.save(unit, service)
    run = read_body("old.json", _json(old)) + read_body("new.json", _json(a_card(code="INET-002")))

    outcome = shop.bulk.bring_in(run, OPERATOR)

    assert [(done.service_code, done.is_new) for done in outcome.services] == [
        ("INET-001", False),
        ("INET-002", True),
    ]
    assert not shop.publishing.publish(old, asking())["is_new"]
    # A check looks at it all the same, and so does a change of it.
    for attempt in (
        lambda: shop.bulk.bring_in(run, OPERATOR, only_check=True),
        lambda: shop.bulk.bring_in(
            read_body("old.json", _json(old | {"time_limit_days": 3})), OPERATOR
        ),
    ):
        with pytest.raises(RunRefused) as refused_run:
            attempt()
        assert {placed.fault.pointer.split("/")[1] for placed in refused_run.value.faults} == {
            "rules"
        }


def test_what_comes_together_may_refer_to_each_other(shop):
    child = a_card(code="INET-002", parent="INET-001")
    parts = [
        part
        for name, card in (("child.json", child), ("parent.json", a_card()))
        for part in read_body(name, _json(card))
    ]

    assert len(shop.bulk.bring_in(parts, OPERATOR).services) == 2


def test_a_circle_within_a_run_is_named(shop):
    cards = [a_card(code="INET-001", parent="INET-002"), a_card(code="INET-002", parent="INET-001")]
    parts = [part for card in cards for part in read_body(f"{card['code']}.json", _json(card))]

    with pytest.raises(RunRefused) as refused:
        shop.bulk.bring_in(parts, OPERATOR)

    assert {placed.fault.pointer for placed in refused.value.faults} == {"/parent"}
    assert "INET-001 → INET-002 → INET-001" in refused.value.faults[0].fault.detail


def test_a_publisher_imports_own_cards_only_with_every_fault_by_file_and_line(shop):
    mine = {"name": "mine.json", "content": _json(a_card()).decode()}
    text = (services_dir() / "SUB-003.yaml").read_text(encoding="utf-8")
    theirs = {"name": "theirs.yaml", "content": text}
    register = {
        "name": "authorities.yaml",
        "content": "authorities:\n  - {code: me, name: {fa: من, en: Me}}\n",
    }

    with pytest.raises(InvalidInput) as refusal:
        shop.bulk.import_files([mine, theirs, register], False, asking())
    line = next(n for n, row in enumerate(text.splitlines(), 1) if row.startswith("authority"))
    errors = {error["pointer"]: error for error in refusal.value.errors}
    assert errors.keys() == {"/files/1/content", "/files/2/content"}
    assert errors["/files/1/content"]["place"] == "/authority"
    assert errors["/files/1/content"]["line"] == str(line)
    assert shop.log.history(stream_of("INET-001")) == []

    checked = shop.bulk.import_files([mine], True, asking())
    assert shop.log.history(stream_of("INET-001")) == []
    done = shop.bulk.import_files([mine], False, asking())
    assert checked["items"] == done["items"] == [{"code": "INET-001", "version": 1, "is_new": True}]


def test_a_table_of_nonsense_is_answered_with_what_can_be_read_and_not_with_all_of_it(shop):
    table = {"name": "all.csv", "content": "code\n" + "x\n" * 300_000}

    with pytest.raises(InvalidInput) as refusal:
        shop.bulk.import_files([table], True, asking())

    errors = refusal.value.errors
    assert len(errors) == MOST_FAULTS + 1
    assert "more that does not fit than these 1000 points" in errors[-1]["detail"]


# Versions


def test_what_was_published_before_there_were_versions_is_taken_out_of_the_log(
    shop, catalog_database_url
):
    """The migration reads stored events of format 1, however long ago they were stored."""
    old = a_card(channels=["web", "counter"])
    with shop.log.unit_of_work(OPERATOR) as unit:
        service = PublicService.register("INET-001", "mcit", unit.now)
        service.publish(old, unit.now)
        service.publish(old | {"time_limit_days": 4}, unit.now)
        shop.services.save(unit, service)
    sql = (files(migrations) / "0002_versions.sql").read_text(encoding="utf-8")
    fill = sql[sql.index("INSERT INTO service_version") :]
    with psycopg.connect(catalog_database_url) as connection:
        connection.execute("DELETE FROM service_version")
        connection.execute(fill)

    assert shop.states(authority=None) == {1: "superseded", 2: "published"}
    first = shop.versions.one("INET-001", 1, authority=None)
    assert [channel["channel"] for channel in first["card"]["channels"]] == ["web", "counter"]
    assert list(first["card"]["form"]["properties"]) == list(old["form"]["properties"])
    # The next change goes on from there, and a format that says the same is no change.
    assert not shop.publishing.publish(
        a_card(time_limit_days=4, channels=["web", "counter"]), asking()
    )["is_new"]
    assert shop.publishing.publish(a_card(time_limit_days=3), asking())["version"] == 3


def test_pages_of_versions_neither_lose_nor_repeat(shop):
    for days in range(1, 8):
        shop.publishing.publish(a_card(time_limit_days=days), asking())
    seen, after = [], None
    while True:
        found = shop.versions.page("INET-001", authority=None, after=after, limit=3)
        seen += [row["number"] for row in found["items"]]
        after = found["next"]
        if after is None:
            break

    assert seen == [7, 6, 5, 4, 3, 2, 1]


def test_a_version_is_read_as_it_was_published(shop):
    shop.publishing.publish(a_card(time_limit_days=3), asking())
    shop.publishing.publish(a_card(time_limit_days=4), asking())

    assert shop.versions.one("INET-001", 1, authority=None)["card"]["time_limit_days"] == 3
    told = shop.versions.diff("INET-001", 1, 2, authority=None, language="fa")
    [change] = told["sections"][0]["changes"]
    assert (change["before"], change["after"]) == ("۳", "۴")


def _json(card):
    import json

    return json.dumps(card, ensure_ascii=False).encode()
