"""Registration, appointment, and what other services may know of a person: load, tell, save."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from uuid import UUID, uuid4

from panjareh_common.event_store import Cause, EventLog, UnitOfWork
from panjareh_common.refusals import NotFound
from panjareh_common.security import Caller
from panjareh_identity.application.checks import check_sign_up
from panjareh_identity.application.commands import AppointOfficer, SignUp
from panjareh_identity.application.ports import (
    Credential,
    Credentials,
    Erasures,
    Looks,
    Officers,
    OneTimeCodes,
    Passwords,
    Sessions,
    Throttle,
)
from panjareh_identity.application.signing_in import PASSWORD_TRIES
from panjareh_identity.domain.person import Person
from panjareh_identity.domain.refusals import AlreadyRegistered
from panjareh_identity.domain.session import EndedSession
from panjareh_identity.domain.values import PersonDetails


class Change(StrEnum):
    REGISTERED = "registered and appointed"
    APPOINTED = "appointed"
    UNCHANGED = "unchanged"


@dataclass(frozen=True)
class Appointment:
    """What became of one line of an officers' list."""

    person_id: UUID
    authority: str
    roles: tuple[str, ...]
    change: Change


class People:
    """One method a command or a question."""

    def __init__(
        self,
        log: EventLog,
        *,
        credentials: Credentials,
        passwords: Passwords,
        throttle: Throttle,
        officers: Officers,
        looks: Looks,
        sessions: Sessions,
        codes: OneTimeCodes,
        erasures: Erasures,
    ) -> None:
        self._log = log
        self._credentials = credentials
        self._passwords = passwords
        self._throttle = throttle
        self._officers = officers
        self._looks = looks
        self._sessions = sessions
        self._codes = codes
        self._erasures = erasures

    def sign_up(self, command: SignUp, *, cause: Cause, language: str) -> UUID:
        """Registers a person; who repeats it with the same password gets the same person id.

        Raises InvalidInput, AlreadyRegistered, and TooManyTries, because a repeat tries a password.
        """
        details, password = check_sign_up(command, self._log.clock(), language)
        known = self._credentials.find(details.national_id)
        if known is None:
            person_id = uuid4()
            own = replace(cause, actor=str(person_id), role="person")
            if self._register(person_id, details, password, own):
                return person_id
            # Somebody registered the same national id at the same moment.
            known = self._credentials.find(details.national_id)
        self._check_password(details.national_id, known, password)
        assert known is not None
        return known.person_id

    def appoint(self, command: AppointOfficer, *, cause: Cause) -> Appointment:
        """Registers the officer where nobody has that national id, and appoints them. Safe to repeat.

        Raises InvalidInput, and AlreadyRegistered when the national id is taken by somebody who does
        not have the password of the list: whoever that is must not come into an office.
        """
        details, password = check_sign_up(command.person, self._log.clock(), "en")
        known = self._credentials.find(details.national_id)
        person_id = known.person_id if known else uuid4()
        if known is None:
            if not self._register(person_id, details, password, cause):
                raise AlreadyRegistered()
        elif not self._holds_office(person_id, cause):
            self._check_password(details.national_id, known, password)

        def work(unit: UnitOfWork) -> bool:
            person = unit.load(Person, person_id)
            changed = person.appoint(command.authority, command.roles, unit.now)
            unit.save(person)
            self._officers.write(unit, person)
            return changed

        changed = self._log.run(cause, work)
        appointed = Change.APPOINTED if known else Change.REGISTERED
        return Appointment(
            person_id=person_id,
            authority=command.authority,
            roles=tuple(command.roles),
            change=appointed if changed else Change.UNCHANGED,
        )

    def national_id_of(self, person_id: UUID, *, caller: Caller, cause: Cause) -> str:
        """For the exchange, which asks authorities by it; on record before it is served.

        Raises NotFound for a person that is unknown, erased, or another than the assertion names.
        """

        def work(unit: UnitOfWork) -> str:
            person = unit.load(Person, person_id)
            if person.national_id is None or caller.subject not in (None, person_id):
                raise NotFound()
            self._looks.record(
                unit,
                person_id,
                reader=caller.service or "unknown",
                role=str(caller.kind),
                purpose=caller.purpose or "unknown",
                about=caller.request_id or person_id,
            )
            return person.national_id

        return self._log.run(cause, work)

    def erase(self, person_id: UUID, *, cause: Cause) -> bool:
        """Has a person forgotten, here at once and wherever `person_erased.v1` is heard; False when they were.

        They cannot sign in any more, their sessions end, and every row by which they could be found
        goes in the same commit. Raises NotFound.
        """

        def work(unit: UnitOfWork) -> bool:
            person = unit.load(Person, person_id)
            erased = person.erase(unit.now)
            unit.save(person)
            self._credentials.remove(unit, person_id)
            for session in self._sessions.remove(unit, person_id):
                unit.save(EndedSession.end(session, unit.now))
            self._codes.remove(unit, person_id)
            self._officers.remove(unit, person_id)
            return erased

        erased = self._log.run(cause, work)
        # Should we die before this, our own subscription to the event does it.
        self._erasures.erase(person_id)
        return erased

    def _register(
        self, person_id: UUID, details: PersonDetails, password: str, cause: Cause
    ) -> bool:
        """False when the national id was taken meanwhile."""
        credential = Credential(person_id, self._passwords.hash(password))

        def work(unit: UnitOfWork) -> bool:
            if not self._credentials.add(unit, details.national_id, credential):
                return False
            unit.save(Person.register(person_id=person_id, details=details, at=unit.now))
            return True

        return self._log.run(cause, work)

    def _holds_office(self, person_id: UUID, cause: Cause) -> bool:
        with self._log.unit_of_work(cause) as unit:
            return self._officers.office_of(unit, person_id) is not None

    def _check_password(self, national_id: str, known: Credential | None, password: str) -> None:
        self._throttle.take(PASSWORD_TRIES, national_id, self._log.clock())
        if not self._passwords.fits(password, known.password_hash if known else None):
            raise AlreadyRegistered()
        self._throttle.clear(PASSWORD_TRIES, national_id)
