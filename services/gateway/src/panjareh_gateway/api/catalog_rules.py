"""Rules: checked before they are published, tried by everybody, and why they decided as they did."""

from __future__ import annotations

from panjareh_gateway.api import shapes_catalog_rules as shapes
from panjareh_gateway.operations import Access, Operation

_RULES_LIMIT = 512 * 1024

RULES = (
    Operation(
        "POST",
        "/api/v1/services/{code}/rules/try",
        "catalog",
        "try_rules",
        "What would be decided with these values, and why; nothing is stored",
        "catalog",
        gives=shapes.TriedRules,
        body=shapes.TryRules,
        access=Access.OPEN,
    ),
    Operation(
        "GET",
        "/api/v1/requests/{request_id}/explanation",
        "requests",
        "explain_decision",
        "Why a request was decided as it was: every row of the rules, and what met it",
        "requests",
        gives=shapes.Explanation,
    ),
    Operation(
        "GET",
        "/agency/v1/requests/{request_id}/explanation",
        "requests",
        "explain_decision",
        "Why a request to my authority was decided as it was; the look is recorded",
        "agency",
        gives=shapes.Explanation,
    ),
    Operation(
        "POST",
        "/agency/v1/rules/check",
        "catalog",
        "check_rules",
        "Everything that is wrong with a rule set; nothing is stored",
        "agency",
        gives=shapes.CheckedRules,
        body=shapes.CheckRules,
        limit=_RULES_LIMIT,
    ),
)
