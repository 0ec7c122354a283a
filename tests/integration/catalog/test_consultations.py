"""A draft before people, from its opening to its publication (C5); and that nobody can tell who said what."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pytest
from tests.integration.catalog.publishers import a_card, asking
from tests.people import until

from panjareh_catalog.adapters.card_files import read_files
from panjareh_catalog.application.consultations import OpenConsultation, UseOpinions
from panjareh_catalog.application.drafts import SaveDraft
from panjareh_catalog.application.opinions import MOST_WRITES, WINDOW, Giving
from panjareh_catalog.domain.consultation import Outcome
from panjareh_catalog.domain.consultation_refusals import (
    ConsultationClosed,
    ConsultationOver,
    OpinionsUndecided,
    OutcomePointsNowhere,
    TooManyOpinions,
    UnknownConsultation,
)
from panjareh_catalog.domain.opinion import LONGEST_TEXT, Opinion, Said
from panjareh_catalog.domain.publishing_refusals import ConsultationRunning
from panjareh_catalog.wiring_consultations import wire_consultations
from panjareh_catalog.wiring_publishing import lay_publishing
from panjareh_common.assurance import AssuranceLevel
from panjareh_common.database import Database
from panjareh_common.erasure import Erasures, LedgerFile, erase_again
from panjareh_common.event_store import Cause, EventLog, Keyring
from panjareh_common.refusals import AssuranceTooLow, InvalidInput, NotFound, RemoteRefusal
from panjareh_common.security import Caller, CallerKind
from panjareh_sandbox.demo import authorities_file, life_events_file

OPERATOR = Cause("operator", "operator", "internal")
START = datetime(2026, 3, 21, 8, 0, tzinfo=UTC)
UNTIL = START + timedelta(days=30)
AFTER = UNTIL + timedelta(hours=1)
WHY = {"fa": "گامی که گفتید برداشته شد.", "en": "The step that you named is gone."}
NO = {"fa": "قانون اجازه نمی‌دهد.", "en": "The law does not allow it."}


class Square:
    """A catalogue with a published service, its draft, and a clock that tests turn."""

    def __init__(self, url: str, ledger: Path) -> None:
        self.url, self.now = url, START
        self.database = Database(url)
        self.database.open()
        self.log = EventLog(self.database, Keyring(b"k" * 32, self.database), lambda: self.now)
        self.publishing = lay_publishing(self.log, self.database)
        parts = wire_consultations(
            self.log, self.database, self.publishing.services, self.publishing.publishing
        )
        self.led, self.rows = parts.consultations, parts.consultation_rows
        self.opinions, self.opinion_rows = parts.opinions, parts.opinion_rows
        self.ledger = LedgerFile(ledger, "catalog")
        self.erasures = Erasures(self.log, self.ledger)
        self.erasures.erase_also(parts.other_names.to_erase)
        self.publishing.bulk.bring_in(
            read_files([life_events_file(), authorities_file()]), OPERATOR
        )
        self.publishing.publishing.publish(a_card(), asking())
        self.save_draft(a_card(time_limit_days=5), 0)

    def save_draft(self, card, revision=None):
        if revision is None:
            revision = self.service.draft.revision
        return self.publishing.drafts.save(SaveDraft("INET-001", revision, card), asking())

    @property
    def service(self):
        with self.log.unit_of_work(OPERATOR) as unit:
            return self.publishing.services.find(unit, "INET-001")

    def open(self, authority="mcit", key=None, **changes) -> UUID:
        command = {
            "service_code": "INET-001",
            "number": 2,
            "about": {"fa": "اینترنت رایگان", "en": "Free internet"},
            "questions": [{"fa": "چه گامی زیادی است؟", "en": "Which step is too much?"}],
            "until": UNTIL,
            "required_loa": 2,
        }
        opened = self.led.open(OpenConsultation(**command | changes), asking(authority, key=key))
        return UUID(opened["consultation_id"])

    def give(self, person, consultation, remark="خوب است.", key=None, loa=2):
        giving = Giving(a_person(person, loa), "web", key or str(uuid4()), "en")
        return self.opinions.give(consultation, Said(remark=remark), giving)

    def withdraw(self, person, consultation):
        giving = Giving(a_person(person), "web", str(uuid4()), "en")
        return self.opinions.withdraw(consultation, giving)

    def use(self, consultation, opinions, outcome=Outcome.REFUSED, *pointers, reason=NO, by="mcit"):
        command = UseOpinions(consultation, [UUID(o) for o in opinions], outcome, pointers, reason)
        return self.led.use(command, asking(by))

    def told(self, consultation, **asked):
        wanted = {"outcome": None, "after": None, "limit": 100} | asked
        return self.opinion_rows.page(consultation, **wanted)["items"]

    def remarks(self, consultation):
        return {opinion["remark"] for opinion in self.told(consultation)}

    def consultation(self, consultation, language="en"):
        return self.rows.get(consultation, language)


def a_person(person: UUID, loa=2) -> Caller:
    return Caller(CallerKind.PERSON, person, AssuranceLevel(loa))


@contextmanager
def refused(kind):
    """A refusal that is kept with its Idempotency-Key comes back by its code."""
    with pytest.raises(RemoteRefusal) as refusal:
        yield
    assert refusal.value.code == kind.code


@pytest.fixture
def square(catalog_database_url: str, tmp_path: Path) -> Iterator[Square]:
    square = Square(catalog_database_url, tmp_path)
    yield square
    square.database.close()


# From beginning to end


def test_a_draft_goes_before_people_and_is_published_with_what_became_of_their_opinions(square):
    consultation = square.open()
    ali, mina, reza = uuid4(), uuid4(), uuid4()
    first = square.give(ali, consultation, "گام دوم زیادی است.")["opinion_id"]
    second = square.give(mina, consultation, "رایگان برای همه.")["opinion_id"]
    third = square.give(reza, consultation, "خوب است ولی کند.")["opinion_id"]

    # What people said is applied in a draft of the next number; what they saw stays as it was.
    square.now = AFTER
    card = a_card(time_limit_days=5)
    card["steps"] = card["steps"][:-1]
    assert square.save_draft(card)["number"] == 3
    square.use(consultation, [first], Outcome.APPLIED, "/steps", reason=WHY)
    square.use(consultation, [second], Outcome.REFUSED)
    with refused(OpinionsUndecided):
        square.led.close_as_published(consultation, asking())
    square.use(consultation, [third], Outcome.PARTLY, "/steps", reason=WHY)
    closed = square.led.close_as_published(consultation, asking())

    assert (closed["ending"], closed["published_number"]) == ("published", 3)
    assert (square.service.number, square.service.draft) == (3, None)
    told = square.consultation(consultation)
    assert (told["standing"], told["number"], told["published_number"]) == ("closed", 2, 3)
    assert told["card"]["steps"] == a_card()["steps"]
    assert told["opinions"] == {
        "given": 3,
        "applied": 1,
        "partly": 1,
        "refused": 1,
        "undecided": 0,
    }
    outcomes = {o["opinion_id"]: o for o in square.told(consultation)}
    assert outcomes[UUID(first)]["pointers"] == ["/steps"]
    assert outcomes[UUID(first)]["number"] == 3
    assert outcomes[UUID(second)]["reason"] == NO
    # Everybody sees their own, whoever they are.
    assert square.opinions.own(consultation, a_person(ali))["outcome"] == "applied"


def test_nothing_is_published_past_people(square):
    consultation = square.open()

    with refused(ConsultationRunning):
        square.publishing.publishing.publish_draft("INET-001", 2, asking())
    with refused(ConsultationRunning):
        square.publishing.publishing.publish(a_card(time_limit_days=9), asking())
    with refused(ConsultationRunning):
        square.publishing.drafts.discard("INET-001", 2, asking())
    with refused(ConsultationRunning):
        square.open()

    assert square.service.number == 1
    assert square.consultation(consultation)["standing"] == "open"


def test_a_draft_that_is_given_up_is_gone(square):
    consultation = square.open()
    square.give(uuid4(), consultation)

    square.led.abandon(consultation, NO, asking())

    told = square.consultation(consultation)
    assert (told["ending"], told["reason"], told["published_number"]) == (
        "abandoned",
        NO["en"],
        None,
    )
    assert (square.service.number, square.service.draft) == (1, None)


def test_an_outcome_points_into_the_changes_that_there_are(square):
    consultation = square.open()
    opinion = square.give(uuid4(), consultation)["opinion_id"]
    square.now = AFTER
    square.save_draft(a_card(time_limit_days=4))

    with pytest.raises(OutcomePointsNowhere):
        square.use(consultation, [opinion], Outcome.APPLIED, "/fee/amount", reason=WHY)
    square.use(consultation, [opinion], Outcome.APPLIED, "/time_limit_days", reason=WHY)

    assert square.told(consultation)[0]["outcome"] == "applied"


def test_another_authority_finds_no_consultation_to_lead(square):
    consultation = square.open()
    opinion = square.give(uuid4(), consultation)["opinion_id"]
    square.now = AFTER

    for lead in (
        lambda: square.use(consultation, [opinion], by="welfare"),
        lambda: square.led.close_as_published(consultation, asking("welfare")),
        lambda: square.led.abandon(consultation, NO, asking("welfare")),
        lambda: square.led.prolong(consultation, AFTER + timedelta(days=1), asking("welfare")),
    ):
        with pytest.raises(UnknownConsultation):
            lead()


def test_an_opinion_of_another_consultation_is_not_decided_here(square):
    consultation = square.open()
    square.now = AFTER

    with pytest.raises(NotFound):
        square.use(consultation, [str(uuid4())])


def test_a_repeat_opens_no_second_consultation(square):
    assert square.open(key="once") == square.open(key="once")
    assert len(list_of(square)) == 1


def list_of(square, **asked):
    wanted = {"standing": None, "service": None, "authority": None, "after": None, "limit": 1}
    items, after = [], None
    while True:
        found = square.rows.page(**wanted | asked | {"after": after}, language="fa")
        items += [item["consultation_id"] for item in found["items"]]
        after = found["next"]
        if after is None:
            return items


def test_consultations_are_found_by_where_they_stand(square):
    first = square.open()
    square.led.abandon(first, NO, asking())
    square.now = START + timedelta(hours=1)
    square.save_draft(a_card(time_limit_days=5), 0)
    second = square.open(number=3)

    assert list_of(square) == [second, first]
    assert list_of(square, standing="open") == [second]
    assert list_of(square, standing="closed") == [first]
    assert list_of(square, authority="welfare") == list_of(square, service="NONE-001") == []
    square.now = AFTER
    assert list_of(square, standing="ended") == [second]
    assert list_of(square, standing="open") == []


# Opinions


def test_one_has_one_opinion_and_may_change_it_until_the_end(square):
    consultation, person = square.open(), uuid4()
    first = square.give(person, consultation, "یک")
    second = square.give(person, consultation, "دو")

    assert first["opinion_id"] == second["opinion_id"]
    assert square.remarks(consultation) == {"دو"}
    square.now = UNTIL
    with refused(ConsultationOver):
        square.give(person, consultation, "سه")
    assert square.remarks(consultation) == {"دو"}


def test_an_opinion_that_is_taken_back_is_shown_to_nobody(square):
    consultation, person = square.open(), uuid4()
    square.give(person, consultation, "یک")

    square.withdraw(person, consultation)

    assert square.told(consultation) == []
    with pytest.raises(NotFound):
        square.opinions.own(consultation, a_person(person))
    square.give(person, consultation, "باز")
    assert square.remarks(consultation) == {"باز"}


def test_a_repeat_gets_the_answer_of_before_and_says_nothing_twice(square):
    consultation, person = square.open(), uuid4()
    first = square.give(person, consultation, "یک", key="once")
    square.give(person, consultation, "دو")

    assert square.give(person, consultation, "یک", key="once") == first
    assert square.remarks(consultation) == {"دو"}


def test_who_is_not_known_surely_enough_is_told_what_to_do(square):
    consultation = square.open(required_loa=3)

    with pytest.raises(AssuranceTooLow):
        square.give(uuid4(), consultation, loa=2)
    square.give(uuid4(), consultation, loa=3)


def test_nobody_floods_a_consultation(square):
    consultation, person = square.open(), uuid4()
    for number in range(MOST_WRITES):
        square.give(person, consultation, f"نظر {number}")

    with pytest.raises(TooManyOpinions) as refusal:
        square.give(person, consultation, "یکی دیگر")
    square.give(uuid4(), consultation, "دیگری")
    square.now += WINDOW

    assert 0 < refusal.value.details["retry_after"] <= WINDOW.total_seconds()
    square.give(person, consultation, "پس از صبر")


def test_an_opinion_on_nothing_is_refused(square):
    with pytest.raises(UnknownConsultation):
        square.give(uuid4(), uuid4())
    with pytest.raises(UnknownConsultation):
        square.told(uuid4())


def test_no_opinion_slips_in_while_the_consultation_is_closed(square):
    """Whoever decides holds the consultation; an opinion on its way waits and then finds the end."""
    consultation = square.open()
    opinion = square.give(uuid4(), consultation)["opinion_id"]
    began, let_go, outcome = threading.Event(), threading.Event(), []
    take = square.opinions._throttle.take

    def slow(*arguments, **options):
        take(*arguments, **options)
        began.set()
        assert let_go.wait(30)

    square.opinions._throttle.take = slow

    def late():
        try:
            outcome.append(square.give(uuid4(), consultation, "در راه"))
        except Exception as refusal:
            outcome.append(refusal)

    thread = threading.Thread(target=late)
    thread.start()
    assert began.wait(30)
    square.now = AFTER
    square.use(consultation, [opinion])
    square.save_draft(a_card(time_limit_days=4))
    square.led.close_as_published(consultation, asking())
    let_go.set()
    thread.join(30)

    assert outcome[0].code == ConsultationClosed.code
    assert square.consultation(consultation)["opinions"]["undecided"] == 0


def test_what_is_decided_waits_for_an_opinion_that_is_being_stored(square):
    """Without the hold the consultation would be closed with an opinion in it that nobody has answered."""
    consultation = square.open()
    began, let_go, outcomes = threading.Event(), threading.Event(), {}
    write = square.opinions._rows.write

    def slow(unit, opinion):
        began.set()
        assert let_go.wait(30)
        write(unit, opinion)

    square.opinions._rows.write = slow

    def run(name, work):
        try:
            outcomes[name] = work()
        except Exception as refusal:
            outcomes[name] = refusal

    giving = threading.Thread(
        target=run, args=("give", lambda: square.give(uuid4(), consultation, "در راه"))
    )
    closing = threading.Thread(
        target=run, args=("close", lambda: square.led.close_as_published(consultation, asking()))
    )
    giving.start()
    assert began.wait(30)
    square.now = AFTER
    closing.start()
    until(lambda: waiting_for_locks(square.url), lambda waiting: waiting or "close" in outcomes)
    let_go.set()
    giving.join(30)
    closing.join(30)

    assert outcomes["give"]["remark"] == "در راه"
    assert outcomes["close"].code == OpinionsUndecided.code
    assert square.consultation(consultation)["standing"] == "ended"


def waiting_for_locks(url: str) -> int:
    with psycopg.connect(url) as connection:
        row = connection.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        ).fetchone()
    return row[0] if row else 0


# Whose it is


def everything_stored(url: str) -> str:
    """All rows of all tables, as text."""
    with psycopg.connect(url) as connection:
        tables = connection.execute(
            "SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p')"
        ).fetchall()
        return "\n".join(
            str(row)
            for (table,) in tables
            for row in connection.execute(f"SELECT t::text FROM {table} t")
        )


def test_nothing_that_is_stored_says_who_gave_an_opinion(square):
    consultation, person = square.open(), uuid4()
    square.give(person, consultation, "رازی که می‌گویم")
    square.give(person, consultation, "رازی که می‌گویم، دوباره")

    stored = everything_stored(square.url)

    assert str(consultation) in stored
    for spelt in (str(person), person.hex, "رازی"):
        assert spelt not in stored
    encoded = "رازی".encode().hex()
    assert encoded not in stored


def test_an_opinion_has_no_moment_and_no_author_where_people_read_it(square):
    consultation, person = square.open(), uuid4()
    opinion = UUID(square.give(person, consultation)["opinion_id"])

    assert square.told(consultation) == [
        {
            "opinion_id": opinion,
            "answers": {},
            "remark": "خوب است.",
            "erased": False,
            "outcome": None,
            "pointers": [],
            "reason": None,
            "number": None,
        }
    ]
    [given] = square.log.history(opinion)
    assert dict(given.metadata) == {"actor": "unnamed", "role": "person", "channel": "web"}
    assert isinstance(given.event, Opinion.Given)


def test_a_person_has_another_name_in_every_consultation(square):
    first, person = square.open(), uuid4()
    square.give(person, first)
    square.led.abandon(first, NO, asking())
    square.save_draft(a_card(time_limit_days=5), 0)
    second = square.open(number=3)
    square.give(person, second)

    with psycopg.connect(square.url) as connection:
        givers = connection.execute("SELECT giver FROM opinion").fetchall()

    assert len(set(givers)) == 2


def test_only_its_author_finds_an_opinion(square):
    consultation, author = square.open(), uuid4()
    square.give(author, consultation, "از آنِ من")

    assert square.opinions.own(consultation, a_person(author))["remark"] == "از آنِ من"
    with pytest.raises(NotFound):
        square.opinions.own(consultation, a_person(uuid4()))


def test_one_finds_all_of_ones_own_opinions_and_nobody_elses(square):
    author, other = uuid4(), uuid4()
    first = square.open()
    square.give(author, first, "یک")
    square.give(other, first, "دیگری")
    square.led.abandon(first, NO, asking())
    square.save_draft(a_card(time_limit_days=5), 0)
    second = square.open(number=3)
    square.give(author, second, "دو")

    seen, after = {}, None
    while True:
        found = square.opinions.all_own(a_person(author), after=after, limit=1)
        seen |= {each["consultation_id"]: each["remark"] for each in found["items"]}
        after = found["next"]
        if after is None:
            break

    assert seen == {first: "یک", second: "دو"}
    assert square.opinions.all_own(a_person(uuid4()), after=None, limit=5)["items"] == []


def test_who_is_erased_takes_their_words_along(square):
    consultation, gone, stays = square.open(), uuid4(), uuid4()
    square.give(gone, consultation, "می‌روم", key="once")
    square.give(stays, consultation, "می‌مانم")

    square.erasures.erase(gone)

    assert sorted((o["remark"], o["erased"]) for o in square.told(consultation)) == [
        ("", True),
        ("می‌مانم", False),
    ]
    for again in (
        lambda: square.give(gone, consultation, "باز"),
        lambda: square.give(gone, consultation, "می‌روم", key="once"),
    ):
        with pytest.raises(NotFound):
            again()


def test_an_erasure_holds_after_a_restore_of_the_database(square):
    consultation, gone = square.open(), uuid4()
    square.give(gone, consultation, "می‌روم")
    with psycopg.connect(square.url) as connection:
        kept = connection.execute("SELECT person_id, wrapped FROM person_key").fetchall()
    square.erasures.erase(gone)

    # The backup brings the keys back, and the ledger destroys them again.
    with psycopg.connect(square.url) as connection:
        for person_id, wrapped in kept:
            connection.execute(
                "UPDATE person_key SET wrapped = %s, erased_at = NULL WHERE person_id = %s",
                (wrapped, person_id),
            )
    assert square.remarks(consultation) == {"می‌روم"}
    with psycopg.connect(square.url) as connection:
        erase_again(connection, square.ledger.ids())
    for each in square.ledger.ids():
        square.log.forget(each)

    assert square.remarks(consultation) == {""}


def test_what_was_on_its_way_when_its_author_was_erased_is_not_stored(square):
    consultation, gone = square.open(), uuid4()

    square.erasures.erase(gone)

    with pytest.raises(NotFound):
        square.give(gone, consultation, "دیر رسیده")
    assert square.told(consultation) == []


def test_erased_words_need_no_answer(square):
    consultation, gone = square.open(), uuid4()
    square.give(gone, consultation)
    square.erasures.erase(gone)
    square.now = AFTER
    square.save_draft(a_card(time_limit_days=4))

    assert square.led.close_as_published(consultation, asking())["ending"] == "published"


def test_opinions_are_leafed_through_in_an_order_that_says_nothing(square):
    consultation = square.open()
    given = [square.give(uuid4(), consultation, str(n))["opinion_id"] for n in range(12)]

    seen, after = [], None
    while True:
        found = square.opinion_rows.page(consultation, outcome="undecided", after=after, limit=5)
        seen += [str(opinion["opinion_id"]) for opinion in found["items"]]
        after = found["next"]
        if after is None:
            break

    assert seen == sorted(given)


def test_a_key_is_needed(square):
    consultation = square.open()
    giving = Giving(a_person(uuid4()), "web", None, "en")

    with pytest.raises(InvalidInput):
        square.opinions.give(consultation, Said(remark="x"), giving)


def test_the_longest_opinion_fits(square):
    consultation = square.open()

    square.give(uuid4(), consultation, "ن" * LONGEST_TEXT)

    assert square.remarks(consultation) == {"ن" * LONGEST_TEXT}
