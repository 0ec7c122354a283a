"""What the forms of the pages have in common: which field a refusal is about, and what a choice means."""

from __future__ import annotations

from panjareh_common.refusals import Kind, Refusal
from panjareh_common.texts import translate, translate_errors
from panjareh_identity.application.commands import StepUpMethod
from panjareh_identity.http.asked import UnreadableForm


def problems_of(refusal: Refusal, language: str, field: str) -> list[dict[str, str]]:
    """`{field, text}` of each point that does not fit; of a refusal without points one, at `field`."""
    points = translate_errors(refusal, language)
    if refusal.kind is Kind.INVALID and points:
        return [
            {"field": point["pointer"].lstrip("/"), "text": point["detail"]} for point in points
        ]
    return [{"field": field, "text": translate(refusal, language)}]


def method_of(text: str) -> StepUpMethod:
    """Raises UnreadableForm for what no form of ours offers."""
    try:
        return StepUpMethod(text)
    except ValueError as cause:
        raise UnreadableForm() from cause
