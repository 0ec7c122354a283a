"""Acting for another on a real database: people signed in with two factors, and registries that say what they are told."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from panjareh_common.asking import Asking
from panjareh_common.assurance import AssuranceLevel
from panjareh_common.database import Database
from panjareh_common.due import DueWorker
from panjareh_common.event_store import Cause, EventLog, Keyring
from panjareh_common.refusals import RemoteRefusal
from panjareh_common.security import Caller, CallerKind
from panjareh_common.testing.aggregates import AT
from panjareh_identity.adapters.credentials import PostgresCredentials
from panjareh_identity.adapters.sessions import PostgresSessions
from panjareh_identity.application.mandate_commands import (
    AnswerMandate,
    AskMandate,
    WithdrawMandate,
)
from panjareh_identity.application.mandate_ports import Page
from panjareh_identity.application.ports import Credential
from panjareh_identity.application.sessions import Devices, SessionEnds
from panjareh_identity.domain.assurance import Authenticator
from panjareh_identity.domain.identifiers import Identifier, IdentifierKind, PersonDetails
from panjareh_identity.domain.mandate_values import Company, MandateKind, Ward
from panjareh_identity.domain.person import Person
from panjareh_identity.domain.refusals import RegistryUnavailable
from panjareh_identity.domain.session import Session
from panjareh_identity.domain.values import NoRecord, RegistryRecord
from panjareh_identity.read_model.looks import PostgresLooks
from panjareh_identity.wiring_mandates import wire_mandates
from panjareh_sandbox.national_id import make_national_id

OPERATOR = Cause(actor="identity", role="service", channel="platform", cause="test")
COMPANY = Company("10380284790", "شرکت آزمون نمونه")


@contextmanager
def refused(code: str) -> Iterator[None]:
    """What a command that is answered once refuses, by its code."""
    with pytest.raises(RemoteRefusal) as said:
        yield
    assert said.value.code == code


class FakeRegistries:
    """Says what it was told to, and counts how often it is asked."""

    def __init__(self) -> None:
        self.wards: list[Ward] | NoRecord = NoRecord.NOTHING_HELD
        self.companies: list[Company] | NoRecord = NoRecord.NOTHING_HELD
        self.away = False
        self.asked: list[tuple[UUID, UUID]] = []

    def wards_of(self, person_id: UUID, inquiry_id: UUID) -> list[Ward] | NoRecord:
        self._ask(person_id, inquiry_id)
        return self.wards

    def companies_of(self, person_id: UUID, inquiry_id: UUID) -> list[Company] | NoRecord:
        self._ask(person_id, inquiry_id)
        return self.companies

    def _ask(self, person_id: UUID, inquiry_id: UUID) -> None:
        self.asked.append((person_id, inquiry_id))
        if self.away:
            raise RegistryUnavailable()


@dataclass(frozen=True)
class Human:
    """Somebody who is registered, and the session they are signed in with."""

    id: UUID
    national_id: str
    name: str
    session: Session
    assurance: AssuranceLevel = AssuranceLevel.LOW
    authority: str | None = None
    roles: tuple[str, ...] = ()

    @property
    def caller(self) -> Caller:
        return Caller(
            kind=CallerKind.OFFICER if self.roles else CallerKind.PERSON,
            subject=self.id,
            assurance=self.assurance,
            auth_time=self.session.auth_time,
            session=self.session.sid,
            authority=self.authority,
            roles=self.roles,
        )

    def as_officer_of(self, authority: str, role: str = "officer") -> Human:
        return replace(self, authority=authority, roles=(role,))


class House:
    """Identity's own parts around mandates; the clock stands still until it is moved."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.now = AT
        self.keyring = Keyring(secrets.token_bytes(32), database)
        self.log = EventLog(database, self.keyring, lambda: self.now)
        self.credentials = PostgresCredentials(database, self.keyring)
        self.sessions = PostgresSessions(database)
        self.registries = FakeRegistries()
        self.claims: list[dict[str, Any]] = []
        self.parts = wire_mandates(
            self.log,
            database,
            self.keyring,
            registries=self.registries,
            credentials=self.credentials,
            sessions=self.sessions,
            looks=PostgresLooks(),
            sign=self._sign,
        )
        self.ends = SessionEnds(self.sessions, [self.parts.acting_sessions.end_under])
        self.devices = Devices(self.log, self.sessions, self.ends, self.parts.acting_sessions.end)
        self.worker = DueWorker(database, self.parts.proving.handlers(), lambda: self.now)
        self._numbers = iter(range(1, 10_000))

    def _sign(self, claims: Any) -> str:
        self.claims.append(dict(claims))
        return f"token {len(self.claims)}"

    # People

    def human(
        self,
        given_name: str = "لیلا",
        *,
        born: date = date(1985, 3, 21),
        national_id: str | None = None,
        matched: bool = True,
        assurance: AssuranceLevel = AssuranceLevel.LOW,
    ) -> Human:
        person_id = uuid4()
        number = national_id or make_national_id(next(self._numbers))
        details = PersonDetails(
            identifier=Identifier(IdentifierKind.NATIONAL_ID, number),
            mobile="09000000001",
            given_name=given_name,
            family_name="کریمی",
            birth_date=born,
            language="fa",
        )
        with self.log.unit_of_work(OPERATOR) as unit:
            assert self.credentials.add(unit, number, Credential(person_id, "a hash"))
            person = Person.register(person_id=person_id, details=details, at=unit.now)
            if matched:
                record = RegistryRecord(given_name, "کریمی", born.isoformat(), True)
                person.match(person.inquiry_id, record, unit.now)
            unit.save(person)
            session = Session.begin(
                person_id,
                Authenticator.PASSWORD_AND_CODE,
                ("pwd", "otp", "sms", "mfa"),
                now=unit.now,
                channel="web",
                device=None,
            )
            self.sessions.start(unit, session)
        return Human(person_id, number, f"{given_name} کریمی", session, assurance)

    def ward(self, number: int = 7001, born: date = date(2016, 6, 15)) -> Ward:
        return Ward(make_national_id(number), "نیما", "کریمی", born, alive=True)

    # What people do

    def asking(self, human: Human, key: str | None = None, language: str = "en") -> Asking:
        caller = human.caller
        return Asking(caller, caller.cause("web"), key or str(uuid4()), language)

    def ask(self, human: Human, kind: str, number: str, **wanted: Any) -> dict[str, Any]:
        command = AskMandate(kind=MandateKind(kind), number=number, **wanted)
        return self.parts.mandates.ask(command, self.asking(human))

    def answer(
        self, human: Human, mandate: dict[str, Any], accept: bool = True, **how: Any
    ) -> dict[str, Any]:
        command = AnswerMandate(UUID(mandate["mandate_id"]), accept, **how)
        return self.parts.mandates.answer(command, self.asking(human))

    def withdraw(self, human: Human, mandate: dict[str, Any], reason: str = "") -> dict[str, Any]:
        command = WithdrawMandate(UUID(mandate["mandate_id"]), reason)
        return self.parts.mandates.withdraw(command, self.asking(human))

    def look(self, human: Human, mandate: dict[str, Any], language: str = "en") -> dict[str, Any]:
        asking = self.asking(human, language=language)
        return self.parts.mandates.get(UUID(mandate["mandate_id"]), asking)

    def list_of(self, human: Human, page: Page | None = None) -> list[dict[str, Any]]:
        items = self.parts.mandates.list_of(page or Page(), self.asking(human))["items"]
        return list(items)

    def act(self, human: Human, mandate: dict[str, Any]) -> dict[str, Any]:
        """The claims of the token that comes of it."""
        caller = human.caller
        self.parts.acting_for.act_for(
            UUID(mandate["mandate_id"]), caller=caller, cause=caller.cause("web")
        )
        return self.claims[-1]

    def given(self, representative: Human, represented: Human, **wanted: Any) -> dict[str, Any]:
        """A mandate between two adults, in force."""
        asked = self.ask(representative, "adult", represented.national_id, **wanted)
        return self.answer(represented, asked)

    def pass_time(self, days: float) -> int:
        """Moves the clock, and has done what comes due; how much that was."""
        self.now += timedelta(days=days)
        return self.worker.run_due()

    def until(self, moment: datetime) -> int:
        self.now = moment
        return self.worker.run_due()

    # What is stored

    def rows(self, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        return self.database.fetch(sql, parameters)

    def ended_sids(self) -> list[str]:
        events = self.log.after(0, ["Session.Ended"], 1000)
        return [event.event.session for event in events]

    def looks(self, person_id: UUID) -> list[tuple[Any, ...]]:
        return self.rows(
            "SELECT reader, role, purpose, about FROM person_data_read WHERE person_id = %s",
            person_id,
        )

    def topics(self, mandate: dict[str, Any]) -> list[str]:
        return [each.topic for each in self.log.history(UUID(mandate["mandate_id"]))]
