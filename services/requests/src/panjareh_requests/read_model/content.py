"""Who reads what a person filled in and sent: whoever works on the request, and no other officer (decision 0038)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from panjareh_common.event_store import UnitOfWork
from panjareh_common.security import Caller
from panjareh_requests.domain.escalation import duty_of, lies_before

_WAITS_FOR_A_SECOND = """
SELECT 1 FROM work
WHERE request_id = %s AND proposed_by IS NOT NULL AND NOT (%s = ANY(blocked))
"""


def works_on(unit: UnitOfWork, caller: Caller, request_id: UUID, told: Mapping[str, Any]) -> bool:
    """Whether it lies before them: they review it, a proposal waits for a second officer, or its time has passed.

    `told` has the request's `officer_id` and `authority`, and its `stage` or `escalations`.
    """
    if caller.subject is not None and caller.subject == told["officer_id"]:
        return True
    reached = told.get("stage") or len(told.get("escalations") or ())
    duty = duty_of(caller.roles, caller.authority)
    if lies_before(duty, caller.authority, of=told["authority"], reached=reached):
        return True
    return bool(unit.fetch(_WAITS_FOR_A_SECOND, (request_id, caller.subject)))
