"""Forms checked before they are sent, and the once-only rule kept in the open."""

from __future__ import annotations

from panjareh_gateway.api import shapes_catalog_forms as shapes
from panjareh_gateway.api.shapes import Page
from panjareh_gateway.form_checking import check_form
from panjareh_gateway.operations import Access, Operation

FORMS = (
    Operation(
        "POST",
        "/api/v1/services/{code}/form-check",
        "catalog",
        "get_form",
        "Does this fit the form? Checked, and nothing is stored",
        "catalog",
        gives=shapes.FormChecked,
        body=shapes.CheckForm,
        access=Access.OPEN,
        keeps=("form",),
        makes=check_form,
    ),
    Operation(
        "GET",
        "/api/v1/once-only/overrides",
        "catalog",
        "list_overrides",
        "Where people are asked for what an authority already says, and on which law",
        "catalog",
        gives=shapes.Overrides,
        query=shapes.ListOverrides,
        access=Access.OPEN,
    ),
    Operation(
        "GET",
        "/agency/v1/once-only/conflicts",
        "catalog",
        "list_conflicts",
        "Where my authority's forms ask for what the exchange offers, without such a law",
        "agency",
        gives=shapes.Conflicts,
        query=Page,
    ),
)
