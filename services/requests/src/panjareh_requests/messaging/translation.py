"""Which private events others may know of, and how much: the privacy line. Ids and public facts only."""

from __future__ import annotations

from panjareh_common.messaging.relay import Translation
from panjareh_requests.domain.service_request import ServiceRequest

PUBLISHED: dict[type, Translation] = {
    ServiceRequest.Submitted: (
        "request_submitted.v1",
        lambda e: {
            "service_code": e.service_code,
            "service_version": e.service_version,
            "authority": e.authority,
            "applicant_id": str(e.applicant_id),
        },
    ),
    ServiceRequest.Decided: (
        "request_decided.v1",
        # The reason is for the applicant alone.
        lambda e: {"outcome": e.outcome, "by": "officer" if e.officer_id else "rules"},
    ),
    ServiceRequest.OutputIssued: (
        "output_issued.v1",
        lambda e: {"kind": e.kind},
    ),
}
