"""Whether a public service takes new requests; those that run go on under the version that they began with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from panjareh_requests.domain.refusals import ServiceEnded, ServiceReplaced, ServiceSuspended


@dataclass(frozen=True)
class ServiceStanding:
    """`standing` is published, suspended or retired; `reason` {fa, en} where it is not published."""

    standing: str = "published"
    reason: Mapping[str, str] | None = None
    successor: str | None = None

    def must_take_requests(self, service_code: str, language: str) -> None:
        """Raises ServiceSuspended, ServiceEnded, or ServiceReplaced where another service took its place."""
        reason = (self.reason or {}).get(language, "")
        if self.standing == "suspended":
            raise ServiceSuspended(service_code=service_code, reason=reason)
        if self.standing == "retired" and self.successor:
            raise ServiceReplaced(
                service_code=service_code, reason=reason, successor=self.successor
            )
        if self.standing == "retired":
            raise ServiceEnded(service_code=service_code, reason=reason)
