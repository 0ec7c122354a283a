"""Giving roles and taking them: asked for by one, confirmed by another where it grants power (decision 0024)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID, uuid4

from panjareh_common.asking import Asking
from panjareh_common.event_store import Cause, EventLog, UnitOfWork
from panjareh_common.refusals import NotFound
from panjareh_common.security import Caller
from panjareh_identity.application.checks import check_identifier
from panjareh_identity.application.ports import Credentials
from panjareh_identity.application.powers import Powers
from panjareh_identity.application.sessions import SessionEnds
from panjareh_identity.application.staff_ports import (
    Authorities,
    OfficeChanges,
    Staff,
    StaffLooks,
)
from panjareh_identity.domain.administration import ADMINISTRATION_ID, Administration
from panjareh_identity.domain.assurance import Proofing
from panjareh_identity.domain.office import (
    PLATFORM,
    OfficeChange,
    Role,
    Standing,
    after,
    check_roles,
)
from panjareh_identity.domain.person import Person
from panjareh_identity.domain.staff_refusals import (
    AdministrationBegun,
    AuthorityUnknown,
    LastAdministrators,
    NoSuchOfficer,
    OfficeElsewhere,
)

Answer = dict[str, Any]
_ADMINISTRATORS_LEAST = 2


@dataclass(frozen=True)
class ChangeOffice:
    """Roles to give somebody and to take from them, who is named by their id here or by the one they were
    registered by, as it was typed. `authority` None: the asker's own.
    """

    gives: tuple[str, ...]
    takes: tuple[str, ...]
    because: str
    authority: str | None = None
    person_id: UUID | None = None
    national_id: str | None = None


class Offices:
    """One method a command."""

    def __init__(
        self,
        log: EventLog,
        *,
        powers: Powers,
        staff: Staff,
        changes: OfficeChanges,
        authorities: Authorities,
        credentials: Credentials,
        looks: StaffLooks,
        ends: SessionEnds,
    ) -> None:
        self._log = log
        self._powers = powers
        self._staff = staff
        self._changes = changes
        self._authorities = authorities
        self._credentials = credentials
        self._looks = looks
        self._ends = ends

    def begin_administration(self, person_id: UUID, *, cause: Cause) -> None:
        """Makes a person the first administrator; an operator of the platform vouches for them.

        Raises AdministrationBegun from the second time on, for ever, NotFound, and OfficeElsewhere.
        """

        def work(unit: UnitOfWork) -> None:
            if unit.find(Administration, ADMINISTRATION_ID) is not None:
                raise AdministrationBegun()
            person = unit.load(Person, person_id)
            if person.authority is not None:
                raise OfficeElsewhere()
            if person.died:
                raise NotFound()
            person.appoint(PLATFORM, [Role.ADMINISTRATOR], unit.now)
            unit.save(Administration.begin(person_id, unit.now), person)
            self._staff.write(unit, person)

        self._log.run(cause, work)

    def change(self, command: ChangeOffice, asked: Asking) -> Answer:
        """Takes roles at once, or asks for a change that another person has to confirm.

        Raises InvalidInput, AuthorityUnknown, NoSuchOfficer, OfficeElsewhere, and what `OfficeChange.begin` refuses.
        """
        change_id, by = uuid4(), asked.caller.doer

        def work(unit: UnitOfWork) -> Answer:
            authority = self._powers.head(unit, asked.caller, command.authority)
            self._powers.fresh(unit, asked.caller)
            if asked.caller.authority != authority and not self._on_board(unit, authority):
                raise AuthorityUnknown()
            person = self._person(unit, command, asked.language)
            self._look(asked, person.id, change_id)
            held = _held(person, authority, command.gives)
            change = OfficeChange.begin(
                change_id=change_id,
                officer=person.id,
                authority=authority,
                held=held,
                gives=command.gives,
                takes=command.takes,
                because=command.because,
                by=by,
                at=unit.now,
            )
            unit.save(change)
            if change.standing is Standing.ASKED:
                self._changes.write(unit, change)
            else:
                self._apply(unit, person, change, held)
            return _told(change)

        return asked.once(self._log, "change_office", _plain(command), work)

    def confirm(self, change_id: UUID, asked: Asking) -> Answer:
        """Does what another asked for.

        Raises NotFound, NotWaiting, ChangeLapsed, FourEyesNeeded, LastAdministrators, and NoSuchOfficer,
        OfficeElsewhere and RolesUnfit for who has changed meanwhile.
        """

        def work(unit: UnitOfWork) -> Answer:
            change = unit.load(OfficeChange, change_id)
            alone = self._is_second(unit, change, asked.caller)
            if not alone:
                self._heads(unit, asked.caller, change)
            self._powers.fresh(unit, asked.caller)
            change.confirm(asked.caller.doer, unit.now, alone=alone)
            person = unit.load(Person, change.officer)
            held = _held(person, change.authority, change.gives)
            self._keep_administrators(unit, change)
            unit.save(change)
            self._changes.write(unit, change)
            self._apply(unit, person, change, held)
            return _told(change)

        return asked.once(self._log, "confirm_office_change", {"change": str(change_id)}, work)

    def refuse(self, change_id: UUID, because: str, asked: Asking) -> Answer:
        """Raises NotFound, NotWaiting and ReasonNeeded."""

        def work(unit: UnitOfWork) -> Answer:
            change = unit.load(OfficeChange, change_id)
            # Whoever is named may say no to an office, too.
            if asked.caller.doer != change.officer:
                self._heads(unit, asked.caller, change)
                self._powers.fresh(unit, asked.caller)
            change.refuse(asked.caller.doer, because, unit.now)
            unit.save(change)
            self._changes.write(unit, change)
            return _told(change)

        request = {"change": str(change_id), "because": because}
        return asked.once(self._log, "refuse_office_change", request, work)

    def leave(self, unit: UnitOfWork, person_id: UUID) -> None:
        """Takes away whatever office somebody holds or was to get, who is to be forgotten."""
        self._staff.remove(unit, person_id)
        self._changes.remove(unit, person_id)

    def end_all_of(self, unit: UnitOfWork, person_id: UUID, because: str) -> None:
        """Takes it from somebody who has died. A report that was wrong gives no office back."""
        self.leave(unit, person_id)

    def held_about(self, unit: UnitOfWork, person_id: UUID) -> Any:
        """For the download of all that is held."""
        office = self._staff.office_of(unit, person_id)
        return {"authority": office.authority, "roles": list(office.roles)} if office else None

    def _heads(self, unit: UnitOfWork, caller: Caller, change: OfficeChange) -> None:
        """A change in an authority that is not theirs is not there. Raises NotFound and NotAllowed."""
        if self._powers.head(unit, caller, None) not in (PLATFORM, change.authority):
            raise NotFound()

    def _is_second(self, unit: UnitOfWork, change: OfficeChange, caller: Caller) -> bool:
        """Whether the caller is to be the platform's second administrator.

        While there is one, nobody else could be the second pair of eyes: it is the person named.
        """
        if change.officer != caller.doer or Role.ADMINISTRATOR not in change.gives:
            return False
        return self._staff.administrators(unit) == {change.begun_by}

    def _keep_administrators(self, unit: UnitOfWork, change: OfficeChange) -> None:
        if Role.ADMINISTRATOR in change.takes:
            left = self._staff.administrators(unit) - {change.officer}
            if len(left) < _ADMINISTRATORS_LEAST:
                raise LastAdministrators()

    def _on_board(self, unit: UnitOfWork, authority: str) -> bool:
        return authority == PLATFORM or self._authorities.on_board(unit, authority)

    def _person(self, unit: UnitOfWork, command: ChangeOffice, language: str) -> Person:
        person_id = command.person_id
        if command.national_id is not None:
            known = self._credentials.find(check_identifier(command.national_id, language))
            person_id = known.person_id if known else None
        person = None if person_id is None else unit.find(Person, person_id)
        if person is None:
            raise NoSuchOfficer()
        return person

    def _look(self, asked: Asking, person_id: UUID, about: UUID) -> None:
        """In a commit of its own: a refusal says something of the person, too."""
        with self._log.unit_of_work(asked.cause) as unit:
            self._looks.record_staff(
                unit,
                [(person_id, about)],
                reader=str(asked.caller.doer),
                authority=asked.caller.authority or PLATFORM,
                purpose="office",
            )

    def _apply(
        self, unit: UnitOfWork, person: Person, change: OfficeChange, held: Sequence[str]
    ) -> None:
        roles = after(held, change.gives, change.takes)
        check_roles(change.authority, roles)
        person.hold_office(change.authority, roles, unit.now)
        unit.save(person)
        self._staff.write(unit, person)
        if change.takes:
            # Its tokens say the roles for minutes still; the end of its sessions is heard in seconds.
            self._ends.end_all(unit, person.id)


def _held(person: Person, authority: str, gives: Sequence[str]) -> Sequence[str]:
    """The roles somebody has in an authority, who may get others there. Raises NoSuchOfficer, OfficeElsewhere."""
    if person.erased or (gives and (person.died or person.proofing < Proofing.CIVIL_REGISTRY)):
        raise NoSuchOfficer()
    if person.authority not in (None, authority):
        raise OfficeElsewhere()
    return person.roles if person.authority else ()


def _told(change: OfficeChange) -> Answer:
    return {
        "change_id": str(change.id),
        "officer": str(change.officer),
        "authority": change.authority,
        "gives": list(change.gives),
        "takes": list(change.takes),
        "status": str(change.standing),
    }


def _plain(command: ChangeOffice) -> Answer:
    return asdict(command) | {"person_id": str(command.person_id) if command.person_id else None}
