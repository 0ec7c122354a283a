"""The fields of one event of every class, from which golden files are written (see tests/golden/events.py)."""

from datetime import UTC, datetime
from importlib.resources import files
from typing import Any
from uuid import UUID

from panjareh_catalog.adapters.card_files import read
from panjareh_catalog.domain.public_service import PublicService
from panjareh_feedback.domain.feedback import Feedback
from panjareh_identity.domain.person import Person
from panjareh_identity.domain.session import EndedSession
from panjareh_inquiry.domain.inquiry import Inquiry
from panjareh_requests.domain.service_request import ServiceRequest

AT = datetime(2026, 3, 21, 8, 0, 0, 123456, tzinfo=UTC)
STREAM = UUID("00000000-0000-4000-8000-000000000001")
LEILA = UUID("00000000-0000-4000-8000-000000000002")
OFFICER = UUID("00000000-0000-4000-8000-000000000003")
INQUIRY = UUID("00000000-0000-4000-8000-000000000004")
REQUEST = UUID("00000000-0000-4000-8000-000000000005")
METADATA = {
    "actor": str(LEILA),
    "role": "person",
    "channel": "web",
    "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
}
REASON = {"fa": "درآمد خانوار از سقف قانون بیشتر است.", "en": "The income is above the limit."}
CARD = read(files("panjareh_sandbox").joinpath("demo/services/SUB-003.yaml")).card

_ABOUT_EVIDENCE = {"evidence_type": "income_decile", "inquiry_id": INQUIRY}
_ABOUT_INQUIRY = {"evidence_type": "income_decile", "request_id": REQUEST}

SAMPLES: dict[type, dict[str, Any]] = {
    Person.Registered: {
        "national_id": "9900000013",
        "mobile": "09000000001",
        "given_name": "لیلا",
        "family_name": "کریمی",
        "birth_date": "1985-03-21",
        "language": "fa",
    },
    Person.MobileConfirmed: {},
    Person.RegistryMatched: {"proofing": 3, "vouched_by": "civil_registry"},
    Person.MatchRefused: {"because": "mismatch"},
    Person.Appointed: {"authority": "welfare", "roles": ["officer", "publisher"]},
    Person.Erased: {},
    EndedSession.Ended: {
        "person": LEILA,
        "session": "a-session",
        "expires_at": 1774080960.5,
    },
    PublicService.Registered: {"code": "SUB-003", "authority": "welfare"},
    PublicService.Published: {"number": 1, "card": CARD},
    ServiceRequest.Submitted: {
        "applicant_id": LEILA,
        "reference": "123456789010",
        "service_code": "SUB-003",
        "service_version": 1,
        "authority": "welfare",
        "assurance": 3,
        "decision_mode": "rules",
        "evidence_needed": ["income_decile"],
        "channel": "web",
        "promised_by": datetime(2026, 3, 31, 8, 0, 0, 123456, tzinfo=UTC),
        "form": {"iban": "IR062960000000100324200001", "consent": True},
    },
    ServiceRequest.Imported: {
        "reference": "123456789010",
        "service_code": "SUB-003",
        "authority": "welfare",
        "source": "permits-2012",
        "case": "case-10011",
        "channel": "counter",
        "department": "Customer contact",
        "responsible": None,
        "promised_by": None,
    },
    ServiceRequest.EvidenceAsked: _ABOUT_EVIDENCE,
    ServiceRequest.EvidenceDelayed: _ABOUT_EVIDENCE,
    ServiceRequest.EvidenceReceived: _ABOUT_EVIDENCE | {"facts": {"decile": 2}},
    ServiceRequest.EvidenceMissing: _ABOUT_EVIDENCE | {"reason": REASON},
    ServiceRequest.SentToOfficers: {"because": "no_rule_matched"},
    ServiceRequest.ReviewStarted: {"officer_id": OFFICER},
    ServiceRequest.StepCompleted: {
        "step": "Confirmation of receipt",
        "officer": "560532",
        "unit": None,
        "instance": "task-20011",
    },
    ServiceRequest.Decided: {
        "outcome": "granted",
        "officer_id": None,
        "rules": {
            "version": 1,
            "hash": "a9eb260799ef2a0ddce5ffefe21d1ea7b2edd74dc305df82dc45d6a82f3b68da",
            "row": "eligible",
            "law": {"fa": "قانون هدفمند کردن یارانه‌ها", "en": "Targeted Subsidies Act"},
        },
        "evidence": {"income_decile": str(INQUIRY)},
        "reason": REASON,
        "inputs": {"income_decile.decile": 2},
    },
    ServiceRequest.OutputIssued: {
        "document_number": "987654321098",
        "kind": "certificate",
        "title": {"fa": "گواهی یارانه", "en": "Subsidy certificate"},
        "valid_until": datetime(2027, 3, 21, 8, 0, 0, 123456, tzinfo=UTC),
    },
    ServiceRequest.Closed: {},
    Inquiry.Asked: {
        "evidence_type": "income_decile",
        "provider": "welfare",
        "subject_id": LEILA,
        "asked_by": "requests",
        "authority": "welfare",
        "purpose": "service_request",
        "service_code": "SUB-003",
        "request_id": REQUEST,
    },
    Inquiry.Delayed: _ABOUT_INQUIRY | {"because": "provider_unavailable"},
    Inquiry.Answered: _ABOUT_INQUIRY | {"facts": {"decile": 2}},
    Inquiry.Failed: _ABOUT_INQUIRY | {"status": "nothing_held", "reason": REASON},
    Feedback.Given: {
        "request_id": REQUEST,
        "service_code": "SUB-003",
        "giver_id": LEILA,
        "rating": 4,
        "text": "زود پاسخ دادند",
    },
    Feedback.Changed: {"service_code": "SUB-003", "rating": 5, "text": ""},
}
