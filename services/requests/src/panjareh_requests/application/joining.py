"""Several applicants on one request: inviting them by a code that is told by voice, joining, declining (decision 0040).

Nothing here asks whether somebody has an account: who knows the code, and signs in, may look at what they would join.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from panjareh_common.assurance import AssuranceLevel
from panjareh_common.clock import to_wire
from panjareh_common.due import Due
from panjareh_common.event_store import EventLog, UnitOfWork
from panjareh_common.event_store.log import Cause
from panjareh_common.idempotency import Answer
from panjareh_common.reference import is_reference, new_reference
from panjareh_common.security import Caller
from panjareh_requests.application.commands_joining import (
    DeclineInvitation,
    InviteParty,
    JoinRequest,
)
from panjareh_requests.application.filling_in import FillingIn
from panjareh_requests.application.going_on import KIND_JOINING, go_on
from panjareh_requests.application.handling import Asked, Handling, by_itself
from panjareh_requests.application.ports import Looks, Terms
from panjareh_requests.application.requests import terms_of
from panjareh_requests.domain.joining import TRIES, ApplicantKind, PartyTerms
from panjareh_requests.domain.refusals_joining import NoSuchParty, TooManyCodes, UnknownCode
from panjareh_requests.domain.service_request import ServiceRequest
from panjareh_requests.domain.values import ServiceTerms

Receipt = Callable[[ServiceRequest, UnitOfWork], str]


@dataclass(frozen=True)
class Invitation:
    """What a code stands for."""

    request_id: UUID
    party: str
    number: int


class JoiningCodes(Protocol):
    """The codes that are open, found by their keyed hash alone."""

    def keep(
        self, unit: UnitOfWork, code: str, invitation: Invitation, expires_at: datetime
    ) -> None:
        """In place of any other code of that party."""
        ...

    def find(self, unit: UnitOfWork, code: str) -> Invitation | None:
        """None for one that was never given, was replaced, or is over."""
        ...

    def end(self, unit: UnitOfWork, request_id: UUID, party: str) -> None: ...

    def count_try(self, person_id: UUID) -> int:
        """Counts one more try of that person, at once and for good; how many there were within the time."""
        ...

    def sweep(self, now: datetime) -> int: ...


class Joinings:
    """One method a command, and one for the wait that ends when not everybody has joined."""

    def __init__(
        self,
        log: EventLog,
        handling: Handling,
        terms: Terms,
        *,
        codes: JoiningCodes,
        filling_in: FillingIn,
        looks: Looks,
        receipt: Receipt,
    ) -> None:
        self._log = log
        self._handling = handling
        self._terms = terms
        self._codes = codes
        self._filling_in = filling_in
        self._looks = looks
        self._receipt = receipt

    def handlers(self) -> dict[str, Callable[[Due], None]]:
        return {KIND_JOINING: self.end_joining_time}

    def invite(self, command: InviteParty, asked: Asked) -> Answer:
        """Gives a new code, and ends an earlier one. By the first applicant alone.

        Raises NotFound, AssuranceTooLow, NoSuchParty, NobodyAwaited, PartyJoinedAlready, TooManyInvitations,
        JoiningTooLate.
        """

        def work(unit: UnitOfWork) -> Answer:
            request = self._handling.of_applicant(unit, command.request_id, asked.caller)
            asked.caller.need(self._of(unit, request).required_assurance)
            number = request.invite(command.party, command.calls_self, unit.now)
            code, expires_at = new_reference(), request.parties[command.party]["expires_at"]
            invitation = Invitation(request.id, command.party, number)
            self._codes.keep(unit, code, invitation, expires_at)
            self._handling.changed(unit, request)
            return {
                "request_id": str(request.id),
                "party": command.party,
                "code": code,
                "expires_at": to_wire(expires_at),
            }

        return self._handling.once(asked, "invite_party", command.fingerprint(), work)

    def look(self, code: str, *, caller: Caller, cause: Cause, language: str) -> dict[str, Any]:
        """What somebody would join, and no more than they need to know; on record for the first applicant.

        Raises UnknownCode, TooManyCodes, AssuranceTooLow, MandateTooNarrow, OwnInvitation, NobodyAwaited.
        """
        self._count(caller)
        with self._log.unit_of_work(cause) as unit:
            request, terms, party, _ = self._found(unit, code, caller)
            assert request.applicant_id is not None
            self._looks.record(
                unit,
                [(request.applicant_id, request.id)],
                reader=str(caller.doer),
                role=str(caller.kind),
                authority=None,
                purpose="join_request",
            )
            return _told(request, terms, party, language)

    def join(self, command: JoinRequest, asked: Asked) -> Answer:
        """Takes the invited place; with the last one who was awaited the request goes on.

        Raises what `look` raises, JoiningTooLate, ForOrganisations, ForPersons, InvalidInput, FileBeingChecked.
        """
        self._count(asked.caller)

        def work(unit: UnitOfWork) -> Answer:
            caller = asked.caller
            request, terms, party, invitation = self._found(unit, command.code, caller)
            request.join(
                party,
                invitation.number,
                person_id=caller.beneficiary,
                kind=ApplicantKind(caller.subject_kind),
                assurance=caller.assurance,
                required=_needed(terms, party),
                channel=asked.cause.channel,
                form=command.form,
                at=unit.now,
            )
            self._filling_in.take(
                unit,
                request_id=request.id,
                owner_id=caller.beneficiary,
                terms=terms,
                form=command.form,
                language=asked.language,
                party=party.key,
            )
            self._codes.end(unit, request.id, party.key)
            answer = self._handling.changed(unit, request)
            answer |= {"party": party.key, "receipt": self._receipt(request, unit)}
            if not request.awaited:
                unit.done(KIND_JOINING, request.id)
                go_on(unit, request, terms)
                answer |= self._handling.changed(unit, request)
            return answer

        return self._handling.once(asked, "join_request", command.fingerprint(), work)

    def decline(self, command: DeclineInvitation, asked: Asked) -> Answer:
        """Raises what `look` raises."""
        self._count(asked.caller)

        def work(unit: UnitOfWork) -> Answer:
            request, _, party, invitation = self._found(unit, command.code, asked.caller)
            request.decline(
                party.key,
                invitation.number,
                person_id=asked.caller.beneficiary,
                reason=command.reason,
                at=unit.now,
            )
            self._codes.end(unit, request.id, party.key)
            self._handling.changed(unit, request)
            return {"declined": True}

        return self._handling.once(asked, "decline_invitation", command.fingerprint(), work)

    def end_joining_time(self, due: Due) -> None:
        """The request ends where somebody is still awaited."""

        def work(unit: UnitOfWork) -> None:
            request = unit.load(ServiceRequest, due.subject)
            if not request.lapse_joining(unit.now):
                return  # this machine's clock went back: the wait comes due again when its hold ends
            for key in request.awaited:
                self._codes.end(unit, request.id, key)
            self._handling.changed(unit, request)
            unit.done(KIND_JOINING, due.subject)

        self._log.run(by_itself(due), work)

    def sweep(self, now: datetime) -> int:
        return self._codes.sweep(now)

    def _count(self, caller: Caller) -> None:
        """Before anything is looked at, so that many tries at once are counted one by one. Raises TooManyCodes."""
        if self._codes.count_try(caller.doer) > TRIES:
            raise TooManyCodes(most=TRIES)

    def _found(
        self, unit: UnitOfWork, code: str, caller: Caller
    ) -> tuple[ServiceRequest, ServiceTerms, PartyTerms, Invitation]:
        """Raises UnknownCode, MandateTooNarrow, AssuranceTooLow, OwnInvitation, NobodyAwaited, JoiningTooLate."""
        invitation = self._codes.find(unit, code) if is_reference(code) else None
        if invitation is None:
            raise UnknownCode()
        request = unit.load(ServiceRequest, invitation.request_id)
        caller.may_act_for(request.service_code)
        terms = self._of(unit, request)
        party = terms.party(invitation.party)
        caller.need(_needed(terms, party))
        try:
            request.must_be_open(party.key, invitation.number, caller.beneficiary, unit.now)
        except NoSuchParty:
            raise UnknownCode() from None
        return request, terms, party, invitation

    def _of(self, unit: UnitOfWork, request: ServiceRequest) -> ServiceTerms:
        return terms_of(unit, request.service_code, request.service_version, self._terms)


def _needed(terms: ServiceTerms, party: PartyTerms) -> AssuranceLevel:
    return party.required_assurance or terms.required_assurance


def _told(
    request: ServiceRequest, terms: ServiceTerms, party: PartyTerms, language: str
) -> dict[str, Any]:
    fields = terms.form.get("properties") or {}
    known = request.form or {}
    invited = request.parties[party.key]
    return {
        "service_code": terms.code,
        "service_name": terms.name.get(language, terms.code),
        "authority": terms.authority,
        "party": party.key,
        "title": party.title.get(language),
        "agrees_to": party.agrees_to.get(language),
        "invited_by": invited["calls_self"] or None,
        "shows": [
            {
                "field": name,
                "title": (fields.get(name, {}).get("x-title") or {}).get(language, name),
                "value": known[name],
            }
            for name in party.sees
            if name in known
        ],
        "form": party.form,
        "asks_about_you": [
            terms.evidence_titles.get(f"{party.key}.{each}", {}).get(language, each)
            for each in party.evidence
        ],
        "required_loa": int(_needed(terms, party)),
        "expires_at": invited["expires_at"],
        "join_by": request.join_by,
    }
