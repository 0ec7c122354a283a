"""How old a person is, as the catalogue asks for hints (I8): a number of years, and the look is recorded."""

from __future__ import annotations

import secrets
from datetime import UTC, date, datetime
from uuid import UUID, uuid4

import pytest

from panjareh_common.assurance import AssuranceLevel
from panjareh_common.database import Database
from panjareh_common.event_store import Cause, EventLog, Keyring
from panjareh_common.refusals import NotFound
from panjareh_common.security import Caller, CallerKind
from panjareh_identity.application.lives.ages import Ages, years
from panjareh_identity.domain.identifiers import PersonDetails, read_identifier
from panjareh_identity.domain.person import Person
from panjareh_identity.read_model.looks import PostgresLooks
from panjareh_sandbox.national_id import make_national_id

# In Tehran it is the next day already.
NOW = datetime(2026, 3, 20, 21, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("born", "today", "age"),
    [
        (date(2008, 3, 21), date(2026, 3, 21), 18),
        (date(2008, 3, 22), date(2026, 3, 21), 17),
        (date(2008, 2, 29), date(2026, 2, 28), 17),
        (date(2008, 2, 29), date(2026, 3, 1), 18),
        (date(2026, 3, 21), date(2026, 3, 21), 0),
    ],
)
def test_an_age_is_counted_in_whole_years(born, today, age):
    assert years(born, today) == age


@pytest.fixture
def log(make_database_url):
    database = Database(make_database_url("identity"))
    database.open()
    yield EventLog(database, Keyring(secrets.token_bytes(32), database), lambda: NOW)
    database.close()


def register(log: EventLog) -> UUID:
    details = PersonDetails(
        identifier=read_identifier(make_national_id(7)),
        mobile="09000000001",
        given_name="لیلا",
        family_name="کریمی",
        birth_date=date(2008, 3, 21),
        language="fa",
    )
    person_id = uuid4()
    with log.unit_of_work(Cause("test", "service", "platform")) as unit:
        unit.save(Person.register(person_id=person_id, details=details, at=unit.now))
    return person_id


def ask(log: EventLog, person_id: UUID):
    caller = Caller(
        CallerKind.SERVICE, person_id, AssuranceLevel(1), service="catalog", purpose="hints"
    )
    return Ages(log, PostgresLooks()).tell(caller=caller, cause=caller.cause("platform"))


def test_an_age_is_told_as_of_today_in_tehran_and_nothing_else(log):
    person_id = register(log)

    assert ask(log, person_id) == {"age": 18}


def test_a_look_at_an_age_is_on_record(log):
    person_id = register(log)

    ask(log, person_id)

    with log.database.connection() as connection:
        (look,) = connection.execute("SELECT * FROM person_data_read").fetchall()
    assert (look["person_id"], look["reader"], look["role"], look["purpose"]) == (
        person_id,
        "catalog",
        "service",
        "hints",
    )


def test_an_erased_person_has_no_age(log):
    person_id = register(log)
    log.keyring.erase(person_id)

    with pytest.raises(NotFound):
        ask(log, person_id)
