"""Death as the civil registry reports it: sessions end, mandates end, and nobody signs in any more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from panjareh_common.event_store import Cause, EventLog, UnitOfWork
from panjareh_common.refusals import NotAllowed
from panjareh_common.security import Caller, CallerKind
from panjareh_identity.application.lives.ports import LifeEnd
from panjareh_identity.application.ports import Credentials
from panjareh_identity.application.proofs import living
from panjareh_identity.application.sessions import SessionEnds
from panjareh_identity.application.typed import read_typed
from panjareh_identity.domain.client import ACCOUNT
from panjareh_identity.domain.values import read_birth_date, read_national_id

REGISTRY, ROLE, SCOPE = "civil_registry", "officer", "deaths"
BECAUSE = "death"


@dataclass(frozen=True)
class ReportDeath:
    """As it was typed or sent; a Gregorian date."""

    national_id: str = field(repr=False)
    died_on: str = field(repr=False)


@dataclass(frozen=True)
class WithdrawDeath:
    national_id: str = field(repr=False)
    because: str = field(repr=False)


class Deaths:
    """The registry reports everybody's; whether somebody has an account here it does not learn."""

    def __init__(
        self,
        log: EventLog,
        *,
        credentials: Credentials,
        ends: SessionEnds,
        life_ends: Sequence[LifeEnd],
    ) -> None:
        self._log = log
        self._credentials = credentials
        self._ends = ends
        self._life_ends = tuple(life_ends)

    def report(self, command: ReportDeath, *, caller: Caller, cause: Cause, language: str) -> None:
        """Repeating it changes nothing. Raises NotAllowed, InvalidInput."""
        registry = _registry(caller)
        now = self._log.clock()
        died_on = read_typed(
            "died_on", lambda typed: read_birth_date(typed, now), command.died_on, language
        )
        person_id = self._found(command.national_id, language)
        if person_id is None:
            return

        def work(unit: UnitOfWork) -> None:
            person = living(unit, person_id)
            if not person.die(died_on, registry, unit.now):
                return
            unit.save(person)
            self._ends.end_all(unit, person_id)
            for end in self._life_ends:
                end(unit, person_id, BECAUSE)

        self._log.run(cause, work)

    def withdraw(
        self, command: WithdrawDeath, *, caller: Caller, cause: Cause, language: str
    ) -> None:
        """A report that was wrong: the person signs in again; ended mandates have to be asked for again.

        Raises NotAllowed, InvalidInput.
        """
        registry = _registry(caller)
        person_id = self._found(command.national_id, language)
        if person_id is None:
            return

        def work(unit: UnitOfWork) -> None:
            person = living(unit, person_id)
            if person.withdraw_death(command.because, registry, unit.now):
                unit.save(person)

        self._log.run(cause, work)

    def _found(self, typed: str, language: str) -> UUID | None:
        national_id = read_typed("national_id", read_national_id, typed, language)
        known = self._credentials.find(national_id)
        return known.person_id if known else None


def _registry(caller: Caller) -> str:
    """Raises NotAllowed for any other than an officer or the system of the civil registry, ScopeMissing."""
    officer = caller.kind is not CallerKind.AGENCY
    if (caller.office(ROLE) if officer else caller.authority) != REGISTRY:
        raise NotAllowed()
    # The door lets every client in: a system needs the scope for this, an officer's window that of accounts.
    caller.need_scope(ACCOUNT if officer else SCOPE)
    return REGISTRY
