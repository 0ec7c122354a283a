"""The public API, one row an operation (design part 5)."""

from __future__ import annotations

from panjareh_gateway.api import shapes
from panjareh_gateway.api.catalog_authorities import AUTHORITIES
from panjareh_gateway.api.catalog_consultations import CONSULTATIONS
from panjareh_gateway.api.catalog_exports import EXPORTS
from panjareh_gateway.api.catalog_forms import FORMS
from panjareh_gateway.api.catalog_hints import HINTS
from panjareh_gateway.api.catalog_media import MEDIA
from panjareh_gateway.api.catalog_outages import OUTAGES
from panjareh_gateway.api.catalog_publishing import PUBLISHING, VERSIONS
from panjareh_gateway.api.catalog_rules import RULES
from panjareh_gateway.api.catalog_services import SERVICES
from panjareh_gateway.api.identity_authenticators import AUTHENTICATORS, SIGNING_IN
from panjareh_gateway.api.identity_mandates import MANDATES
from panjareh_gateway.api.identity_persons import PERSONS
from panjareh_gateway.api.identity_privacy import PRIVACY
from panjareh_gateway.api.identity_sessions import SESSIONS
from panjareh_gateway.api.identity_staff import ADMINISTRATION
from panjareh_gateway.operations import BATCH_LIMIT, Access, Operation

V1, AGENCY = "/api/v1", "/agency/v1"

OPERATIONS = (
    Operation(
        "POST",
        f"{V1}/persons",
        "identity",
        "sign_up",
        "Sign up; the answer is the same whoever has the id, so sign in next",
        "identity",
        gives=shapes.SignedUp,
        body=shapes.SignUp,
        access=Access.OPEN,
        status=202,
    ),
    *SIGNING_IN,
    *AUTHENTICATORS,
    *SESSIONS,
    *PERSONS,
    *MANDATES,
    *PRIVACY,
    *CONSULTATIONS,
    *EXPORTS,  # before services, whose {code} would take a `.ttl` in
    *SERVICES,
    *HINTS,
    *FORMS,
    *RULES,
    *MEDIA,
    *AUTHORITIES,
    *OUTAGES,
    *VERSIONS,
    Operation(
        "POST",
        f"{V1}/services/{{service_code}}/requests",
        "requests",
        "submit",
        "Ask for a public service",
        "requests",
        gives=shapes.Submitted,
        body=shapes.Submit,
        status=201,
        keyed=True,
        location=f"{V1}/requests/{{request_id}}",
    ),
    Operation(
        "GET",
        f"{V1}/requests",
        "requests",
        "list_requests",
        "My requests, newest first",
        "requests",
        gives=shapes.Requests,
        query=shapes.Page,
    ),
    Operation(
        "GET",
        f"{V1}/requests/{{request_id}}",
        "requests",
        "get_request",
        "One request, now or as of a moment",
        "requests",
        gives=shapes.Request,
        query=shapes.AsOf,
    ),
    Operation(
        "GET",
        f"{V1}/requests/{{request_id}}/timeline",
        "requests",
        "get_timeline",
        "Every step of a request",
        "requests",
        gives=shapes.Timeline,
    ),
    Operation(
        "GET",
        f"{V1}/documents/{{number}}/verification",
        "requests",
        "verify_document",
        "Is this issued document genuine, and still valid?",
        "documents",
        gives=shapes.Verification,
        access=Access.OPEN,
    ),
    Operation(
        "POST",
        f"{V1}/services/{{service_code}}/feedback",
        "feedback",
        "give_feedback",
        "Rate a service you have used",
        "feedback",
        gives=shapes.Given,
        body=shapes.GiveFeedback,
        status=201,
        keyed=True,
    ),
    Operation(
        "GET",
        f"{V1}/services/{{service_code}}/feedback",
        "feedback",
        "get_feedback",
        "What people say about a service",
        "feedback",
        gives=shapes.Feedback,
        access=Access.OPEN,
    ),
    Operation(
        "GET",
        f"{AGENCY}/requests",
        "requests",
        "list_queue",
        "What waits for the officers of my authority, oldest first",
        "agency",
        gives=shapes.Requests,
        query=shapes.Page,
    ),
    Operation(
        "GET",
        f"{AGENCY}/requests/{{request_id}}",
        "requests",
        "get_request",
        "One request to my authority; the look is recorded",
        "agency",
        gives=shapes.Request,
        query=shapes.AsOf,
    ),
    Operation(
        "GET",
        f"{AGENCY}/requests/{{request_id}}/timeline",
        "requests",
        "get_timeline",
        "Every step of a request to my authority; the look is recorded",
        "agency",
        gives=shapes.Timeline,
    ),
    Operation(
        "POST",
        f"{AGENCY}/requests/{{request_id}}/review",
        "requests",
        "start_review",
        "Start the review of a request",
        "agency",
        gives=shapes.Changed,
        keyed=True,
    ),
    Operation(
        "POST",
        f"{AGENCY}/requests/{{request_id}}/decision",
        "requests",
        "decide",
        "Grant or refuse a request, with the reason",
        "agency",
        gives=shapes.Changed,
        body=shapes.Decide,
        keyed=True,
    ),
    Operation(
        "POST",
        f"{AGENCY}/cases",
        "requests",
        "import_cases",
        "Bring in past cases with their own times; repeating changes nothing",
        "agency",
        gives=shapes.ImportedCases,
        body=shapes.ImportCases,
        limit=BATCH_LIMIT,
    ),
    *PUBLISHING,
    *ADMINISTRATION,
)
