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
from panjareh_gateway.api.requests_appointments import APPOINTMENTS, PLACES
from panjareh_gateway.api.requests_asking import ASKING
from panjareh_gateway.api.requests_campaigns import CAMPAIGNS
from panjareh_gateway.api.requests_cases import CASES
from panjareh_gateway.api.requests_drafts import DRAFTS
from panjareh_gateway.api.requests_files import FILES
from panjareh_gateway.api.requests_following import FOLLOWING
from panjareh_gateway.api.requests_joining import JOINING
from panjareh_gateway.api.requests_life import LIFE
from panjareh_gateway.api.requests_my_data import MY_DATA
from panjareh_gateway.api.requests_officers import OFFICERS
from panjareh_gateway.api.requests_opinions import OPINIONS
from panjareh_gateway.api.requests_outputs import OUTPUTS
from panjareh_gateway.api.requests_payments import PAYMENTS
from panjareh_gateway.api.requests_preview import PREVIEW
from panjareh_gateway.api.requests_time import TIME
from panjareh_gateway.api.requests_work import WORK
from panjareh_gateway.operations import Access, Operation

V1 = "/api/v1"

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
    *ASKING,
    *PREVIEW,
    *CAMPAIGNS,
    *DRAFTS,
    *FILES,
    *FOLLOWING,
    *MY_DATA,
    *OUTPUTS,
    *PAYMENTS,
    *LIFE,
    *JOINING,
    *APPOINTMENTS,
    *PLACES,
    *TIME,
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
    *OFFICERS,
    *OPINIONS,
    *WORK,
    *CASES,
    *PUBLISHING,
    *ADMINISTRATION,
)
