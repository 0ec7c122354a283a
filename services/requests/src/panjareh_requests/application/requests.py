"""Asking for a service, and bringing in past cases: load, tell, save. Nothing is decided here."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from typing import Any
from uuid import NAMESPACE_URL, uuid4, uuid5

from panjareh_common.clock import to_wire
from panjareh_common.event_store import EventLog, UnitOfWork
from panjareh_common.event_store.log import Cause
from panjareh_common.idempotency import Answer, answer_once
from panjareh_common.reference import new_reference
from panjareh_common.refusals import NotFound
from panjareh_common.security import Caller
from panjareh_requests.application import counting
from panjareh_requests.application.campaigns import Campaigns
from panjareh_requests.application.commands import (
    ImportCases,
    PastCase,
    SubmitRequest,
)
from panjareh_requests.application.drafts import Drafts
from panjareh_requests.application.filling_in import FillingIn
from panjareh_requests.application.going_on import go_on
from panjareh_requests.application.handling import needed
from panjareh_requests.application.ports import Days, Documents, RequestView, Terms
from panjareh_requests.domain.issued_document import RevocationGround
from panjareh_requests.domain.joining import ApplicantKind
from panjareh_requests.domain.payment import PaymentWhen
from panjareh_requests.domain.refusals_payment import PaymentsNotTaken
from panjareh_requests.domain.service_request import ServiceRequest
from panjareh_requests.domain.values import Outcome, ServiceTerms

Receipt = Callable[[ServiceRequest, UnitOfWork], str]

_CODE_BYTES = 10  # of the code printed on a document: nobody guesses eighty bits

KIND_COLLECT = "collect_evidence"


class Requests:
    """One method a command."""

    def __init__(
        self,
        log: EventLog,
        terms: Terms,
        view: RequestView,
        *,
        receipt: Receipt,
        drafts: Drafts,
        filling_in: FillingIn,
        days: Days,
        takes_payments: bool = True,
        campaigns: Campaigns | None = None,
    ) -> None:
        self._log = log
        self._terms = terms
        self._view = view
        self._receipt = receipt
        self._drafts = drafts
        self._days = days
        self._filling_in = filling_in
        self._takes_payments = takes_payments
        self._campaigns = campaigns

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
        MandateTooNarrow, DraftGone, DraftOutdated, FileBeingChecked, PaymentsNotTaken, ForOrganisations, ForPersons, KeyReused, and in a
        campaign what `Campaigns.take` does.
        """
        caller.may_act_for(command.service_code)

        stored: list[str] = []

        def work(unit: UnitOfWork) -> Answer:
            # Inside, so that a repeat gets its answer even when another version came since.
            terms = self._terms.current(unit, command.service_code)
            standing = self._terms.standing(unit, command.service_code)
            standing.must_take_requests(command.service_code, language)
            caller.need(terms.required_assurance)
            if terms.payment is not None and not self._takes_payments:
                raise PaymentsNotTaken()
            request_id, owner_id = uuid4(), caller.beneficiary  # whoever a clerk at a counter helps
            if self._campaigns is not None:
                self._campaigns.take(unit, terms, owner_id, request_id)
            form = self._form(unit, command, caller)
            self._filling_in.take(
                unit,
                request_id=request_id,
                owner_id=owner_id,
                terms=terms,
                form=form,
                language=language,
            )
            request = ServiceRequest.submit(
                request_id=request_id,
                applicant_id=owner_id,
                assurance=caller.assurance,
                terms=terms,
                form=form,
                channel=cause.channel,
                reference=new_reference(),
                at=unit.now,
                days=self._days.of(unit, terms.authority, terms.code),
                kind=ApplicantKind(caller.subject_kind),
            )
            go_on(unit, request, terms)
            unit.save(request)
            self._view.write(unit, request)
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
            key=needed(key),
            request=command.fingerprint(),
            language=language,
            work=work,
        )
        if stored == [answer["request_id"]]:  # and not what an earlier try got
            counting.submitted(command.service_code)
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

    def _form(self, unit: UnitOfWork, command: SubmitRequest, caller: Caller) -> Mapping[str, Any]:
        """What is submitted; a draft that is named goes with it. Raises DraftGone, DraftOutdated."""
        if command.draft_id is None:
            return command.form or {}
        drafted = self._drafts.take(
            unit, caller, command.draft_id, command.service_code, command.draft_version
        )
        return drafted if command.form is None else command.form

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


def issue(unit: UnitOfWork, request: ServiceRequest, terms: Terms, documents: Documents) -> None:
    """Lets the document follow the decision, in its commit: a grant issues and registers what the service
    produces, a refusal of what was granted before revokes it.
    """
    if request.outcome is Outcome.REFUSED and request.has_document:
        assert request.document_number is not None
        request.revoke_output(
            request.document_number,
            because=RevocationGround.DECIDED_ANEW,
            reason=(request.reason or {}).get("fa") or "—",
            officer_id=request.officer_id,
            at=unit.now,
        )
        documents.revoke(unit, request)
        return
    version = terms_of(unit, request.service_code, request.service_version, terms)
    if not request.owes_output(version):
        return
    if request.ask_fee(version, PaymentWhen.BEFORE_OUTPUT, unit.now):
        return
    request.issue_output(
        version,
        new_reference(),
        unit.now,
        status_index=documents.next_status_index(unit),
        code=secrets.token_hex(_CODE_BYTES),
    )
    documents.register(unit, request)


def terms_of(
    unit: UnitOfWork, service_code: str, service_version: int, terms: Terms
) -> ServiceTerms:
    """An imported case (version 0) ran under no version of ours; it is finished under the newest."""
    if service_version == 0:
        return terms.current(unit, service_code)
    return terms.of(unit, service_code, service_version)
