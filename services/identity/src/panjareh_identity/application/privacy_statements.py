"""The privacy statement: published, shown, and taken note of (I6)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from panjareh_common.asking import Asking
from panjareh_common.clock import to_wire
from panjareh_common.event_store import Cause, EventLog, UnitOfWork
from panjareh_common.security import Caller
from panjareh_identity.domain.privacy_statement import (
    STATEMENT_ID,
    PrivacyNote,
    PrivacyStatement,
    Statement,
    StatementNotCurrent,
    note_id,
)

Answer = dict[str, Any]
Noted = tuple[int, datetime] | None
"""The newest version that somebody has taken note of, and when."""


class StatementRows(Protocol):
    """Which statement is in force, and who has taken note of which."""

    def write(self, unit: UnitOfWork, statement: Statement) -> None: ...

    def current(self, unit: UnitOfWork) -> int:
        """The version in force. Raises StatementMissing before the first one."""
        ...

    def of_version(self, unit: UnitOfWork, version: int) -> dict[str, Any]:
        """Raises NotFound."""
        ...

    def note(self, unit: UnitOfWork, note: PrivacyNote) -> None: ...

    def noted(self, unit: UnitOfWork, person_id: UUID) -> Noted: ...

    def remove(self, unit: UnitOfWork, person_id: UUID) -> None: ...


class PrivacyStatements:
    """One method a command or a question."""

    def __init__(self, log: EventLog, rows: StatementRows) -> None:
        self._log = log
        self._rows = rows

    def publish(self, statement: Statement, *, cause: Cause) -> bool:
        """False for a version that is published already. Raises StatementChanged, StatementOutOfOrder."""

        def work(unit: UnitOfWork) -> bool:
            known = unit.find(PrivacyStatement, STATEMENT_ID)
            if known is None:
                known = PrivacyStatement.publish(statement, unit.now)
            elif not known.revise(statement, unit.now):
                return False
            unit.save(known)
            self._rows.write(unit, statement)
            return True

        return self._log.run(cause, work)

    def show(self, version: int | None, *, cause: Cause, language: str) -> Answer:
        """The statement in force, or an older one, in a language. Raises NotFound, StatementMissing."""
        with self._log.unit_of_work(cause) as unit:
            current = self._rows.current(unit)
            found = self._rows.of_version(unit, version or current)
        told = {name: _in(found[name], language) for name in ("title", "text", "changes")}
        return told | {
            "version": found["version"],
            "current": current,
            "published_at": to_wire(found["published_at"]),
        }

    def check(self, unit: UnitOfWork, version: int) -> None:
        """Raises StatementNotCurrent: who signs up takes note of what holds now."""
        current = self._rows.current(unit)
        if version != current:
            raise StatementNotCurrent(current=current)

    def accept_in(self, unit: UnitOfWork, person_id: UUID, version: int) -> Noted:
        """In the commit of a registration, or on its own. Raises StatementNotCurrent."""
        self.check(unit, version)
        note = unit.find(PrivacyNote, note_id(person_id))
        if note is None:
            note = PrivacyNote.accept(person_id, version, unit.now)
        elif not note.accept_again(version, unit.now):
            return self._rows.noted(unit, person_id)
        unit.save(note)
        self._rows.note(unit, note)
        return version, unit.now

    def accept(self, version: int, asked: Asking) -> Answer:
        """Twice is once. Raises StatementNotCurrent."""
        person_id = asked.caller.person

        def work(unit: UnitOfWork) -> Answer:
            return self._told(unit, self.accept_in(unit, person_id, version))

        return asked.once(self._log, "accept_privacy_statement", {"version": version}, work)

    def state(self, *, caller: Caller, cause: Cause) -> Answer:
        """What the caller has taken note of, and whether something newer holds."""
        with self._log.unit_of_work(cause) as unit:
            return self._told(unit, self._rows.noted(unit, caller.person))

    def held_about(self, unit: UnitOfWork, person_id: UUID) -> Answer:
        """For the person's own download."""
        return self._told(unit, self._rows.noted(unit, person_id))

    def leave(self, unit: UnitOfWork, person_id: UUID) -> None:
        """What goes when a person is erased."""
        self._rows.remove(unit, person_id)

    def _told(self, unit: UnitOfWork, noted: Noted) -> Answer:
        current = self._rows.current(unit)
        return {
            "current": current,
            "accepted": noted[0] if noted else None,
            "accepted_at": to_wire(noted[1]) if noted else None,
            "to_accept": noted is None or noted[0] < current,
        }


def _in(texts: dict[str, str], language: str) -> str:
    return texts.get(language) or next(iter(texts.values()), "")
