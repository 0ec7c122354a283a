"""Mandates that somebody else proves: registries, asked by the clock process, and officers with papers.

And the ends that come by themselves: time that is over, a child that grows up, an asking without answer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID, uuid5

from panjareh_common.due import Due
from panjareh_common.event_store import Cause, EventLog, UnitOfWork
from panjareh_common.refusals import Refusal
from panjareh_identity.application.mandate_ports import MandateRows, Registries
from panjareh_identity.application.mandates import (
    AGE,
    KIND_END,
    KIND_PROVE,
    SILENCE,
    TIME,
    Mandates,
)
from panjareh_identity.application.represented import Represented, grown_up_at
from panjareh_identity.domain.mandate import Mandate
from panjareh_identity.domain.mandate_refusals import NumberTaken, OfAge
from panjareh_identity.domain.mandate_values import (
    Company,
    MandateEnd,
    MandateKind,
    MandateStatus,
    Ward,
)
from panjareh_identity.domain.person import Person
from panjareh_identity.domain.values import NoRecord

_ENDS = {
    TIME: MandateEnd.TIME_OVER,
    AGE: MandateEnd.OF_AGE,
    SILENCE: MandateEnd.UNANSWERED,
}


class Proving:
    def __init__(
        self,
        log: EventLog,
        *,
        mandates: Mandates,
        rows: MandateRows,
        represented: Represented,
        registries: Registries,
    ) -> None:
        self._log = log
        self._mandates = mandates
        self._rows = rows
        self._represented = represented
        self._registries = registries

    def handlers(self) -> dict[str, Callable[[Due], None]]:
        return {KIND_PROVE: self.prove, KIND_END: self.end}

    def prove(self, due: Due) -> None:
        """Asks the registry about whoever asked. Raises RegistryUnavailable; it is then asked again later.

        What the registry does not show goes to the officers of its authority.
        """
        cause = acting(due)
        with self._log.unit_of_work(cause) as unit:
            mandate = unit.load(Mandate, due.subject)
        # Outside any transaction: the registry may take seconds.
        found = self._ask(mandate) if mandate.status is MandateStatus.ASKED else NoRecord.REFUSED

        def work(unit: UnitOfWork) -> None:
            self._rows.hold(unit, due.subject)
            mandate = unit.load(Mandate, due.subject)
            number = self._rows.number(unit, mandate)
            if mandate.status is MandateStatus.ASKED and number is not None:
                self._take(unit, mandate, number, found)
            unit.done(KIND_PROVE, due.subject)

        self._log.run(cause, work)

    def _ask(self, mandate: Mandate) -> list[Ward] | list[Company] | NoRecord:
        inquiry_id = uuid5(mandate.id, "proof")
        if mandate.kind is MandateKind.CHILD:
            return self._registries.wards_of(mandate.asker_id, inquiry_id)
        return self._registries.companies_of(mandate.asker_id, inquiry_id)

    def _take(
        self,
        unit: UnitOfWork,
        mandate: Mandate,
        number: str,
        found: list[Ward] | list[Company] | NoRecord,
    ) -> None:
        shown = None if isinstance(found, NoRecord) else _shown(found, number)
        if shown is None:
            mandate.send_to_officers(unit.now)
            self._mandates.store(unit, mandate)
            return
        try:
            self.accept(unit, mandate, number, shown)
        except (OfAge, NumberTaken) as refusal:
            self.refuse(unit, mandate, refusal)

    def accept(
        self,
        unit: UnitOfWork,
        mandate: Mandate,
        number: str,
        shown: Ward | Company | None,
        officer_id: UUID | None = None,
    ) -> None:
        """The registry, or its officer, says that it is so. Raises OfAge, NumberTaken, DetailsMissing."""
        if mandate.kind is MandateKind.CHILD:
            ward = shown if isinstance(shown, Ward) else None
            child = self._represented.child(unit, number, ward)
            mandate.prove(child.id, unit.now, officer_id)
            self._mandates.store(unit, mandate, grown_up_at(child))
        else:
            company = shown if isinstance(shown, Company) else None
            confirmed_by = str(mandate.kind.authority)
            organisation = self._represented.company(unit, number, company, confirmed_by)
            mandate.prove(organisation, unit.now, officer_id)
            self._mandates.store(unit, mandate)

    def refuse(self, unit: UnitOfWork, mandate: Mandate, because: Refusal) -> None:
        mandate.refuse(because.code, unit.now)
        self._mandates.store(unit, mandate)

    def end(self, due: Due) -> None:
        """Ends a mandate whose time has come; what was decided meanwhile stays."""
        because = _ENDS[due.detail]

        def work(unit: UnitOfWork) -> None:
            self._rows.hold(unit, due.subject)
            mandate = unit.load(Mandate, due.subject)
            if self._has_come(unit, mandate, because) and mandate.end(because, unit.now):
                self._mandates.over(unit, mandate)
            unit.done(KIND_END, due.subject, due.detail)

        self._log.run(acting(due), work)

    def _has_come(self, unit: UnitOfWork, mandate: Mandate, because: MandateEnd) -> bool:
        if because is MandateEnd.UNANSWERED:
            return mandate.waits
        if because is MandateEnd.TIME_OVER:
            return mandate.until <= unit.now
        child = mandate.represented_id and unit.find(Person, mandate.represented_id)
        return not child or child.birth_date is None or grown_up_at(child) <= unit.now


def _shown(found: list[Ward] | list[Company], number: str) -> Ward | Company | None:
    """What the registry holds of the one who is asked for."""
    for each in found:
        if isinstance(each, Ward):
            if each.national_id == number and each.alive:
                return each
        elif each.company_id == number:
            return each
    return None


def acting(due: Due) -> Cause:
    """Identity acts here, by itself, in the trace of whoever asked."""
    return replace(
        Cause("identity", "service", "platform", cause=due.kind), traceparent=due.cause.traceparent
    )
