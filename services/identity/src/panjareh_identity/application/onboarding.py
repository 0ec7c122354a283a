"""Bringing authorities on board: asked for by one administrator, confirmed by another (decision 0024)."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from panjareh_common.asking import Asking
from panjareh_common.clock import to_wire
from panjareh_common.event_store import Cause, EventLog, UnitOfWork
from panjareh_common.security import Caller
from panjareh_identity.application.powers import Powers
from panjareh_identity.application.staff_ports import Authorities
from panjareh_identity.domain.authority_onboarding import AuthorityOnboarding, onboarding_id

Answer = dict[str, Any]


@dataclass(frozen=True)
class AskAuthority:
    """`name` by language."""

    code: str
    name: dict[str, str]
    because: str


class Onboarding:
    """One method a command or a question of the platform's administrators."""

    def __init__(self, log: EventLog, *, powers: Powers, authorities: Authorities) -> None:
        self._log = log
        self._powers = powers
        self._authorities = authorities

    def ask(self, command: AskAuthority, asked: Asking) -> Answer:
        """Raises AuthorityAsked and ReasonNeeded."""
        stream, by = onboarding_id(command.code), asked.caller.doer

        def work(unit: UnitOfWork) -> Answer:
            self._powers.administrate(unit, asked.caller)
            known = unit.find(AuthorityOnboarding, stream)
            if known is None:
                known = AuthorityOnboarding.ask(
                    command.code, command.name, command.because, by, unit.now
                )
            else:
                known.ask_again(command.name, command.because, by, unit.now)
            return self._kept(unit, known)

        return asked.once(self._log, "ask_authority", asdict(command), work)

    def confirm(self, code: str, asked: Asking) -> Answer:
        """Raises NotFound, NotWaiting, ChangeLapsed and FourEyesNeeded."""

        def work(unit: UnitOfWork) -> Answer:
            self._powers.administrate(unit, asked.caller)
            onboarding = unit.load(AuthorityOnboarding, onboarding_id(code))
            onboarding.confirm(asked.caller.doer, unit.now)
            return self._kept(unit, onboarding)

        return asked.once(self._log, "confirm_authority", {"code": code}, work)

    def refuse(self, code: str, because: str, asked: Asking) -> Answer:
        """Raises NotFound, NotWaiting and ReasonNeeded."""

        def work(unit: UnitOfWork) -> Answer:
            self._powers.administrate(unit, asked.caller)
            onboarding = unit.load(AuthorityOnboarding, onboarding_id(code))
            onboarding.refuse(asked.caller.doer, because, unit.now)
            return self._kept(unit, onboarding)

        request = {"code": code, "because": because}
        return asked.once(self._log, "refuse_authority", request, work)

    def all(self, *, caller: Caller, cause: Cause) -> Answer:
        """`{items}`, for the platform's staff."""
        with self._log.unit_of_work(cause) as unit:
            self._powers.of_platform(unit, caller)
            rows = self._authorities.all(unit)
        return {
            "items": [
                asdict(row) | {"changed_at": to_wire(row.changed_at), "asked_by": str(row.asked_by)}
                for row in rows
            ]
        }

    def _kept(self, unit: UnitOfWork, onboarding: AuthorityOnboarding) -> Answer:
        unit.save(onboarding)
        self._authorities.write(unit, onboarding)
        return {"code": onboarding.code, "status": str(onboarding.status)}
