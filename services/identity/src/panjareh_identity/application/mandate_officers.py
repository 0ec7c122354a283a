"""Officers of the registries: what they are asked to look at, what they decide from papers, and what they end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from panjareh_common.asking import Asking
from panjareh_common.event_store import EventLog, UnitOfWork
from panjareh_common.refusals import NotAllowed, NotFound
from panjareh_common.security import Caller
from panjareh_identity.application.mandate_commands import DecideMandate, EndMandate, Order
from panjareh_identity.application.mandate_ports import MandateRows, Page
from panjareh_identity.application.mandate_showing import MandateShowing
from panjareh_identity.application.mandates import Mandates
from panjareh_identity.application.proving import Proving
from panjareh_identity.application.typed import read_typed
from panjareh_identity.domain.mandate import Mandate
from panjareh_identity.domain.mandate_refusals import (
    MandateAnswered,
    NoMandateNeeded,
    WhyMissing,
)
from panjareh_identity.domain.mandate_values import (
    Company,
    MandateEnd,
    MandateKind,
    MandateStatus,
    Ward,
)
from panjareh_identity.domain.values import read_birth_date, read_name

Answer = dict[str, Any]


class MandateOfficers:
    """One method a command or a question; each is for officers of the registry's own authority."""

    def __init__(
        self,
        log: EventLog,
        *,
        mandates: Mandates,
        proving: Proving,
        rows: MandateRows,
        showing: MandateShowing,
    ) -> None:
        self._log = log
        self._mandates = mandates
        self._proving = proving
        self._rows = rows
        self._showing = showing

    def waiting(self, page: Page, asked: Asking) -> Answer:
        """`{items, next}`, oldest first; each look is on record. Raises NotAllowed."""
        kind = _kind_of(asked.caller)

        def work(unit: UnitOfWork) -> Answer:
            found = self._rows.with_officers(unit, kind, page)
            shown = [self._showing.for_officer(unit, row, asked.caller) for row in found["items"]]
            return found | {"items": shown}

        return self._log.run(asked.cause, work)

    def decide(self, command: DecideMandate, asked: Asking) -> Answer:
        """Accepts or refuses from papers.

        Raises NotAllowed, NotFound for another authority's, MandateAnswered, WhyMissing, NoMandateNeeded
        for an officer's own, and what Proving.accept refuses.
        """
        kind = _kind_of(asked.caller)

        def work(unit: UnitOfWork) -> Answer:
            mandate = self._of(unit, command, kind)
            number = self._rows.number(unit, mandate)
            if mandate.status is not MandateStatus.WITH_OFFICERS or number is None:
                raise MandateAnswered()
            if mandate.asker_id == asked.caller.person:
                raise NoMandateNeeded()
            if command.accept:
                shown = _from_papers(command, kind, number, unit, asked.language)
                self._proving.accept(unit, mandate, number, shown, asked.caller.person)
            else:
                mandate.refuse(
                    str(kind.authority),
                    unit.now,
                    reason=_needed(command.reason),
                    officer_id=asked.caller.person,
                )
                self._mandates.store(unit, mandate)
            return {"mandate_id": str(mandate.id), "status": str(mandate.status)}

        return self._once("decide_mandate", command, asked, work)

    def end(self, command: EndMandate, asked: Asking) -> Answer:
        """Ends one that the authority proved. Raises NotAllowed, NotFound, WhyMissing."""
        kind = _kind_of(asked.caller)

        def work(unit: UnitOfWork) -> Answer:
            mandate = self._of(unit, command, kind)
            officer, reason = asked.caller.person, _needed(command.reason)
            if mandate.end(MandateEnd.OFFICER, unit.now, by=officer, reason=reason):
                self._mandates.over(unit, mandate)
            return {"mandate_id": str(mandate.id), "status": str(mandate.status)}

        return self._once("end_mandate", command, asked, work)

    def _of(
        self, unit: UnitOfWork, command: DecideMandate | EndMandate, kind: MandateKind
    ) -> Mandate:
        self._rows.hold(unit, command.mandate_id)
        mandate = unit.load(Mandate, command.mandate_id)
        if mandate.kind is not kind:
            raise NotFound()
        return mandate

    def _once(
        self, method: str, command: Order, asked: Asking, work: Callable[[UnitOfWork], Answer]
    ) -> Answer:
        return asked.once(self._log, method, command.fingerprint(), work)


def _kind_of(caller: Caller) -> MandateKind:
    """What the officers of an authority decide about. Raises NotAllowed."""
    authority = caller.office("officer")
    for kind in MandateKind:
        if kind.authority == authority:
            return kind
    raise NotAllowed()


def _from_papers(
    command: DecideMandate, kind: MandateKind, number: str, unit: UnitOfWork, language: str
) -> Ward | Company | None:
    """Who it is, as far as the officer wrote it down. Raises InvalidInput."""
    if kind is MandateKind.ORGANISATION:
        if command.name is None:
            return None
        return Company(number, read_typed("name", read_name, command.name, language))
    written = (command.given_name, command.family_name, command.birth_date)
    if None in written:
        return None
    return Ward(
        national_id=number,
        given_name=read_typed("given_name", read_name, command.given_name, language),
        family_name=read_typed("family_name", read_name, command.family_name, language),
        born=read_typed(
            "birth_date",
            lambda typed: read_birth_date(typed, unit.now),
            command.birth_date,
            language,
        ),
        alive=True,
    )


def _needed(reason: str) -> str:
    if not reason.strip():
        raise WhyMissing()
    return reason.strip()
