"""What is counted of requests, by their public service and never by a person (docs/operations/slo.md)."""

from __future__ import annotations

from panjareh_common import telemetry
from panjareh_requests.domain.service_request import ServiceRequest

_SUBMITTED = telemetry.counter("panjareh.requests.submitted", "requests that were submitted")
_DECIDED = telemetry.counter("panjareh.requests.decided", "requests that were decided")


def submitted(service_code: str) -> None:
    """Counts one, once it is stored."""
    _SUBMITTED.add(1, {"service_code": service_code})


def decided(request: ServiceRequest) -> None:
    """Counts one, once its decision is stored."""
    _DECIDED.add(1, {"service_code": request.service_code, "outcome": str(request.outcome)})


def newly_decided(request: ServiceRequest) -> ServiceRequest | None:
    """The request where what is about to be stored decides it, else None."""
    now = any(isinstance(event, ServiceRequest.Decided) for event in request.pending_events)
    return request if now else None
