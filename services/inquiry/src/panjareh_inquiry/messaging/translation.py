"""Which private events others may know of: that an inquiry ended, never what was answered; and what is offered."""

from __future__ import annotations

from typing import Any

from panjareh_common.messaging.relay import Translation
from panjareh_inquiry.domain.evidence_type import EvidenceType
from panjareh_inquiry.domain.inquiry import Inquiry


def _about(event: Any) -> dict[str, Any]:
    return {
        "evidence_type": event.evidence_type,
        "request_id": str(event.request_id) if event.request_id else None,
    }


PUBLISHED: dict[type, Translation] = {
    Inquiry.Answered: ("inquiry_answered.v1", _about),
    Inquiry.Failed: ("inquiry_failed.v1", lambda e: _about(e) | {"status": e.status}),
    EvidenceType.Published: (
        "evidence_type_published.v1",
        lambda e: {
            "name": e.name,
            "provider": e.provider,
            "authority": e.authority,
            "titles": e.titles,
            "synonyms": e.synonyms,
            "facts": e.facts,
            "personal": e.personal,
            "required_loa": e.required_loa,
            "legal_basis": e.legal_basis,
        },
    ),
    EvidenceType.Withdrawn: ("evidence_type_withdrawn.v1", lambda e: {"name": e.name}),
    Inquiry.Delayed: ("inquiry_delayed.v1", lambda e: _about(e) | {"because": e.because}),
}
