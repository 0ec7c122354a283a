"""What staff may look at: who holds which office, what waits to be confirmed, and what was done."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from panjareh_common.clock import to_wire
from panjareh_common.event_store import Cause, EventLog, UnitOfWork
from panjareh_common.paging import from_cursor, page, whole
from panjareh_common.security import Caller
from panjareh_identity.application.powers import Powers
from panjareh_identity.application.staff_ports import Acts, OfficeChanges, Staff, StaffLooks
from panjareh_identity.domain.office import PLATFORM, OfficeChange
from panjareh_identity.domain.person import Person

Answer = dict[str, Any]


class StaffLists:
    """One method a question. Looking at a person is on record before it is answered."""

    def __init__(
        self,
        log: EventLog,
        *,
        powers: Powers,
        staff: Staff,
        changes: OfficeChanges,
        acts: Acts,
        looks: StaffLooks,
    ) -> None:
        self._log = log
        self._powers = powers
        self._staff = staff
        self._changes = changes
        self._acts = acts
        self._looks = looks

    def officers(
        self, authority: str | None, *, after: str | None, limit: int, caller: Caller, cause: Cause
    ) -> Answer:
        """`{items, next}`: who holds which office, for the head of the authority. Raises NotAllowed."""
        key = from_cursor(after, UUID)
        with self._log.unit_of_work(cause) as unit:
            of = self._powers.head(unit, caller, authority)
            found = self._staff.of_authority(unit, of, key[0] if key else None, limit + 1)
            rows = [
                {"person_id": str(person_id), "authority": of, "roles": list(office.roles)}
                for person_id, office in found
            ]
            listed = page(rows, limit, lambda row: (row["person_id"],))
            for item in listed["items"]:
                item["name"] = _name(unit, UUID(item["person_id"]))
            self._look(unit, caller, [(UUID(item["person_id"]),) * 2 for item in listed["items"]])
        return listed

    def changes(
        self, authority: str | None, *, after: str | None, limit: int, caller: Caller, cause: Cause
    ) -> Answer:
        """`{items, next}`: what waits to be confirmed in an authority; for anybody without an office,
        what was asked for them. Raises NotAllowed.
        """
        key = from_cursor(after, UUID)
        with self._log.unit_of_work(cause) as unit:
            if caller.roles:
                of = self._powers.head(unit, caller, authority)
                ids = self._changes.waiting_in(unit, of, key[0] if key else None, limit + 1)
            else:
                ids = self._changes.waiting_for(unit, caller.doer)
            rows = [_change(unit, unit.load(OfficeChange, change_id)) for change_id in ids]
            listed = page(rows, limit, lambda row: (row["change_id"],))
            seen = [(UUID(item["officer"]), UUID(item["change_id"])) for item in listed["items"]]
            self._look(unit, caller, [each for each in seen if each[0] != caller.doer])
        return listed

    def acts(
        self,
        authority: str | None,
        kind: str | None,
        *,
        after: str | None,
        limit: int,
        caller: Caller,
        cause: Cause,
    ) -> Answer:
        """`{items, next}`: administrative acts, the latest first, for auditors. Raises NotAllowed."""
        key = from_cursor(after, whole)
        with self._log.unit_of_work(cause) as unit:
            of = self._powers.audit(unit, caller, authority)
            rows = self._acts.page(unit, of, kind, key[0] if key else None, limit + 1)
            listed = page(rows, limit, lambda row: (str(row["position"]),))
            persons = [UUID(item["officer"]) for item in listed["items"] if item["officer"]]
            self._look(unit, caller, [(person, person) for person in sorted(set(persons))])
        return listed

    def _look(self, unit: UnitOfWork, caller: Caller, seen: Sequence[tuple[UUID, UUID]]) -> None:
        self._looks.record_staff(
            unit,
            seen,
            reader=str(caller.doer),
            authority=caller.authority or PLATFORM,
            purpose="office",
        )


def _name(unit: UnitOfWork, person_id: UUID) -> str:
    """Empty for somebody who was erased."""
    person = unit.load(Person, person_id)
    return f"{person.given_name or ''} {person.family_name or ''}".strip()


def _change(unit: UnitOfWork, change: OfficeChange) -> Answer:
    return {
        "change_id": str(change.id),
        "officer": str(change.officer),
        "name": _name(unit, change.officer),
        "authority": change.authority,
        "gives": list(change.gives),
        "takes": list(change.takes),
        "because": change.because,
        "asked_by": str(change.begun_by),
        "asked_at": to_wire(change.created_on),
        "status": str(change.standing),
    }
