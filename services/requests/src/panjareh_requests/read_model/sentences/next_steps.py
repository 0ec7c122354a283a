"""What comes next, and whose turn it is, by where a request stands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from panjareh_common.texts import text
from panjareh_requests.domain.values import Outcome, RequestStatus
from panjareh_requests.read_model.sentences.telling import PACKAGE

_NEXT = {
    RequestStatus.SUBMITTED: "The platform asks the authorities for what is needed. You need not do anything.",
    RequestStatus.GATHERING_EVIDENCE: "The platform waits for the authorities' answers. You need not do anything.",
    RequestStatus.UNDER_REVIEW: "An officer of the authority reviews the request. You need not do anything.",
    RequestStatus.DECIDED: "The request has been decided. If you do not agree, see how to appeal on the service's page.",
    RequestStatus.AWAITING_APPLICANT: "It is your turn: see what the authority asks you to correct, and until when.",
    RequestStatus.UNDER_APPEAL: "Another officer looks at your appeal; until then the first decision stands. You need not do anything.",
    RequestStatus.WITHDRAWN: "You withdrew the request, so nothing more happens. You may ask again whenever you like.",
    RequestStatus.CLOSED: "The case is closed.",
}
_MAY_APPEAL = "The request was refused. If you do not agree, you may appeal here until the time that is shown; another officer then decides."
_GRANTED = "The request was granted. You need not do anything."
_FINAL = "The request has ended, and its decision is final. The service's page says who else may be asked."


def next_step(told: Mapping[str, Any], language: str) -> str:
    """`told` is a request as RequestStory tells it."""
    status, outcome = RequestStatus(told["status"]), told["outcome"]
    if status is RequestStatus.DECIDED and outcome == Outcome.GRANTED:
        return text(PACKAGE, _GRANTED, language)
    if status is RequestStatus.DECIDED and told["final_at"] is not None:
        return text(PACKAGE, _MAY_APPEAL, language)
    if status is RequestStatus.CLOSED and outcome is not None:
        return text(PACKAGE, _FINAL, language)
    return text(PACKAGE, _NEXT[status], language)
