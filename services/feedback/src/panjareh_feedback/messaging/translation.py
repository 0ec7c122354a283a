"""Which private events others may know of, and how much: the privacy line. The text stays here."""

from __future__ import annotations

from typing import Any

from panjareh_common.messaging.relay import Translation
from panjareh_feedback.domain.feedback import Feedback


def _rating(event: Any) -> dict[str, Any]:
    return {"service_code": event.service_code, "rating": event.rating}


# A change is told as the same event of the same subject: of two, the later sequence holds.
PUBLISHED: dict[type, Translation] = {
    Feedback.Given: ("feedback_given.v1", _rating),
    Feedback.Changed: ("feedback_given.v1", _rating),
}
