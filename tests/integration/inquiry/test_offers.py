"""What authorities offer: the directory and what others are told share a commit; whoever was connected before is told of."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from uuid import uuid4

import psycopg
import pytest

from panjareh_common.clock import utc_now
from panjareh_common.database import Database
from panjareh_common.due import Due, DueWorker
from panjareh_common.event_store import Cause, EventLog, Keyring
from panjareh_common.messaging.catching_up import events_after
from panjareh_common.messaging.relay import PublicEvents
from panjareh_common.migrations.run import migrate_database
from panjareh_inquiry.application.inquiries import Questions
from panjareh_inquiry.application.offers import KIND_TELL, Offers
from panjareh_inquiry.domain.inquiry import Inquiry
from panjareh_inquiry.domain.refusals import UnknownEvidence
from panjareh_inquiry.domain.values import InquiryStatus
from panjareh_inquiry.messaging.translation import PUBLISHED
from panjareh_inquiry.read_model.directory import PostgresDirectory

OPERATOR = Cause("operator", "operator", "internal")
TEXTS = {"fa": "متن", "en": "text"}
TOLD = ["evidence_type_published.v1", "evidence_type_withdrawn.v1"]


def offered(name: str, **changes):
    return {
        "name": name,
        "personal": True,
        "required_loa": 2,
        "legal_basis": TEXTS,
        "schema": {"properties": {"fact": {"type": "string", "x-title": TEXTS}}},
        "asked_with": [],
        "title": TEXTS,
        "synonyms": {"fa": [], "en": []},
    } | changes


def provider(*evidence_types, code="welfare", **changes):
    return {
        "code": code,
        "name": TEXTS,
        "url": "http://welfare.example",
        "timeout_seconds": 3.0,
        "authority": None,
        "evidence_types": [*evidence_types],
    } | changes


class Exchange:
    """The parts of the exchange that connecting touches, on a database."""

    def __init__(self, url: str) -> None:
        self.database = Database(url)
        self.database.open()
        self.log = EventLog(self.database, Keyring(b"k" * 32, self.database))
        self.directory = PostgresDirectory(self.database, {})
        self.offers = Offers(self.log, self.directory)

    def connect(self, *providers, withdrawn=()):
        return self.offers.connect(providers, withdrawn, OPERATOR)

    def told(self):
        """Type and name of everything that others are told, as a late subscriber hears it."""
        page = events_after(self.log, PublicEvents("inquiry", PUBLISHED), 0, TOLD, 200)
        return [(m["type"].partition("_type_")[2], m["data"]["name"]) for m in page["messages"]]

    def work_off(self) -> int:
        return DueWorker(self.database, self.offers.handlers(), utc_now).run_due()


@pytest.fixture
def exchange(make_database_url: Callable[[str], str]) -> Iterator[Exchange]:
    exchange = Exchange(make_database_url("inquiry"))
    yield exchange
    exchange.database.close()


def test_what_is_connected_is_asked_for_and_told(exchange):
    assert exchange.connect(provider(offered("income"), offered("household"))) == [
        "income",
        "household",
    ]

    assert exchange.directory.offer("income").url == "http://welfare.example"
    assert exchange.told() == [("published.v1", "income"), ("published.v1", "household")]


def test_connecting_the_same_again_changes_nothing_and_a_change_is_told(exchange):
    exchange.connect(provider(offered("income")))

    assert exchange.connect(provider(offered("income"))) == []
    moved = provider(offered("income"), url="http://elsewhere.example")
    assert exchange.connect(moved) == [], "where it is asked is nobody's business"
    assert exchange.directory.offer("income").url == "http://elsewhere.example"
    assert exchange.connect(provider(offered("income", required_loa=3))) == ["income"]
    assert exchange.told() == [("published.v1", "income")] * 2


def test_rows_and_events_share_a_commit(exchange):
    """What cannot be stored is not told."""
    with pytest.raises(psycopg.Error):
        exchange.connect(provider(offered("income"), offered("household", required_loa=9)))

    assert exchange.told() == []
    with pytest.raises(UnknownEvidence):
        exchange.directory.offer("income")


def test_what_is_withdrawn_is_told_and_asked_for_no_more(exchange):
    exchange.connect(provider(offered("income")))

    assert exchange.connect(withdrawn=["income", "never_offered"]) == ["income"]
    assert exchange.connect(withdrawn=["income"]) == []

    assert exchange.directory.offer("income").withdrawn
    assert exchange.told() == [("published.v1", "income"), ("withdrawn.v1", "income")]
    assert exchange.connect(provider(offered("income"))) == ["income"], "offered again"
    assert not exchange.directory.offer("income").withdrawn


def test_a_question_for_what_was_withdrawn_ends_with_a_reason(exchange):
    """A request that waits for it must not wait for ever."""
    exchange.connect(provider(offered("income")))
    inquiry_id, person = uuid4(), uuid4()
    with exchange.log.unit_of_work(OPERATOR) as unit:
        inquiry = Inquiry.ask(
            inquiry_id=inquiry_id,
            evidence_type="income",
            provider="welfare",
            subject_id=person,
            asked_by="requests",
            authority="mcit",
            purpose="service_request",
            service_code="INET-001",
            request_id=uuid4(),
            at=unit.now,
        )
        unit.save(inquiry)
    exchange.connect(withdrawn=["income"])
    questions = Questions(exchange.log, exchange.directory, None, None)

    questions.put(Due("put_question", inquiry_id, "", 1, OPERATOR, utc_now()))

    with exchange.log.unit_of_work(OPERATOR) as unit:
        ended = unit.load(Inquiry, inquiry_id)
    assert ended.status is InquiryStatus.REFUSED
    assert set(ended.reason) == {"fa", "en"}


def before_this_version(url: str) -> None:
    """A database as the version before left it: its directory has rows, its log no word of them."""
    with psycopg.connect(url) as connection:
        connection.execute("DELETE FROM migration WHERE component = 'inquiry' AND number = 3")
        connection.execute("ALTER TABLE provider DROP COLUMN authority")
        connection.execute(
            "ALTER TABLE evidence_type DROP COLUMN title, DROP COLUMN synonyms, DROP COLUMN withdrawn_at"
        )
        connection.execute(
            "INSERT INTO provider (code, name, url, timeout_seconds) VALUES ('welfare', '{}', 'http://w', 3)"
        )
        for name in ("income", "household"):
            connection.execute(
                """INSERT INTO evidence_type (name, provider, personal, required_loa, legal_basis, schema)
                VALUES (%s, 'welfare', true, 2, '{"fa": "قانون", "en": "law"}',
                        '{"properties": {"decile": {"x-title": {"fa": "دهک", "en": "Decile"}}}}')""",
                (name,),
            )


@pytest.fixture
def older(make_database_url: Callable[[str], str]) -> Iterator[Exchange]:
    url = make_database_url("inquiry")
    before_this_version(url)
    with psycopg.connect(url) as connection:
        owner = connection.execute("SELECT current_user").fetchone()
    migrate_database(url, "inquiry", owner[0])
    exchange = Exchange(url)
    yield exchange
    exchange.database.close()


def test_what_was_connected_before_is_told_without_anybody_doing_anything(older):
    assert older.told() == []

    assert older.work_off() == 2

    assert sorted(older.told()) == [("published.v1", "household"), ("published.v1", "income")]
    assert older.work_off() == 0


def test_telling_twice_tells_once(older):
    """The clock may die after the commit, or the operators be faster."""
    older.connect(provider(offered("income")))

    older.work_off()
    for name in ("income", "household"):
        older.offers.tell(Due(KIND_TELL, uuid4(), name, 2, OPERATOR, utc_now()))

    assert sorted(older.told()) == [("published.v1", "household"), ("published.v1", "income")]


def test_what_was_withdrawn_before_it_was_told_is_not_told(older):
    older.connect(withdrawn=["income"])

    older.work_off()

    assert older.told() == [("published.v1", "household")]
