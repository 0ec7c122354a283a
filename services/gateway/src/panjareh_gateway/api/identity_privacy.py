"""Consents, and the privacy statement."""

from __future__ import annotations

from panjareh_gateway.api import shapes
from panjareh_gateway.api import shapes_identity_mandates as privacy
from panjareh_gateway.operations import Access, Operation

_CONSENTS, _STATEMENT = "/api/v1/consents", "/api/v1/privacy-statement"

PRIVACY = (
    Operation(
        "POST",
        _CONSENTS,
        "identity",
        "give_consent",
        "Let somebody know something about me, for a purpose and a time",
        "identity",
        gives=privacy.Consent,
        body=privacy.GiveConsent,
        status=201,
        keyed=True,
    ),
    Operation(
        "GET",
        _CONSENTS,
        "identity",
        "list_consents",
        "My consents, newest first",
        "identity",
        gives=privacy.Consents,
        query=shapes.Page,
    ),
    Operation(
        "POST",
        f"{_CONSENTS}/{{consent_id}}/withdrawal",
        "identity",
        "withdraw_consent",
        "Withdraw a consent",
        "identity",
        gives=privacy.Consent,
        keyed=True,
    ),
    Operation(
        "GET",
        _STATEMENT,
        "identity",
        "get_privacy_statement",
        "The privacy statement, in force or of an older version",
        "identity",
        gives=privacy.Statement,
        query=privacy.ShowStatement,
        access=Access.OPEN,
    ),
    Operation(
        "GET",
        f"{_STATEMENT}/acceptance",
        "identity",
        "get_privacy_acceptance",
        "Which version of the privacy statement I have read",
        "identity",
        gives=privacy.StatementState,
    ),
    Operation(
        "POST",
        f"{_STATEMENT}/acceptance",
        "identity",
        "accept_privacy_statement",
        "Take note of the current privacy statement",
        "identity",
        gives=privacy.StatementState,
        body=privacy.AcceptStatement,
        keyed=True,
    ),
)
