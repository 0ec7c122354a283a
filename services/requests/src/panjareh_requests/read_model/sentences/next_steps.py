"""What comes next, and whose turn it is, by where a request stands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from panjareh_common.texts import text
from panjareh_requests.domain.joining import PartyState
from panjareh_requests.domain.values import Outcome, RequestStatus
from panjareh_requests.read_model.sentences.telling import FIRST_APPLICANT, PACKAGE, Reader

_NEXT = {
    RequestStatus.SUBMITTED: "The platform asks the authorities for what is needed. You need not do anything.",
    RequestStatus.GATHERING_EVIDENCE: "The platform waits for the authorities' answers. You need not do anything.",
    RequestStatus.UNDER_REVIEW: "An officer of the authority reviews the request. You need not do anything.",
    RequestStatus.DECIDED: "The request has been decided. If you do not agree, see how to appeal on the service's page.",
    RequestStatus.AWAITING_APPLICANT: "It is your turn: see what the authority asks you to correct, and until when.",
    RequestStatus.AWAITING_PAYMENT: "It is your turn: pay the fee, and the request goes on by itself.",
    RequestStatus.AWAITING_APPOINTMENT: "It is your turn: you are asked to come in person. Choose a place and a time here, and come at that time.",
    RequestStatus.UNDER_APPEAL: "Another officer looks at your appeal; until then the first decision stands. You need not do anything.",
    RequestStatus.WITHDRAWN: "The request has ended without a decision, so nothing more happens. You may ask again whenever you like.",
    RequestStatus.CLOSED: "The case is closed.",
}
_MAY_APPEAL = "The request was refused. If you do not agree, you may appeal here until the time that is shown; another officer then decides."
_GRANTED_FOR_A_FEE = (
    "The request was granted. It is your turn: pay the fee, and the document is issued."
)
_GRANTED = "The request was granted. You need not do anything."
_FINAL = "The request has ended, and its decision is final. The service's page says who else may be asked."


_INVITE = (
    "It is your turn: invite those who have to join. The request goes on once all of them have."
)
_OTHERS = "The request waits for others to join it. You need not do anything."
_ANOTHERS_TURN = "It is another's turn in this request. You need not do anything."
_ONE_PERSONS = {
    RequestStatus.AWAITING_APPLICANT,
    RequestStatus.AWAITING_PAYMENT,
    RequestStatus.AWAITING_APPOINTMENT,
}


def next_step(told: Mapping[str, Any], language: str, reader: Reader = FIRST_APPLICANT) -> str:
    """`told` is a request as RequestStory tells it."""
    status, outcome = RequestStatus(told["status"]), told["outcome"]
    if (of_several := _of_several(told, status, reader)) is not None:
        return text(PACKAGE, of_several, language)
    if status is RequestStatus.AWAITING_PAYMENT and outcome is not None:
        return text(PACKAGE, _GRANTED_FOR_A_FEE, language)
    if status is RequestStatus.DECIDED and outcome == Outcome.GRANTED:
        return text(PACKAGE, _GRANTED, language)
    if status is RequestStatus.DECIDED and told["final_at"] is not None:
        return text(PACKAGE, _MAY_APPEAL, language)
    if status is RequestStatus.CLOSED and outcome is not None:
        return text(PACKAGE, _FINAL, language)
    return text(PACKAGE, _NEXT[status], language)


def _of_several(told: Mapping[str, Any], status: RequestStatus, reader: Reader) -> str | None:
    """What is next where a request has several applicants, and it is not the reader alone who acts."""
    parties = told.get("parties") or {}
    if not parties or reader.office or status not in _ONE_PERSONS:
        return None
    if any(party["state"] != PartyState.JOINED for party in parties.values()):
        return _INVITE if reader.party is None else _OTHERS
    corrects = status is RequestStatus.AWAITING_APPLICANT
    whose = told.get("asked_party") if corrects else None
    return None if whose == reader.party else _ANOTHERS_TURN
