"""What the applicant may still do about a request: for buttons that are shown only where they work."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from panjareh_requests.domain.values import OVER, Outcome, RequestStatus

_SILENT = {RequestStatus.WITHDRAWN, RequestStatus.CLOSED}


def possible(told: Mapping[str, Any], now: datetime) -> list[str]:
    """Of `withdraw`, `correct`, `appeal` and `write`, those that would not be refused at that moment.

    `told` is a request as RequestStory tells it. Whether anything is possible is decided by the domain,
    when it is asked; this foretells it.
    """
    status, appealed = RequestStatus(told["status"]), told["appealed_version"] is not None
    may = {
        "withdraw": status not in OVER and (told["outcome"] is None or appealed),
        "correct": status is RequestStatus.AWAITING_APPLICANT and now <= told["answer_by"],
        "appeal": status is RequestStatus.DECIDED
        and told["outcome"] == Outcome.REFUSED
        and not appealed
        and (told["final_at"] is None or now < told["final_at"]),
        "write": status not in _SILENT,
    }
    if told["applicant_id"] is None:
        return []
    return [name for name, allowed in may.items() if allowed]
