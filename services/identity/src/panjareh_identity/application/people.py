"""Appointment, what other services may know of a person, and forgetting one: load, tell, save."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

from panjareh_common.event_store import Cause, EventLog, UnitOfWork
from panjareh_common.refusals import NotFound
from panjareh_common.security import Caller
from panjareh_identity.application.checks import check_sign_up
from panjareh_identity.application.commands import AppointOfficer
from panjareh_identity.application.guarding import Guard
from panjareh_identity.application.lives.ports import WaitingMobiles
from panjareh_identity.application.origin import NOWHERE
from panjareh_identity.application.ports import (
    Credential,
    Credentials,
    Erasures,
    Leaving,
    Looks,
    Officers,
    OneTimeCodes,
    Passwords,
)
from panjareh_identity.application.registering import Registering
from panjareh_identity.application.sessions import SessionEnds
from panjareh_identity.application.setting_passwords import SettingPasswords
from panjareh_identity.domain.identifiers import Identifier, IdentifierKind
from panjareh_identity.domain.office import PLATFORM, check_roles
from panjareh_identity.domain.organisation import Organisation
from panjareh_identity.domain.person import Person
from panjareh_identity.domain.refusals import AlreadyRegistered
from panjareh_identity.domain.staff_refusals import NotByList


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
        setting: SettingPasswords,
        guard: Guard,
        officers: Officers,
        looks: Looks,
        ends: SessionEnds,
        codes: OneTimeCodes,
        erasures: Erasures,
        waiting: WaitingMobiles,
        registering: Registering,
        leaving: Sequence[Leaving] = (),
    ) -> None:
        self._log = log
        self._waiting = waiting
        self._registering = registering
        self._leaving = tuple(leaving)
        self._credentials = credentials
        self._passwords = passwords
        self._setting = setting
        self._guard = guard
        self._officers = officers
        self._looks = looks
        self._ends = ends
        self._codes = codes
        self._erasures = erasures

    def appoint(self, command: AppointOfficer, *, cause: Cause) -> Appointment:
        """Registers the officer where nobody has that national id, and appoints them. Safe to repeat.

        Raises InvalidInput, and AlreadyRegistered when the national id is taken by somebody who does
        not have the password of the list: whoever that is must not come into an office. RolesUnfit, and
        NotByList for the platform's own staff, who come by two people only (decision 0024).
        """
        check_roles(command.authority, command.roles)
        if command.authority == PLATFORM:
            raise NotByList()
        details, password = check_sign_up(
            command.person, self._log.clock(), "en", self._setting.read
        )
        known = self._credentials.find(details.identifier.text)
        person_id = known.person_id if known else uuid4()
        if known is None:
            if not self._registering.register(person_id, details, password, cause):
                raise AlreadyRegistered()
        elif not self._holds_office(person_id, cause):
            self._check_password(details.identifier.text, known, password)

        def work(unit: UnitOfWork) -> bool:
            person = unit.load(Person, person_id)
            if person.authority == PLATFORM:
                raise NotByList()
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
        """What `subject_of` gives, for an exchange of an older version. Raises NotFound."""
        subject = self.subject_of(person_id, (), caller=caller, cause=cause)
        if "national_id" not in subject:
            raise NotFound()
        return str(subject["national_id"])

    def subject_of(
        self,
        person_id: UUID,
        asked_with: Sequence[str],
        *,
        caller: Caller,
        cause: Cause,
        inquiry_id: UUID | None = None,
    ) -> dict[str, Any]:
        """For the exchange, which asks authorities by it; on record before it is served.

        `{national_id}`, `{foreigner_id}`, `{passport: {number, country}}`, or of an organisation
        `{company_id}`; asked with `mobile` also the number to be matched: the new one that the inquiry
        is about, else the person's. Raises NotFound for a person that is unknown, erased, or another
        than the assertion names.
        """

        def work(unit: UnitOfWork) -> dict[str, Any]:
            organisation = unit.find(Organisation, person_id)
            if organisation is not None and caller.subject in (None, person_id):
                # Public, so it is no look at anybody's data.
                return {"company_id": organisation.company_id}
            person = unit.load(Person, person_id)
            identifier = person.identifier
            if identifier is None or caller.subject not in (None, person_id):
                raise NotFound()
            self._looks.record(
                unit,
                person_id,
                reader=caller.service or "unknown",
                role=str(caller.kind),
                purpose=caller.purpose or "unknown",
                about=caller.request_id or person_id,
            )
            subject = _told(identifier)
            if "mobile" in asked_with:
                new = inquiry_id and self._waiting.mobile_of(unit, person_id, inquiry_id)
                subject["mobile"] = new or person.mobile
            return subject

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
            self._ends.forget(unit, person_id)
            self._codes.remove(unit, person_id)
            self._officers.remove(unit, person_id)
            for leave in self._leaving:
                leave(unit, person_id)
            return erased

        erased = self._log.run(cause, work)
        # Should we die before this, our own subscription to the event does it.
        self._erasures.erase(person_id)
        return erased

    def _holds_office(self, person_id: UUID, cause: Cause) -> bool:
        with self._log.unit_of_work(cause) as unit:
            return self._officers.office_of(unit, person_id) is not None

    def _check_password(self, identifier: str, known: Credential, password: str) -> None:
        """Only operators are told that somebody has an account: they vouch for who comes into an office."""
        made = self._guard.take_password(identifier, NOWHERE, self._log.clock())
        if not self._passwords.fits(password, known.password_hash):
            raise AlreadyRegistered()
        self._guard.right(made)


def _told(identifier: Identifier) -> dict[str, Any]:
    if identifier.kind is IdentifierKind.PASSPORT:
        return {"passport": {"number": identifier.number, "country": identifier.country}}
    return {str(identifier.kind): identifier.number}
