"""Making a person known here, with a password of their own: what signing up and appointing have in common."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from panjareh_common.event_store import Cause, EventLog, UnitOfWork
from panjareh_identity.application.ports import Credential, Credentials, Passwords
from panjareh_identity.domain.identifiers import PersonDetails
from panjareh_identity.domain.person import Person

Also = Callable[[UnitOfWork, UUID], object]
"""What is done beside, in the commit of the registration."""


class Registering:
    def __init__(self, log: EventLog, credentials: Credentials, passwords: Passwords) -> None:
        self._log = log
        self._credentials = credentials
        self._passwords = passwords

    def register(
        self,
        person_id: UUID,
        details: PersonDetails,
        password: str,
        cause: Cause,
        also: Also | None = None,
    ) -> bool:
        """False when the id was taken meanwhile; then nothing was stored."""
        # Slow, so not inside the unit.
        credential = Credential(person_id, self._passwords.hash(password))

        def work(unit: UnitOfWork) -> bool:
            if not self._credentials.add(unit, details.identifier.text, credential):
                return False
            unit.save(Person.register(person_id=person_id, details=details, at=unit.now))
            if also is not None:
                also(unit, person_id)
            return True

        return self._log.run(cause, work)
