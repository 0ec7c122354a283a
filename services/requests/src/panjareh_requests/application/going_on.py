"""What is done next for a request that nobody decided yet: after it was submitted, and after each wait that ended."""

from __future__ import annotations

from panjareh_common.event_store import UnitOfWork
from panjareh_requests.domain.payment import PaymentWhen
from panjareh_requests.domain.service_request import ServiceRequest
from panjareh_requests.domain.values import ServiceTerms

KIND_ASK, KIND_DECIDE = "ask_evidence", "decide"
KIND_JOINING = "end_joining_time"
IN_CAMPAIGN = "_campaign"  # ends the kinds of waits that are on a campaign's own lane


def go_on(unit: UnitOfWork, request: ServiceRequest, terms: ServiceTerms) -> None:
    """Waits compose: each looks whether it is owed, and the last of them that ended comes here. Whoever asks saves."""
    if request.ask_fee(terms, PaymentWhen.BEFORE_REVIEW, unit.now):
        return
    if join_by := request.await_parties(terms, unit.now):
        unit.wait_until(join_by, KIND_JOINING, request.id)
        return
    lane = "" if terms.campaign is None else IN_CAMPAIGN
    for evidence_type in request.open_evidence:
        unit.wait_until(unit.now, KIND_ASK + lane, request.id, evidence_type)
    if not request.open_evidence:
        unit.wait_until(unit.now, KIND_DECIDE + lane, request.id)
