"""The commands of applicants and officers: load, tell, save. Nothing is decided here."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING
from uuid import NAMESPACE_URL, UUID, uuid4, uuid5

from panjareh_common.clock import to_wire
from panjareh_common.event_store import EventLog, UnitOfWork
from panjareh_common.event_store.log import Cause
from panjareh_common.idempotency import Answer, answer_once
from panjareh_common.reference import new_reference
from panjareh_common.refusals import InvalidInput, NotFound
from panjareh_common.security import Caller
from panjareh_requests.application import counting
from panjareh_requests.application.commands import (
    DecideRequest,
    ImportCases,
    PastCase,
    StartReview,
    SubmitRequest,
)
from panjareh_requests.application.ports import Documents, RequestView, Terms
from panjareh_requests.domain.service_request import ServiceRequest
from panjareh_requests.domain.values import ServiceTerms

if TYPE_CHECKING:
    from panjareh_common.forms import FormValidator

Receipt = Callable[[ServiceRequest, UnitOfWork], str]

KIND_ASK, KIND_COLLECT, KIND_DECIDE = "ask_evidence", "collect_evidence", "decide"


class Requests:
    """One method a command."""

    def __init__(
        self,
        log: EventLog,
        terms: Terms,
        view: RequestView,
        documents: Documents,
        receipt: Receipt,
    ) -> None:
        self._log = log
        self._terms = terms
        self._view = view
        self._documents = documents
        self._receipt = receipt
        self._validators: dict[tuple[str, int], FormValidator] = {}

    def submit(
        self,
        command: SubmitRequest,
        *,
        caller: Caller,
        cause: Cause,
        key: str | None,
        language: str,
    ) -> Answer:
        """Stores a request and gives its receipt. Everything after runs without the person.

        Raises UnknownService, ServiceSuspended, ServiceEnded, ServiceReplaced, InvalidInput, AssuranceTooLow,
        MandateTooNarrow, KeyReused.
        """
        caller.may_act_for(command.service_code)

        stored: list[str] = []

        def work(unit: UnitOfWork) -> Answer:
            # Inside, so that a repeat gets its answer even when another version came since.
            terms = self._terms.current(unit, command.service_code)
            standing = self._terms.standing(unit, command.service_code)
            standing.must_take_requests(command.service_code, language)
            caller.need(terms.required_assurance)
            self._validator(terms).check(command.form, language)
            request = ServiceRequest.submit(
                request_id=uuid4(),
                applicant_id=caller.beneficiary,  # whoever a clerk at a counter helps
                assurance=caller.assurance,
                terms=terms,
                form=command.form,
                channel=cause.channel,
                reference=new_reference(),
                at=unit.now,
            )
            unit.save(request)
            self._view.write(unit, request)
            for evidence_type in terms.evidence:
                unit.wait_until(unit.now, KIND_ASK, request.id, evidence_type)
            if not terms.evidence:
                unit.wait_until(unit.now, KIND_DECIDE, request.id)
            stored[:] = [str(request.id)]
            return {
                "request_id": str(request.id),
                "reference": request.reference,
                "status": str(request.status),
                "submitted_at": to_wire(unit.now),
                "promised_by": to_wire(request.promised_by) if request.promised_by else None,
                "receipt": self._receipt(request, unit),
            }

        answer = answer_once(
            self._log,
            cause,
            caller=caller.person,
            method="submit",
            key=_needed(key),
            request=command.fingerprint(),
            language=language,
            work=work,
        )
        if stored == [answer["request_id"]]:  # and not what an earlier try got
            counting.submitted(command.service_code)
        return answer

    def start_review(
        self, command: StartReview, *, caller: Caller, cause: Cause, key: str | None, language: str
    ) -> Answer:
        """Raises NotFound for another authority's request, NotUnderReview, ReviewAlreadyStarted."""
        authority = caller.office("officer")

        def work(unit: UnitOfWork) -> Answer:
            request = self._of_authority(unit, command.request_id, authority)
            request.start_review(caller.person, unit.now)
            return self._changed(unit, request)

        return answer_once(
            self._log,
            cause,
            caller=caller.person,
            method="start_review",
            key=_needed(key),
            request=command.fingerprint(),
            language=language,
            work=work,
        )

    def decide(
        self,
        command: DecideRequest,
        *,
        caller: Caller,
        cause: Cause,
        key: str | None,
        language: str,
    ) -> Answer:
        """Raises NotFound, AlreadyDecided, NotUnderReview, ReviewNotStarted, ReasonMissing."""
        authority = caller.office("officer")

        stored: list[ServiceRequest] = []

        def work(unit: UnitOfWork) -> Answer:
            request = self._of_authority(unit, command.request_id, authority)
            request.decide_by_officer(
                command.outcome, officer_id=caller.person, reason=command.reason, at=unit.now
            )
            issue(unit, request, self._terms, self._documents)
            stored[:] = [request]
            return self._changed(unit, request)

        answer = answer_once(
            self._log,
            cause,
            caller=caller.person,
            method="decide",
            key=_needed(key),
            request=command.fingerprint(),
            language=language,
            work=work,
        )
        for request in stored:
            counting.decided(request)
        return answer

    def import_cases(self, command: ImportCases, *, caller: Caller, cause: Cause) -> Answer:
        """Brings in an authority's past cases with their own times, in one commit.

        A case's request id follows from authority, source and case number, so importing again
        changes nothing and a longer log adds only what is new. An authority's own system may do it,
        with the scope `import_cases`. Raises NotFound for a service of another authority.
        """
        authority = caller.office_or_system("officer", "import_cases")

        def work(unit: UnitOfWork) -> Answer:
            if self._terms.current(unit, command.service_code).authority != authority:
                raise NotFound()
            taken = [self._take_case(unit, command, case, authority) for case in command.cases]
            changed = [request for request, _, __ in taken if request.pending_events]
            unit.save(*changed)
            self._view.write(unit, *changed)
            return {
                "items": [
                    {
                        "case": request.case,
                        "request_id": str(request.id),
                        "reference": request.reference,
                        "change": change,
                        "steps_added": steps,
                    }
                    for request, change, steps in taken
                ]
            }

        return self._log.run(cause, work)

    def _validator(self, terms: ServiceTerms) -> FormValidator:
        key = (terms.code, terms.version)
        if key not in self._validators:
            # Here, so that the clock process, which checks no form, does not load a schema library.
            from panjareh_common.forms import published_form  # noqa: PLC0415

            self._validators[key] = published_form(terms.form)
        return self._validators[key]

    def _take_case(
        self, unit: UnitOfWork, command: ImportCases, case: PastCase, authority: str
    ) -> tuple[ServiceRequest, str, int]:
        request_id = uuid5(NAMESPACE_URL, f"panjareh:{authority}/{command.source}/{case.case}")
        known = unit.find(ServiceRequest, request_id)
        request = known or ServiceRequest.import_case(
            request_id=request_id,
            service_code=command.service_code,
            authority=authority,
            source=command.source,
            case=case.case,
            channel=case.channel,
            department=case.department,
            responsible=case.responsible,
            reference=new_reference(),
            started_at=case.started_at,
            promised_by=case.planned_end_at,
        )
        steps = sum(request.complete_step(past.step, past.completed_at) for past in case.steps)
        closed = request.close(case.ended_at) if case.ended_at else False
        change = "created" if known is None else "extended" if steps or closed else "unchanged"
        return request, change, steps

    def _of_authority(self, unit: UnitOfWork, request_id: UUID, authority: str) -> ServiceRequest:
        request = unit.load(ServiceRequest, request_id)
        if request.authority != authority:
            raise NotFound()
        return request

    def _changed(self, unit: UnitOfWork, request: ServiceRequest) -> Answer:
        unit.save(request)
        self._view.write(unit, request)
        return {
            "request_id": str(request.id),
            "reference": request.reference,
            "status": str(request.status),
            "outcome": str(request.outcome) if request.outcome else None,
        }


def issue(unit: UnitOfWork, request: ServiceRequest, terms: Terms, documents: Documents) -> None:
    """Issues and registers what a granted request produces, in the commit of its decision."""
    version = terms_of(unit, request.service_code, request.service_version, terms)
    request.issue_output(version, new_reference(), unit.now)
    if request.document_number:
        documents.register(unit, request)


def terms_of(
    unit: UnitOfWork, service_code: str, service_version: int, terms: Terms
) -> ServiceTerms:
    """An imported case (version 0) ran under no version of ours; it is finished under the newest."""
    if service_version == 0:
        return terms.current(unit, service_code)
    return terms.of(unit, service_code, service_version)


def _needed(key: str | None) -> str:
    if not key:
        detail = "Send an Idempotency-Key header, so that a repeat is not done twice."
        raise InvalidInput([{"pointer": "", "detail": detail}])
    return key
