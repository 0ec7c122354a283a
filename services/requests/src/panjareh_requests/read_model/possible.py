"""What the applicant may still do about a request: for buttons that are shown only where they work."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from panjareh_requests.domain.values import OVER, Outcome, RequestStatus
from panjareh_requests.read_model.sentences.telling import FIRST_APPLICANT, Reader

_OF_PARTIES = {"withdraw", "correct", "appeal"}
_SILENT = {RequestStatus.WITHDRAWN, RequestStatus.CLOSED}


def possible(told: Mapping[str, Any], now: datetime, reader: Reader = FIRST_APPLICANT) -> list[str]:
    """Of `pay`, `withdraw`, `correct`, `appointment` (see there what), `appeal` and `write`, those that would not be refused at that moment.

    `told` is a request as RequestStory tells it. Whether anything is possible is decided by the domain,
    when it is asked; this foretells it.
    """
    status, appealed = RequestStatus(told["status"]), told["appealed_version"] is not None
    may = {
        "pay": status is RequestStatus.AWAITING_PAYMENT,
        "withdraw": status not in OVER and (told["outcome"] is None or appealed),
        "correct": status is RequestStatus.AWAITING_APPLICANT
        and told["answer_by"]
        is not None  # of that reader: nothing is asked while others are awaited
        and now <= told["answer_by"],
        "appointment": status is RequestStatus.AWAITING_APPOINTMENT,
        "appeal": status is RequestStatus.DECIDED
        and told["outcome"] == Outcome.REFUSED
        and not appealed
        and (told["final_at"] is None or now < told["final_at"]),
        "write": status not in _SILENT,
    }
    if told["applicant_id"] is None:
        return []
    own = _OF_PARTIES if reader.party is not None else may.keys()
    return [name for name, allowed in may.items() if allowed and name in own]
