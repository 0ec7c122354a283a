"""The administration on a real database: people of the platform, signed in with two factors, and what they ask."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from panjareh_common.asking import Asking
from panjareh_common.assurance import AssuranceLevel
from panjareh_common.database import Database
from panjareh_common.event_store import Cause, EventLog, Keyring
from panjareh_common.following import catch_up
from panjareh_common.security import Caller, CallerKind
from panjareh_common.testing.aggregates import AT
from panjareh_identity.adapters.credentials import PostgresCredentials
from panjareh_identity.adapters.sessions import PostgresSessions
from panjareh_identity.application.offices import ChangeOffice
from panjareh_identity.application.onboarding import AskAuthority
from panjareh_identity.application.ports import Credential
from panjareh_identity.application.sessions import Devices, SessionEnds
from panjareh_identity.domain.assurance import Authenticator
from panjareh_identity.domain.identifiers import Identifier, IdentifierKind, PersonDetails
from panjareh_identity.domain.person import Person
from panjareh_identity.domain.session import Session
from panjareh_identity.domain.values import RegistryRecord
from panjareh_identity.read_model.acts import ActsFollower
from panjareh_identity.read_model.looks import PostgresLooks
from panjareh_identity.read_model.officers import PostgresOfficers
from panjareh_identity.wiring_clients import wire_clients
from panjareh_identity.wiring_staff import wire_staff

OPERATOR = Cause(actor="identity", role="service", channel="platform", cause="test")
REASON = "Said in letter 112 of the ministry."
WELFARE = {"fa": "سازمان بهزیستی", "en": "Welfare Organisation"}


@dataclass(frozen=True)
class Human:
    """Somebody who is registered, and the session they are signed in with."""

    id: UUID
    national_id: str
    session: Session


class House:
    """Identity's own parts around the administration; the clock stands still until it is moved."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.now = AT
        self.keyring = Keyring(secrets.token_bytes(32), database)
        self.log = EventLog(database, self.keyring, lambda: self.now)
        self.officers = PostgresOfficers()
        self.sessions = PostgresSessions(database)
        self.ended: list[str] = []
        self.ends = SessionEnds(self.sessions, [lambda unit, sids: self.ended.extend(sids)])
        self.devices = Devices(self.log, self.sessions, self.ends, lambda unit, sid: False)
        self.credentials = PostgresCredentials(database, self.keyring)
        self.clients = wire_clients(self.log, database, self.keyring).clients
        self.staff = wire_staff(
            self.log,
            officers=self.officers,
            credentials=self.credentials,
            looks=PostgresLooks(),
            ends=self.ends,
            clients=self.clients,
        )
        self._numbers = iter(range(10**9, 10**10))

    # People

    def human(self, *, matched: bool = True, died: bool = False) -> Human:
        """Registered, and matched with the civil registry; signed in with two factors."""
        person_id, national_id = uuid4(), self._national_id()
        details = PersonDetails(
            identifier=Identifier(IdentifierKind.NATIONAL_ID, national_id),
            mobile="09000000001",
            given_name="لیلا",
            family_name="کریمی",
            birth_date=date(1985, 3, 21),
            language="fa",
        )
        with self.log.unit_of_work(OPERATOR) as unit:
            self.credentials.add(unit, national_id, Credential(person_id, "a hash"))
            person = Person.register(person_id=person_id, details=details, at=unit.now)
            if matched:
                record = RegistryRecord("لیلا", "کریمی", "1985-03-21", True)
                person.match(person.inquiry_id, record, unit.now)
            if died:
                person.die(unit.now.date(), "civil_registry", unit.now)
            unit.save(person)
        return Human(person_id, national_id, self.sign_in(person_id))

    def sign_in(
        self, person_id: UUID, authenticator: Authenticator = Authenticator.PASSWORD_AND_CODE
    ) -> Session:
        with self.log.unit_of_work(OPERATOR) as unit:
            session = Session.begin(
                person_id, authenticator, ("pwd", "otp"), now=unit.now, channel="web", device=None
            )
            self.sessions.start(unit, session)
        return session

    def first_administrator(self) -> Human:
        human = self.human()
        self.staff.offices.begin_administration(human.id, cause=OPERATOR)
        return human

    def administrators(self) -> tuple[Human, Human]:
        first, second = self.first_administrator(), self.human()
        change = self.ask(first, second, ["administrator"], authority="panjareh")
        self.confirm(second, change)
        return first, second

    def authority(self, first: Human, second: Human, code: str = "welfare") -> str:
        """On board, by two administrators."""
        self.staff.onboarding.ask(AskAuthority(code, WELFARE, REASON), self.asking(first))
        self.staff.onboarding.confirm(code, self.asking(second))
        return code

    def officer(
        self, by: Human, other: Human, roles: list[str], authority: str = "welfare"
    ) -> Human:
        """Somebody whose roles `by` asked for and `other` confirmed."""
        human = self.human()
        self.confirm(other, self.ask(by, human, roles, authority=authority))
        return human

    # What they ask

    def caller(self, human: Human, **changes: Any) -> Caller:
        """As their token says now: signed in with two factors, the roles they hold."""
        with self.log.unit_of_work(OPERATOR) as unit:
            office = self.officers.office_of(unit, human.id)
        caller = Caller(
            kind=CallerKind.OFFICER if office else CallerKind.PERSON,
            subject=human.id,
            assurance=AssuranceLevel.LOW,
            auth_time=human.session.auth_time,
            session=human.session.sid,
            authority=office.authority if office else None,
            roles=office.roles if office else (),
        )
        return replace(caller, **changes)

    def asking(self, human: Human, key: str | None = None, **changes: Any) -> Asking:
        caller = self.caller(human, **changes)
        return Asking(caller, caller.cause("web"), key or secrets.token_hex(8), "en")

    def ask(
        self,
        by: Human,
        officer: Human,
        gives: list[str] | None = None,
        takes: list[str] | None = None,
        *,
        authority: str | None = None,
        because: str = REASON,
    ) -> UUID:
        command = ChangeOffice(
            tuple(gives or ()), tuple(takes or ()), because, authority, officer.id
        )
        return UUID(self.staff.offices.change(command, self.asking(by))["change_id"])

    def confirm(self, by: Human, change: UUID) -> dict[str, Any]:
        return self.staff.offices.confirm(change, self.asking(by))

    def roles(self, human: Human) -> tuple[str, ...]:
        """As the row of their office says."""
        with self.log.unit_of_work(OPERATOR) as unit:
            office = self.officers.office_of(unit, human.id)
        return office.roles if office else ()

    def acts(self, auditor: Human, authority: str | None = None, **of: Any) -> list[dict[str, Any]]:
        """What the record says, the latest first, once it is up to date."""
        catch_up(self.log, ActsFollower())
        caller = self.caller(auditor)
        page = {"kind": None, "after": None, "limit": 100} | of
        listed = self.staff.lists.acts(
            authority, page.pop("kind"), **page, caller=caller, cause=caller.cause("web")
        )
        return list(listed["items"])

    def later(self, **by: float) -> datetime:
        self.now += timedelta(**by)
        return self.now

    def topics(self, stream: UUID) -> list[str]:
        return [recorded.topic for recorded in self.log.history(stream)]

    def rows(self, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
        return self.database.fetch(query, parameters)

    def _national_id(self) -> str:
        """Ten digits with the right check digit, another each time."""
        for number in self._numbers:
            first = f"{number:010d}"[1:]
            rest = sum(int(d) * (10 - i) for i, d in enumerate(first)) % 11
            if len(set(first)) > 1:
                return f"{first}{rest if rest < 2 else 11 - rest}"
        raise AssertionError("no more national ids")
