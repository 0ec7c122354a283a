"""The rows of accounts' lives on a real database: a seat is taken once, and nothing stands in the clear."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from panjareh_common.asking import Asking
from panjareh_common.assurance import AssuranceLevel
from panjareh_common.database import Database
from panjareh_common.event_store import Cause, EventLog, Keyring
from panjareh_common.refusals import Refusal
from panjareh_common.security import Caller, CallerKind
from panjareh_identity.adapters.contact_changes import PostgresContactChanges
from panjareh_identity.adapters.helpings import PostgresHelpings
from panjareh_identity.adapters.places import PostgresAppointments, PostgresPlaces
from panjareh_identity.adapters.recoveries import PostgresRecoveries
from panjareh_identity.application.lives.appointments import KeepAppointment, Visits
from panjareh_identity.application.lives.places import OfferedPlaces, OfferTimes, OpenPlace
from panjareh_identity.application.lives.ports import (
    ChangeProof,
    ContactChange,
    Helping,
    Recovery,
)
from panjareh_identity.domain.assurance import Proofing
from panjareh_identity.domain.contacts import Channel
from panjareh_identity.domain.identifiers import PersonDetails, read_identifier
from panjareh_identity.domain.person import Person
from panjareh_identity.domain.persons_refusals import RecoveryOver
from panjareh_identity.read_model import held
from panjareh_identity.read_model.looks import PostgresLooks
from panjareh_sandbox.national_id import make_national_id

CAUSE = Cause("test", "service", "platform")
NEW_MOBILE, SECRET = "09121234567", "the secret of a recovery"


@dataclass
class Rows:
    database: Database
    keyring: Keyring
    log: EventLog
    visits: Visits
    offered: OfferedPlaces
    changes: PostgresContactChanges
    recoveries: PostgresRecoveries
    helpings: PostgresHelpings

    def register(self, number: int) -> UUID:
        details = PersonDetails(
            identifier=read_identifier(make_national_id(number)),
            mobile="09000000001",
            given_name="لیلا",
            family_name="کریمی",
            birth_date=date(1985, 3, 21),
            language="fa",
        )
        person_id = uuid4()

        def work(unit: Any) -> None:
            unit.save(Person.register(person_id=person_id, details=details, at=unit.now))

        self.log.run(CAUSE, work)
        return person_id

    def run(self, work: Any) -> Any:
        return self.log.run(CAUSE, work)

    def everything_stored(self) -> str:
        """What a dump of these tables would show."""
        tables = ("contact_change", "recovery", "assistance", "appointment", "event", "place")
        with self.database.connection() as connection:
            return "".join(
                str([dict(row) for row in connection.execute(f"SELECT * FROM {table}").fetchall()])
                for table in tables
            )


@pytest.fixture
def rows(make_database_url: Any) -> Iterator[Rows]:
    database = Database(make_database_url("identity"), size=12)
    database.open()
    yield make_rows(database)
    database.close()


def make_rows(database: Database) -> Rows:
    keyring = Keyring(secrets.token_bytes(32), database)
    log = EventLog(database, keyring)
    places, recoveries = PostgresPlaces(database), PostgresRecoveries(database, keyring)
    return Rows(
        database=database,
        keyring=keyring,
        log=log,
        visits=Visits(
            log,
            places=places,
            appointments=PostgresAppointments(),
            recoveries=recoveries,
            looks=PostgresLooks(),
        ),
        offered=OfferedPlaces(log, places),
        changes=PostgresContactChanges(database, keyring),
        recoveries=recoveries,
        helpings=PostgresHelpings(),
    )


def caller(person_id: UUID, authority: str | None = None) -> Caller:
    return Caller(
        kind=CallerKind.OFFICER if authority else CallerKind.PERSON,
        subject=person_id,
        assurance=AssuranceLevel.LOW,
        authority=authority,
        roles=("officer",) if authority else (),
    )


def asking(caller: Caller, key: str | None = None) -> Asking:
    return Asking(caller, CAUSE, key or str(uuid4()), "en")


@pytest.fixture
def start(rows: Rows) -> datetime:
    """The first of three times in Tehran, each for two people."""
    officer = caller(uuid4(), "civil_registry")
    names = {"fa": "تهران", "en": "Tehran"}
    rows.offered.open(OpenPlace("tehran", names, names), asking(officer))
    begin = rows.log.clock() + timedelta(days=1)
    command = OfferTimes("tehran", begin, 15, 3, 2)
    rows.offered.offer(command, asking(officer))
    return begin


def book(rows: Rows, person_id: UUID, at: datetime) -> dict[str, Any] | Refusal:
    try:
        return rows.visits.book("tehran", at, asking(caller(person_id)))
    except Refusal as refusal:
        return refusal


def free(rows: Rows) -> list[int]:
    return [time["free"] for time in rows.offered.times("tehran")["items"]]


def test_of_many_who_want_a_time_at_once_as_many_get_it_as_there_are_seats(
    rows: Rows, start: datetime
) -> None:
    people = [rows.register(number) for number in range(10)]

    with ThreadPoolExecutor(10) as pool:
        made = list(pool.map(lambda person_id: book(rows, person_id, start), people))

    assert sum(isinstance(each, dict) for each in made) == 2
    assert [each.code for each in made if isinstance(each, Refusal)] == ["time_taken"] * 8
    assert free(rows) == [2, 2]


def test_of_one_who_books_several_at_once_one_is_booked_and_one_seat_taken(
    rows: Rows, start: datetime
) -> None:
    person_id = rows.register(1)
    times = [start + n * timedelta(minutes=15) for n in range(3)]

    with ThreadPoolExecutor(3) as pool:
        made = list(pool.map(lambda at: book(rows, person_id, at), times))

    assert sum(isinstance(each, dict) for each in made) == 1
    assert [each.code for each in made if isinstance(each, Refusal)] == ["appointment_open"] * 2
    assert sum(free(rows)) == 5


def test_a_repeat_of_a_command_changes_nothing_and_gets_the_same_answer(
    rows: Rows, start: datetime
) -> None:
    person = caller(rows.register(1))

    first = rows.visits.book("tehran", start, asking(person, "one-key"))
    again = rows.visits.book("tehran", start, asking(person, "one-key"))

    assert again == first
    assert free(rows) == [1, 2, 2]
    later = start + timedelta(minutes=15)
    which = UUID(first["appointment_id"])
    moved = [
        rows.visits.move(which, "tehran", later, asking(person, "another-key")) for _ in range(2)
    ]
    assert moved[0] == moved[1]
    assert free(rows) == [2, 1, 2]


def test_moving_and_cancelling_give_seats_back(rows: Rows, start: datetime) -> None:
    person_id = rows.register(1)
    booked = book(rows, person_id, start)
    assert isinstance(booked, dict)
    which, later = UUID(booked["appointment_id"]), start + timedelta(minutes=15)

    rows.visits.move(which, "tehran", later, asking(caller(person_id)))
    assert free(rows) == [2, 1, 2]
    rows.visits.cancel(which, caller=caller(person_id), cause=CAUSE)

    assert free(rows) == [2, 2, 2]
    assert isinstance(book(rows, person_id, start), dict)


def test_who_came_is_proved_and_the_officers_list_names_them(rows: Rows, start: datetime) -> None:
    person_id, officer = rows.register(1), caller(uuid4(), "civil_registry")
    booked = book(rows, person_id, start)
    assert isinstance(booked, dict)
    listed = rows.visits.at_place("tehran", start, caller=officer, cause=CAUSE)
    assert [row["name"] for row in listed["items"]] == ["لیلا کریمی"]
    rows.log.clock = lambda: start
    command = KeepAppointment(UUID(booked["appointment_id"]), "identity card 4711-0815")

    rows.visits.keep(command, asking(officer))

    person = rows.run(lambda unit: unit.load(Person, person_id))
    assert person.proofing is Proofing.IN_PERSON
    assert "4711-0815" not in rows.everything_stored()
    looks = rows.run(lambda unit: held.looks(unit, person_id))
    assert [look["purpose"] for look in looks] == ["identity_proofing"] * 2


def test_a_new_number_stands_sealed_and_opens_for_nobody_after_an_erasure(rows: Rows) -> None:
    person_id = rows.register(1)
    until = rows.log.clock() + timedelta(minutes=5)
    change = ContactChange(
        person_id, Channel.SMS, NEW_MOBILE, ChangeProof.MOBILE_REGISTRY, uuid4(), until
    )
    rows.run(lambda unit: rows.changes.keep(unit, change))

    assert NEW_MOBILE not in rows.everything_stored()
    assert rows.run(lambda unit: rows.changes.find(unit, person_id, Channel.SMS)) == change
    asked = change.inquiry_id
    assert rows.run(lambda unit: rows.changes.mobile_of(unit, person_id, asked)) == NEW_MOBILE
    assert rows.run(lambda unit: rows.changes.mobile_of(unit, person_id, uuid4())) is None

    rows.keyring.erase(person_id)
    assert rows.run(lambda unit: rows.changes.find(unit, person_id, Channel.SMS)) is None
    rows.run(lambda unit: rows.changes.leave(unit, person_id))
    assert rows.changes.sweep(until + timedelta(days=1)) == 0


def test_a_secret_is_kept_as_a_hash_and_opens_its_own_recovery_alone(rows: Rows) -> None:
    until = rows.log.clock() + timedelta(hours=1)
    mine, other = (Recovery(uuid4(), uuid4(), Channel.SMS, 0, until) for _ in range(2))
    rows.run(lambda unit: rows.recoveries.add(unit, mine, SECRET))
    rows.run(lambda unit: rows.recoveries.add(unit, other, "another secret"))

    assert SECRET not in rows.everything_stored()
    assert rows.run(lambda unit: rows.recoveries.open(unit, mine.recovery_id, SECRET)) == mine
    for which, secret in ((other, SECRET), (mine, "another secret")):
        with pytest.raises(RecoveryOver):
            rows.run(lambda unit: rows.recoveries.open(unit, which.recovery_id, secret))  # noqa: B023

    rows.run(lambda unit: rows.recoveries.prove(unit, mine.recovery_id, Proofing.IN_PERSON))
    proved = rows.run(lambda unit: rows.recoveries.find(unit, mine.recovery_id))
    assert proved.reached is Proofing.IN_PERSON
    rows.run(lambda unit: rows.recoveries.complete(unit, mine.recovery_id))
    with pytest.raises(RecoveryOver):
        rows.run(lambda unit: rows.recoveries.open(unit, mine.recovery_id, SECRET))
    assert rows.recoveries.sweep(until + timedelta(seconds=1)) == 2


def test_help_at_a_counter_hangs_on_the_clerks_session(rows: Rows) -> None:
    now = rows.log.clock()
    helping = Helping(uuid4(), rows.register(1), uuid4(), "clerks-session", "municipality")
    rows.run(lambda unit: rows.helpings.add(unit, helping, now + timedelta(minutes=10)))

    assert rows.run(lambda unit: rows.helpings.under(unit, ["clerks-session"])) == [helping]
    assert rows.run(lambda unit: rows.helpings.under(unit, ["another"])) == []
    until = now + timedelta(minutes=30)
    rows.run(lambda unit: rows.helpings.confirm(unit, helping.assistance_id, until))
    [shown] = rows.run(lambda unit: rows.helpings.of_person(unit, helping.person_id))
    assert (shown["authority"], shown["ended_at"]) == ("municipality", None)
    rows.run(lambda unit: rows.helpings.end(unit, helping.assistance_id))

    assert rows.run(lambda unit: rows.helpings.find(unit, helping.assistance_id)) is None
    assert rows.run(lambda unit: rows.helpings.under(unit, ["clerks-session"])) == []


def test_what_is_held_about_a_person_is_told_section_by_section(rows: Rows) -> None:
    person_id = rows.register(1)

    account = rows.run(lambda unit: held.account(unit, person_id))
    history = rows.run(lambda unit: held.history(unit, person_id))

    assert account["identifier"] == {
        "kind": "national_id",
        "number": make_national_id(1),
        "country": None,
    }
    assert (account["proofing"], account["groups"]) == (1, [])
    assert [step["what"] for step in history] == ["Person.Registered"]
