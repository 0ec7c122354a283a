"""Who may look at a request; looks of others than its applicant are on record (design rules 7 and 9)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from panjareh_common.event_store import UnitOfWork
from panjareh_common.refusals import NotFound
from panjareh_common.security import Caller
from panjareh_requests.application.ports import Looks
from panjareh_requests.domain.escalation import duty_of, lies_before


def permit(
    unit: UnitOfWork,
    looks: Looks,
    caller: Caller,
    request_id: UUID,
    told: Mapping[str, Any],
    *,
    parties: bool = False,
) -> UUID | None:
    """Lets the first applicant pass, and with `parties` those who joined, whose ids are in `party_ids`; and on record who acts for them under a mandate for this service, an officer
    of the authority, and those before whom it was put because its time has passed. Raises NotFound for
    anybody else. Gives the person with whose eyes it is looked at; None for those who handle it.

    `told` has at least the request's `applicant_id`, `service_code` and `authority`; and its `stage` or its
    `escalations` where those who are told of late requests may look.
    """
    applicant_id = told["applicant_id"]
    joined = list(told.get("party_ids") or ())
    own = caller.subject is not None and caller.subject in (
        [applicant_id, *joined] if parties else [applicant_id]
    )
    if own and caller.actor is None:
        return caller.subject
    of_mandate = own and caller.covers(told["service_code"])
    of_office = "officer" in caller.roles and caller.authority == told["authority"]
    reached = told.get("stage") or len(told.get("escalations") or ())
    duty = duty_of(caller.roles, caller.authority)
    of_duty = lies_before(duty, caller.authority, of=told["authority"], reached=reached)
    if not of_mandate and not of_office and not of_duty:
        raise NotFound()
    if of_mandate:
        record_looks(unit, looks, caller, [(caller.subject, request_id)])
        return caller.subject
    record_looks(unit, looks, caller, [(each, request_id) for each in (applicant_id, *joined)])
    return None


def record_looks(
    unit: UnitOfWork, looks: Looks, caller: Caller, requests: Sequence[tuple[UUID | None, UUID]]
) -> None:
    """Puts an officer's or a representative's look on record in the same commit that reads.

    Imported cases name no person.
    """
    looks.record(
        unit,
        [(person, request) for person, request in requests if person is not None],
        reader=str(caller.doer),
        role=str(caller.kind),
        authority=caller.authority,
        purpose="handle_request" if caller.actor is None else "act_under_mandate",
    )
