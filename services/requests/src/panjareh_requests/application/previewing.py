"""What would be decided about somebody, before they ask: by the same rules in the same way, and stored nowhere (R5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from uuid import uuid4

from panjareh_common.event_store import EventLog, UnitOfWork
from panjareh_common.event_store.log import Cause
from panjareh_common.refusals import InvalidInput
from panjareh_common.rules import Table
from panjareh_common.security import Caller
from panjareh_common.texts import text
from panjareh_requests.application.deciding import RulesInUse
from panjareh_requests.application.filling_in import FillingIn
from panjareh_requests.application.ports import Terms
from panjareh_requests.domain.joining import ApplicantKind
from panjareh_requests.domain.preview import Foreseen, foresee
from panjareh_requests.domain.service_request import ServiceRequest
from panjareh_requests.domain.values import DecisionMode, ServiceTerms

_STRANGE = "The rules of this service look at no such answer of an authority. Leave it out, or name one of: {known}"


@dataclass(frozen=True)
class PreviewDecision:
    """`facts` are answers of authorities as the person expects them, `<evidence type>.<fact>`; they go before
    those that are held. `use_held`: what authorities answered in the person's own requests lately.
    """

    service_code: str
    form: Mapping[str, Any] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    use_held: bool = True


@dataclass(frozen=True)
class HeldAnswer:
    """What an authority answered in a request of the person's own, and when."""

    evidence_type: str
    facts: Mapping[str, Any]
    reference: str
    answered_at: datetime


class HeldAnswers(Protocol):
    def lately(
        self, unit: UnitOfWork, caller: Caller, evidence: tuple[str, ...]
    ) -> Mapping[str, HeldAnswer]:
        """The newest of each type, for whom the caller asks; on record where that is another person."""
        ...


@dataclass(frozen=True)
class Preview:
    """What was foreseen, and all that it follows from."""

    terms: ServiceTerms
    request: ServiceRequest
    foreseen: Foreseen
    missing: tuple[Mapping[str, str], ...]
    typed: frozenset[str]
    held: Mapping[str, HeldAnswer]
    assurance_held: int


class Previews:
    def __init__(
        self, log: EventLog, terms: Terms, filling_in: FillingIn, held: HeldAnswers
    ) -> None:
        self._log = log
        self._terms = terms
        self._filling_in = filling_in
        self._held = held
        self._rules = RulesInUse()

    def preview(
        self, command: PreviewDecision, *, caller: Caller, cause: Cause, language: str
    ) -> Preview:
        """Raises UnknownService, MandateTooNarrow, ForOrganisations, ForPersons, and InvalidInput for what is filled
        in and does not fit, or a fact that the rules do not look at.
        """
        caller.may_act_for(command.service_code)
        with self._log.unit_of_work(cause) as unit:
            terms = self._terms.current(unit, command.service_code)
            unfinished = self._filling_in.look(terms, command.form, language)
            if unfinished.faults:
                raise InvalidInput([dict(point) for point in unfinished.faults])
            held = self._held.lately(unit, caller, terms.evidence) if command.use_held else {}
            self._must_be_looked_at(terms, command.facts, language)
            request = _as_if_asked(terms, command, caller, cause, unit.now)
            for evidence_type in terms.evidence:
                known = dict(held[evidence_type].facts) if evidence_type in held else {}
                known |= _typed_of(evidence_type, command.facts)
                if known or evidence_type in held:
                    request.receive_evidence(evidence_type, known, unit.now)
            return Preview(
                terms,
                request,
                self._foresee(terms, request, held, form_is_whole=not unfinished.missing),
                unfinished.missing,
                frozenset(command.facts),
                held,
                int(caller.assurance),
            )

    def _foresee(
        self,
        terms: ServiceTerms,
        request: ServiceRequest,
        held: Mapping[str, HeldAnswer],
        *,
        form_is_whole: bool,
    ) -> Foreseen:
        decision = self._rules.judge(terms, request)
        if terms.decision_mode is DecisionMode.OFFICERS:
            return foresee(decision, (), (), (), ordered=False)
        rules, inputs = self._rules.of(terms), request.decision_inputs()

        def may_come(name: str) -> bool:
            """Of a form that is whole, and of an answer that is held, what is not in it does not come any more."""
            if name.startswith("form."):
                return not form_is_whole
            return name.rpartition(".")[0] not in held

        unknown = {name for name in rules.names if name not in inputs and may_come(name)}
        ordered = not isinstance(rules, Table) or rules.order_decides
        return foresee(decision, rules.trace(inputs), unknown, rules.names, ordered=ordered)

    def _must_be_looked_at(
        self, terms: ServiceTerms, facts: Mapping[str, Any], language: str
    ) -> None:
        looked_at: frozenset[str] = frozenset()
        if terms.decision_mode is DecisionMode.RULES:
            looked_at = self._rules.of(terms).names
        known = sorted(n for n in looked_at if n.rpartition(".")[0] in terms.evidence)
        detail = text("panjareh_requests", _STRANGE, language, known=", ".join(known) or "—")
        strange = sorted(set(facts) - set(known))
        if strange:
            raise InvalidInput([{"pointer": f"/facts/{n}", "detail": detail} for n in strange])


def _as_if_asked(
    terms: ServiceTerms, command: PreviewDecision, caller: Caller, cause: Cause, at: datetime
) -> ServiceRequest:
    """The request as it would be, which nobody saves; at the assurance that the service asks for, or a higher."""
    return ServiceRequest.submit(
        request_id=uuid4(),
        applicant_id=caller.beneficiary,
        assurance=max(caller.assurance, terms.required_assurance),
        terms=terms,
        form=command.form,
        channel=cause.channel,
        reference="",
        at=at,
        kind=ApplicantKind(caller.subject_kind),
    )


def _typed_of(evidence_type: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    begin = f"{evidence_type}."
    return {
        name.removeprefix(begin): value for name, value in facts.items() if name.startswith(begin)
    }
