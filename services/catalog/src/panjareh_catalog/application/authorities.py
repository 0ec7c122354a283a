"""The register of authorities and the record of their connection: load, tell, save."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from panjareh_catalog.application.powers import acting_for
from panjareh_catalog.domain.authority import (
    Authority,
    AuthorityEntry,
    Step,
    authority_id,
    check_tree,
)
from panjareh_common.asking import Asking
from panjareh_common.event_store import Cause, EventLog, UnitOfWork
from panjareh_common.idempotency import Answer
from panjareh_common.messaging import Message
from panjareh_common.refusals import NotFound


class Authorities(Protocol):
    """The rows of the register, written in the commit of their events."""

    def all(self, unit: UnitOfWork) -> Sequence[AuthorityEntry]: ...

    def write(self, unit: UnitOfWork, authority: Authority) -> None: ...

    def published(self, unit: UnitOfWork, code: str) -> int:
        """How many services of an authority stand in the catalogue."""
        ...


class AuthorityRegister:
    """Brings authorities in, within somebody else's unit of work: a run brings its services along."""

    def __init__(self, authorities: Authorities) -> None:
        self._authorities = authorities

    def all(self, unit: UnitOfWork) -> Sequence[AuthorityEntry]:
        return self._authorities.all(unit)

    def keep(self, unit: UnitOfWork, wanted: Sequence[AuthorityEntry]) -> list[tuple[str, bool]]:
        """All or none; gives each code and whether anything changed.

        Raises UnknownAuthority for a parent that is not there, AuthoritiesInCircle and NoWorkingDay.
        """
        known = {authority.code: authority for authority in self._authorities.all(unit)}
        coming = {authority.code: authority for authority in wanted}
        check_tree((known | coming).values())
        return [(code, self._keep(unit, entry)) for code, entry in coming.items()]

    def _keep(self, unit: UnitOfWork, entry: AuthorityEntry) -> bool:
        authority = unit.find(Authority, authority_id(entry.code))
        if authority is None:
            authority = Authority.register(entry, unit.now)
        elif not authority.change(entry, unit.now):
            return False
        unit.save(authority)
        self._authorities.write(unit, authority)
        return True


@dataclass(frozen=True)
class RecordStep:
    """`on`: the day in Tehran. `window`: the address of the authority's own window, with its first step."""

    code: str
    step: Step
    on: date
    window: str | None = None


def heard(message: Message) -> AuthorityEntry:
    """An `authority_onboarded.v1` as an entry of the register."""
    return AuthorityEntry(message.data["code"], dict(message.data["name"]))


class Connecting:
    """How authorities come on board, and the three steps of their connection (C7)."""

    def __init__(self, log: EventLog, authorities: Authorities) -> None:
        self._log = log
        self._authorities = authorities

    def came_on_board(self, message: Message, listener: str) -> None:
        """Takes an `authority_onboarded.v1`: one that the register does not know yet is entered as it was told."""
        told = heard(message)

        def work(unit: UnitOfWork) -> None:
            if not unit.first_time(listener, message.id):
                return
            authority = self._find(unit, told.code) or Authority.register(told, unit.now)
            if authority.come_on_board(message.time):
                unit.save(authority)
                self._authorities.write(unit, authority)

        self._log.run(Cause("catalog", "service", "platform", cause=message.id), work)

    def _find(self, unit: UnitOfWork, code: str) -> Authority | None:
        """An authority of the register; one whose row is older than its events begins its stream here."""
        authority = unit.find(Authority, authority_id(code))
        if authority is not None:
            return authority
        known = {entry.code: entry for entry in self._authorities.all(unit)}
        return Authority.register(known[code], unit.now) if code in known else None

    def _load(self, unit: UnitOfWork, code: str) -> Authority:
        """Raises NotFound."""
        authority = self._find(unit, code)
        if authority is None:
            raise NotFound()
        return authority

    def reach(self, command: RecordStep, asked: Asking) -> Answer:
        """`{code, steps}`. Raises NotAllowed, NotFound, and what Authority.reach refuses."""
        by = acting_for(asked.caller, command.code)

        def work(unit: UnitOfWork) -> Answer:
            authority = self._load(unit, command.code)
            authority.reach(
                command.step,
                on=command.on,
                window=command.window,
                published=self._authorities.published(unit, command.code),
                said_by=by,
                at=unit.now,
            )
            return self._kept(unit, authority)

        request = {
            "code": command.code,
            "step": str(command.step),
            "on": command.on.isoformat(),
            "window": command.window,
        }
        return asked.once(self._log, "record_step", request, work)

    def withdraw(self, code: str, step: Step, because: Mapping[str, str], asked: Asking) -> Answer:
        """`{code, steps}`. Raises NotAllowed, NotFound, StepUnknown and StepsInOrder."""
        by = acting_for(asked.caller, code)

        def work(unit: UnitOfWork) -> Answer:
            authority = self._load(unit, code)
            authority.withdraw(step, because, said_by=by, at=unit.now)
            return self._kept(unit, authority)

        request: dict[str, Any] = {"code": code, "step": str(step), "because": dict(because)}
        return asked.once(self._log, "withdraw_step", request, work)

    def _kept(self, unit: UnitOfWork, authority: Authority) -> Answer:
        unit.save(authority)
        self._authorities.write(unit, authority)
        return {"code": authority.code, "steps": dict(authority.steps)}
