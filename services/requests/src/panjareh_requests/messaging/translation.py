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
        lambda e: {"outcome": e.outcome, "by": e.by},
    ),
    ServiceRequest.Withdrawn: ("request_withdrawn.v1", lambda e: {}),
    # The grounds are for the authority alone.
    ServiceRequest.Appealed: ("request_appealed.v1", lambda e: {}),
    ServiceRequest.Reopened: ("request_reopened.v1", lambda e: {}),
    ServiceRequest.OutputIssued: (
        "output_issued.v1",
        lambda e: {"kind": e.kind},
    ),
    ServiceRequest.OutputRevoked: (
        "output_revoked.v1",
        # The ground is public, the reason is for the holder alone.
        lambda e: {"because": e.because},
    ),
    ServiceRequest.OutputSent: (
        "output_sent.v1",
        lambda e: {"receiver": e.receiver},
    ),
}
