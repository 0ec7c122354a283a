"""Every way the domain of catalog says no, by name."""

from __future__ import annotations

from panjareh_common.refusals import Kind, Refusal


class UnknownService(Refusal):
    code = "unknown_service"
    kind = Kind.NOT_FOUND
    message = "There is no public service with the code {service_code}. Look at /api/v1/services."


class UnknownAuthority(Refusal):
    code = "unknown_authority"
    kind = Kind.INVALID
    message = "There is no authority with the code {authority}. Publish the authorities first."


class AuthorityFixed(Refusal):
    code = "authority_fixed"
    message = (
        "The service {service_code} belongs to {authority} and cannot change its authority. "
        "Publish it under a new code."
    )


class AuthoritiesInCircle(Refusal):
    code = "authorities_in_circle"
    kind = Kind.INVALID
    message = "The authority {authority} stands above itself. Correct the parents."
