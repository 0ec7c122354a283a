"""The fields of one event of every class, from which golden files are written (see tests/golden/events.py)."""

from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any
from uuid import UUID

from panjareh_catalog.adapters.card_files import read_file
from panjareh_catalog.domain.almanac import Almanac
from panjareh_catalog.domain.authority import Authority
from panjareh_catalog.domain.card_formats import written
from panjareh_catalog.domain.consultation import Consultation
from panjareh_catalog.domain.opinion import Opinion
from panjareh_catalog.domain.outage import Outage
from panjareh_catalog.domain.public_service import PublicService
from panjareh_common.security import ServiceIdentity
from panjareh_common.security.keys import KEY_STATEMENT, PublishedKey
from panjareh_feedback.domain.feedback import Feedback
from panjareh_identity.domain.administration import Administration
from panjareh_identity.domain.appointment import Appointment
from panjareh_identity.domain.assistance import Assistance
from panjareh_identity.domain.authenticators import Authenticators
from panjareh_identity.domain.authority_onboarding import AuthorityOnboarding
from panjareh_identity.domain.client import Client
from panjareh_identity.domain.consent import Consent
from panjareh_identity.domain.groups import Belonging
from panjareh_identity.domain.mandate import Mandate
from panjareh_identity.domain.office import OfficeChange
from panjareh_identity.domain.organisation import Organisation
from panjareh_identity.domain.person import Person
from panjareh_identity.domain.place import Place
from panjareh_identity.domain.privacy_statement import PrivacyNote, PrivacyStatement
from panjareh_identity.domain.session import EndedSession
from panjareh_identity.domain.signing_keys import SigningKey
from panjareh_inquiry.domain.evidence_type import EvidenceType
from panjareh_inquiry.domain.inquiry import Inquiry
from panjareh_requests.domain.appointment_place import AppointmentPlace
from panjareh_requests.domain.service_request import ServiceRequest

AT = datetime(2026, 3, 21, 8, 0, 0, 123456, tzinfo=UTC)
LATER = datetime(2026, 4, 4, 4, 30, tzinfo=UTC)
STREAM = UUID("00000000-0000-4000-8000-000000000001")
LEILA = UUID("00000000-0000-4000-8000-000000000002")
OFFICER = UUID("00000000-0000-4000-8000-000000000003")
INQUIRY = UUID("00000000-0000-4000-8000-000000000004")
REQUEST = UUID("00000000-0000-4000-8000-000000000005")
SUPERVISOR = UUID("00000000-0000-4000-8000-000000000006")
CHILD = UUID("00000000-0000-4000-8000-000000000006")
PAYMENT = UUID("00000000-0000-4000-8000-00000000000f")
UNTIL = datetime(2027, 3, 21, 8, 0, 0, 123456, tzinfo=UTC)
STATEMENT = {
    "title": {"fa": "بیانیهٔ حریم خصوصی", "en": "Privacy statement"},
    "text": {"fa": "چه نگه می‌داریم …", "en": "What is kept …"},
}
PRESENT = {"place_id": INQUIRY, "starts_at": LATER, "ends_at": LATER + timedelta(minutes=20)}
PLAN = {
    "name": {"fa": "دفتر میدان ونک", "en": "Vanak Square office"},
    "address": {"fa": "میدان ونک، پلاک ۱", "en": "1 Vanak Square"},
    "city": {"fa": "تهران", "en": "Tehran"},
    "hours": [{"days": ["saturday", "sunday"], "from": "08:00", "to": "12:00"}],
    "slot_minutes": 20,
    "capacity": 4,
    "from_day": "2026-03-21",
    "until_day": None,
    "services": ["CARD-001"],
}
METADATA = {
    "actor": str(LEILA),
    "role": "person",
    "channel": "web",
    "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
}
REASON = {"fa": "درآمد خانوار از سقف قانون بیشتر است.", "en": "The income is above the limit."}
[_SHIPPED] = read_file(Path(str(files("panjareh_sandbox"))) / "demo/services/SUB-003.yaml")
CARD = written(_SHIPPED.card or {})

_ABOUT_ONBOARDING = {
    "code": "welfare",
    "name": {"fa": "سازمان بهزیستی", "en": "Welfare Organisation"},
    "because": "نامهٔ ۱۱۲ وزارت رسیده است.",
    "asked_by": OFFICER,
}
_ABOUT_AUTHORITY = {
    "code": "welfare",
    "told": {
        "name": {"fa": "وزارت رفاه", "en": "Ministry of Welfare"},
        "parent": "presidency",
        "kind": "ministry",
        "place": {"fa": "تهران", "en": "Tehran"},
        "hosts": ["welfare.example"],
        "rest_days": ["thursday", "friday"],
        "services_total": 120,
        "sample": True,
    },
}
_ABOUT_OUTAGE = {
    "affected": {"services": ["SUB-003"], "authorities": ["welfare"], "channels": ["web"]},
    "starts_at": LATER,
    "ends_at": UNTIL,
    "partial": True,
    "explanation": {"fa": "نگهداری سالانه", "en": "Yearly maintenance"},
}
_ABOUT_EVIDENCE = {"evidence_type": "income_decile", "inquiry_id": INQUIRY}
_ABOUT_INQUIRY = {"evidence_type": "income_decile", "request_id": REQUEST}

# The key of RFC 8037, appendix A: known to the whole world.
RFC_8037 = {
    "kty": "OKP",
    "crv": "Ed25519",
    "d": "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
    "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
}
KEY_BEGINS, KEY_ENDS = AT + timedelta(days=1), AT + timedelta(days=32)


def _statement(expires_at: datetime) -> str:
    public = {name: value for name, value in RFC_8037.items() if name != "d"}
    times = int(KEY_BEGINS.timestamp()), int(expires_at.timestamp())
    told = PublishedKey("identity-0badcafe", public, *times).to_claims()
    identity = ServiceIdentity("identity", RFC_8037 | {"kid": "identity-1"})
    return identity.sign({"iss": "identity"} | told, KEY_STATEMENT)


SAMPLES: dict[type, dict[str, Any]] = {
    Consultation.Opened: {
        "service_code": "DRV-002",
        "authority": "police",
        "number": 2,
        "about": {"fa": "تعویض گواهینامه آسان‌تر می‌شود.", "en": "Exchanging a licence gets easier."},
        "questions": [{"fa": "چه گامی زیادی است؟", "en": "Which step is too much?"}],
        "until": LATER,
        "required_loa": 2,
    },
    Consultation.Prolonged: {"until": LATER},
    Consultation.OpinionsUsed: {
        "opinions": [UUID("00000000-0000-4000-8000-0000000000c5")],
        "outcome": "applied",
        "pointers": ["/steps/1"],
        "reason": {"fa": "گام دوم برداشته شد.", "en": "The second step is gone."},
        "number": 3,
    },
    Consultation.Closed: {"ending": "published", "number": 3, "reason": None},
    Opinion.Given: {
        "consultation": UUID("00000000-0000-4000-8000-0000000000c4"),
        "giver": UUID("00000000-0000-4000-8000-0000000000c6"),
        "said": {"answers": {"1": "گام دوم"}, "remark": ""},
    },
    Opinion.Changed: {"said": {"answers": {}, "remark": "همه خوب است."}},
    Opinion.Withdrawn: {},
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
    Person.RegisteredByDocument: {
        "identifier": {"kind": "passport", "number": "A1234567", "country": "IR"},
        "mobile": "+4915112345678",
        "given_name": "لیلا",
        "family_name": "کریمی",
        "birth_date": "1985-03-21",
        "language": "fa",
    },
    Person.MobileMatched: {"vouched_by": "mobile_registry"},
    Person.MobileMatchRefused: {"because": "mismatch"},
    Person.ProvedInPerson: {
        "authority": "civil_registry",
        "officer": OFFICER,
        "appointment": REQUEST,
    },
    Person.EmailConfirmed: {"email": "leila@example.org"},
    Person.MobileChanged: {
        "mobile": "09000000099",
        "proved_by": "mobile_registry",
        "matched": True,
    },
    Person.LanguageChosen: {"language": "en"},
    Person.NoticesChosen: {"off": ["messages", "reminders"], "channel": "email"},
    Person.Recovered: {"by": "code", "proofing": 1},
    Person.Died: {"reported_by": "civil_registry", "died_on": "2026-03-01"},
    Person.DeathWithdrawn: {"reported_by": "civil_registry", "because": "شمارهٔ ملی اشتباه بود"},
    Belonging.Begun: {"person": LEILA},
    Belonging.Declared: {"groups": ["disability", "young"]},
    Belonging.Confirmed: {"group": "young", "by": "civil_registry"},
    Place.Opened: {
        "code": "tehran_centre",
        "authority": "civil_registry",
        "name": {"fa": "ثبت احوال مرکز تهران", "en": "Civil registry, Tehran centre"},
        "address": {"fa": "خیابان امام خمینی", "en": "Imam Khomeini Street"},
    },
    Place.TimesOffered: {"starts_at": LATER, "minutes": 15, "count": 8, "capacity": 2},
    Appointment.Booked: {
        "person": LEILA,
        "purpose": "proofing",
        "place": "tehran_centre",
        "starts_at": LATER,
        "ends_at": LATER,
        "recovery": None,
    },
    Appointment.Moved: {"place": "tehran_centre", "starts_at": LATER, "ends_at": LATER},
    Appointment.Cancelled: {},
    Appointment.Kept: {"officer": OFFICER, "document": "identity card 123456789"},
    Appointment.Missed: {"officer": OFFICER},
    Assistance.Begun: {
        "person": LEILA,
        "clerk": OFFICER,
        "authority": "civil_registry",
        "purpose": "گرفتن نوبت",
    },
    Assistance.Confirmed: {"until": LATER},
    Assistance.Ended: {"by": OFFICER},
    Client.Registered: {
        "name": {"fa": "پنجرهٔ بهزیستی", "en": "Welfare's window"},
        "authority": "welfare",
        "redirect_uris": ["https://window.welfare.example/callback"],
        "post_logout_redirect_uris": ["https://window.welfare.example/"],
        "scopes": ["openid", "office", "services"],
        "grant_types": ["authorization_code", "refresh_token"],
        "auth_method": "private_key_jwt",
        "jwks": {"keys": [{name: value for name, value in RFC_8037.items() if name != "d"}]},
        "id_token_alg": "ES256",
        "first_party": True,
        "because": "نامهٔ ۱۱۲ وزارت رسیده است.",
    },
    Client.SecretRotated: {"authority": "welfare", "because": "رمز در نامه‌ای آمده بود."},
    Client.Suspended: {"authority": "welfare", "because": "به آن نفوذ کرده بودند."},
    Client.Resumed: {"authority": "welfare", "because": "درست شد."},
    Administration.Begun: {"administrator": OFFICER},
    AuthorityOnboarding.Asked: _ABOUT_ONBOARDING,
    AuthorityOnboarding.AskedAgain: _ABOUT_ONBOARDING,
    AuthorityOnboarding.Confirmed: {
        "code": "welfare",
        "name": _ABOUT_ONBOARDING["name"],
        "confirmed_by": SUPERVISOR,
    },
    AuthorityOnboarding.Refused: {
        "code": "welfare",
        "because": "نام دستگاه نادرست است.",
        "refused_by": SUPERVISOR,
    },
    OfficeChange.Asked: {
        "officer": OFFICER,
        "authority": "welfare",
        "gives": ["officer", "publisher"],
        "takes": [],
        "because": "جایگزین کارشناس پیشین می‌شود.",
        "asked_by": SUPERVISOR,
    },
    OfficeChange.RolesTaken: {
        "officer": OFFICER,
        "authority": "welfare",
        "takes": ["publisher"],
        "because": "به واحد دیگری رفته است.",
        "taken_by": SUPERVISOR,
    },
    OfficeChange.Confirmed: {
        "authority": "welfare",
        "officer": OFFICER,
        "confirmed_by": SUPERVISOR,
    },
    OfficeChange.Refused: {
        "authority": "welfare",
        "officer": OFFICER,
        "because": "این نقش لازم نیست.",
        "refused_by": SUPERVISOR,
    },
    Authenticators.Opened: {"person": LEILA},
    Authenticators.PasswordSet: {"because": "changed"},
    Authenticators.TotpAdded: {"authenticator": INQUIRY, "label": "تلفن من"},
    Authenticators.PasskeyAdded: {"authenticator": INQUIRY, "label": "کلید من"},
    Authenticators.SmartCardBound: {"authenticator": INQUIRY},
    Authenticators.Removed: {"authenticator": INQUIRY, "because": "asked"},
    EndedSession.Ended: {
        "person": LEILA,
        "session": "a-session",
        "expires_at": 1774080960.5,
    },
    SigningKey.Published: {
        "kid": "identity-0badcafe",
        "algorithm": "Ed25519",
        "not_before": KEY_BEGINS,
        "expires_at": KEY_ENDS,
        "statement": _statement(KEY_ENDS),
    },
    SigningKey.Restated: {"statement": _statement(KEY_ENDS)},
    SigningKey.Withdrawn: {"statement": _statement(AT), "because": "the machine was stolen"},
    Mandate.Asked: {
        "kind": "child",
        "asker_id": LEILA,
        "side": "representative",
        "scope": ["*"],
        "until": UNTIL,
    },
    Mandate.SentToOfficers: {"authority": "civil_registry"},
    Mandate.Accepted: {
        "representative_id": LEILA,
        "represented_id": CHILD,
        "scope": ["INET-001"],
        "until": UNTIL,
        "accepted_by": "civil_registry",
        "officer_id": None,
    },
    Mandate.Refused: {
        "refused_by": "civil_registry",
        "officer_id": OFFICER,
        "reason": "قیم‌نامه دیده نشد",
    },
    Mandate.Limited: {"scope": ["INET-001"], "until": UNTIL},
    Mandate.Ended: {"because": "officer", "by": OFFICER, "reason": "قیم دیگری گمارده شد"},
    Organisation.Registered: {
        "company_id": "10380284790",
        "name": "شرکت آزمون نمونه",
        "confirmed_by": "companies_registry",
    },
    Organisation.Renamed: {"name": "شرکت نمونهٔ نو", "confirmed_by": "companies_registry"},
    Consent.Given: {
        "giver_id": LEILA,
        "purpose": "child_allowance",
        "data": ["income_decile"],
        "receiver": "welfare",
        "until": UNTIL,
        "assurance": 2,
    },
    Consent.Withdrawn: {},
    PrivacyStatement.Published: STATEMENT | {"number": 1, "changes": {}},
    PrivacyStatement.Revised: STATEMENT
    | {"number": 2, "changes": {"fa": "بند تازه‌ای افزوده شد", "en": "A new point"}},
    PrivacyNote.Accepted: {"person": LEILA, "number": 1},
    PrivacyNote.AcceptedAgain: {"number": 2},
    Authority.Registered: _ABOUT_AUTHORITY,
    Authority.Changed: _ABOUT_AUTHORITY,
    Authority.CameOnBoard: {},
    Authority.StepReached: {
        "step": "window_opened",
        "on": "2026-03-20",
        "window": "https://welfare.example",
        "said_by": "welfare",
    },
    Authority.StepWithdrawn: {
        "step": "window_opened",
        "because": {"fa": "روز نادرست", "en": "Wrong day"},
        "said_by": "panjareh",
    },
    Almanac.Opened: {"scope": ""},
    Almanac.DayAnnounced: {
        "scope": "",
        "day": "2026-03-30",
        "closed": True,
        "name": {"fa": "آلودگی هوا", "en": "Polluted air"},
    },
    Almanac.DayWithdrawn: {"scope": "", "day": "2026-03-30"},
    Outage.Announced: {
        "kind": "planned",
        "said_by": "welfare",
        "source": "people",
        **_ABOUT_OUTAGE,
    },
    Outage.Changed: _ABOUT_OUTAGE,
    Outage.Started: {},
    Outage.Ended: {"ended_at": UNTIL},
    Outage.Withdrawn: {"because": {"fa": "انجام نمی‌شود", "en": "It does not happen"}},
    PublicService.Registered: {"code": "SUB-003", "authority": "welfare"},
    PublicService.Published: {"number": 1, "card": CARD},
    PublicService.DraftSaved: {"number": 2, "revision": 3, "card": CARD},
    PublicService.DraftDiscarded: {"number": 2},
    PublicService.ConsultationOpened: {"number": 2, "consultation": INQUIRY},
    PublicService.ConsultationClosed: {"number": 2, "consultation": INQUIRY},
    PublicService.Suspended: {
        "code": "SUB-003",
        "reason": {"fa": "سامانه به‌روز می‌شود.", "en": "The system is being renewed."},
        "until": AT,
    },
    PublicService.Resumed: {"code": "SUB-003"},
    PublicService.Retired: {
        "code": "SUB-003",
        "reason": {"fa": "خدمت تازه‌ای جای آن را گرفته است.", "en": "A new service took its place."},
        "successor": "SUB-004",
    },
    ServiceRequest.Submitted: {
        "applicant_id": LEILA,
        "applicant_kind": "person",
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
    ServiceRequest.Escalated: {"duty": "supervisor", "deadline": AT},
    ServiceRequest.StepCompleted: {
        "step": "Confirmation of receipt",
        "officer": "560532",
        "unit": None,
        "instance": "task-20011",
    },
    ServiceRequest.OpinionAsked: {
        "opinion_id": INQUIRY,
        "officer_id": OFFICER,
        "authority": "civil_registry",
        "answer_by": LATER,
        "files": [],
        "fields": ["mobile_number"],
        "question": "آیا این خط به نام خود متقاضی است؟",
    },
    ServiceRequest.OpinionGiven: {
        "opinion_id": INQUIRY,
        "officer_id": SUPERVISOR,
        "authority": "civil_registry",
        "recommendation": "grant",
        "text": "خط به نام خود اوست.",
    },
    ServiceRequest.OpinionLapsed: {"opinion_id": INQUIRY, "authority": "civil_registry"},
    ServiceRequest.OpinionWithdrawn: {"opinion_id": INQUIRY, "officer_id": OFFICER},
    ServiceRequest.TakenOutOfOrder: {
        "officer_id": OFFICER,
        "doing": "review",
        "ahead": 12,
        "reason": "متقاضی در بیمارستان است.",
    },
    ServiceRequest.ReviewReleased: {
        "officer_id": OFFICER,
        "because": "officer",
        "reason": "مرخصی",
    },
    ServiceRequest.ReviewReassigned: {
        "officer_id": OFFICER,
        "from_officer": LEILA,
        "supervisor_id": SUPERVISOR,
        "reason": "همکارم پرونده را می‌شناسد.",
    },
    ServiceRequest.ConflictDeclared: {"officer_id": OFFICER, "reason": "متقاضی خویشاوند من است."},
    ServiceRequest.DecisionProposed: {
        "officer_id": OFFICER,
        "outcome": "granted",
        "reason": "همهٔ مدارک درست است.",
    },
    ServiceRequest.DecisionConfirmed: {"officer_id": OFFICER},
    ServiceRequest.ProposalReturned: {"officer_id": OFFICER, "reason": "شماره نادرست است."},
    ServiceRequest.SentBack: {
        "officer_id": OFFICER,
        "answer_by": datetime(2026, 4, 4, 8, 0, 0, 123456, tzinfo=UTC),
        "party": None,
        "asks": [{"field": "iban", "text": "شماره شبا از آن شما نیست."}],
    },
    ServiceRequest.Corrected: {
        "party": None,
        "fields": ["iban"],
        "form": {"iban": "IR580540105180021273113007", "consent": True},
    },
    ServiceRequest.CorrectionLapsed: {},
    ServiceRequest.AppointmentOffered: {
        "officer_id": OFFICER,
        "book_by": LATER,
        "note": "کارت پیشین خود را بیاورید.",
    },
    ServiceRequest.AppointmentBooked: PRESENT,
    ServiceRequest.AppointmentMoved: PRESENT | {"before": LATER},
    ServiceRequest.AppointmentCancelled: {
        "cancelled_by": "place",
        "starts_at": LATER,
        "book_by": UNTIL,
        "reason": {"fa": "دفتر تعمیر می‌شود.", "en": "The office is being repaired."},
    },
    ServiceRequest.AppointmentKept: {"officer_id": OFFICER, "status": "under_review"},
    ServiceRequest.AppointmentMissed: {
        "officer_id": OFFICER,
        "starts_at": LATER,
        "book_by": UNTIL,
        "status": "awaiting_appointment",
    },
    ServiceRequest.AppointmentLapsed: {"because": "not_booked", "status": "under_review"},
    ServiceRequest.WaitlistJoined: {
        "place_id": INQUIRY,
        "from_day": "2026-04-04",
        "until_day": "2026-04-14",
    },
    ServiceRequest.WaitlistLeft: {"because": "applicant"},
    ServiceRequest.SlotHeld: PRESENT | {"held_until": LATER},
    AppointmentPlace.Opened: {"authority": "civil_registry", "plan": PLAN},
    AppointmentPlace.Changed: {"plan": PLAN | {"capacity": 6}},
    AppointmentPlace.DayClosed: {
        "day": "2026-04-06",
        "reason": {"fa": "دفتر تعمیر می‌شود.", "en": "The office is being repaired."},
    },
    AppointmentPlace.DayReopened: {"day": "2026-04-06"},
    AppointmentPlace.Closed: {
        "reason": {"fa": "دفتر جابه‌جا شد.", "en": "The office has moved."},
    },
    ServiceRequest.MessageWritten: {
        "message_id": INQUIRY,
        "writer": "applicant",
        "text": "چه مدرکی لازم است؟",
    },
    ServiceRequest.Withdrawn: {"party": None, "reason": "دیگر لازم ندارم."},
    ServiceRequest.Appealed: {"party": None, "grounds": "درآمد من کمتر از این است."},
    ServiceRequest.PartiesAwaited: {"parties": ["buyer"], "join_by": LATER},
    ServiceRequest.PartyInvited: {
        "party": "buyer",
        "invitation": 1,
        "expires_at": LATER,
        "calls_self": "لیلا",
    },
    ServiceRequest.InvitationRenewed: {
        "party": "buyer",
        "invitation": 2,
        "expires_at": LATER,
        "calls_self": "لیلا",
    },
    ServiceRequest.PartyJoined: {
        "party": "buyer",
        "joiner_id": CHILD,
        "kind": "person",
        "assurance": 2,
        "channel": "web",
        "form": {"agreed_price_rials": 1000000},
    },
    ServiceRequest.PartyDeclined: {"party": "buyer", "decliner_id": CHILD, "reason": "گران است."},
    ServiceRequest.PartyLeft: {"party": "buyer", "leaver_id": CHILD, "reason": ""},
    ServiceRequest.JoiningLapsed: {},
    ServiceRequest.AppealWithdrawn: {"reason": ""},
    ServiceRequest.Reopened: {"officer_id": OFFICER, "reason": "به حکم دیوان عدالت اداری."},
    ServiceRequest.Decided: {
        "outcome": "granted",
        "by": "rules",
        "instance": 1,
        "final_at": datetime(2026, 4, 20, 8, 0, 0, 123456, tzinfo=UTC),
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
        "status_index": 131_075,
        "content": {
            "code": "5f2b9c0d7e8a41362b90",
            "shows": [
                {
                    "name": {"fa": "نام", "en": "Given name"},
                    "value": {"fa": "لیلا", "en": "لیلا"},
                }
            ],
        },
    },
    ServiceRequest.OutputRevoked: {
        "document_number": "987654321098",
        "because": "conditions_ended",
        "officer_id": OFFICER,
        "reason": REASON,
    },
    ServiceRequest.OutputSent: {
        "document_number": "987654321098",
        "delivery_id": UUID("00000000-0000-4000-8000-000000000007"),
        "receiver": "science",
    },
    ServiceRequest.PaymentAsked: {
        "amount": 1_200_000,
        "currency": "IRR",
        "pay_by": LATER,
        "refunds": {"withdrawn": "all", "refused": "none"},
    },
    ServiceRequest.FeeWaived: {"reason": {"fa": "خانوار کم‌درآمد", "en": "low income"}},
    ServiceRequest.PaymentMade: {
        "payment_id": PAYMENT,
        "amount": 1_200_000,
        "tracking_code": "SB0012345678",
    },
    ServiceRequest.PaymentFailed: {"payment_id": PAYMENT, "because": "cancelled"},
    ServiceRequest.PaymentLapsed: {},
    ServiceRequest.RefundAsked: {
        "payment_id": PAYMENT,
        "amount": 1_200_000,
        "because": "withdrawn",
    },
    ServiceRequest.PaymentRefunded: {
        "payment_id": PAYMENT,
        "amount": 1_200_000,
        "tracking_code": "SB0087654321",
    },
    ServiceRequest.Closed: {},
    EvidenceType.Registered: {"name": "income_decile"},
    EvidenceType.Published: {
        "name": "income_decile",
        "provider": "welfare",
        "authority": "welfare",
        "titles": {"fa": "دهک درآمدی", "en": "Income decile"},
        "synonyms": {"fa": ["دهک"], "en": ["income group"]},
        "facts": [
            {"name": "decile", "title": {"fa": "دهک درآمدی", "en": "Income decile"}},
            {
                "name": "household_size",
                "title": {"fa": "شمار اعضای خانوار", "en": "People in the household"},
            },
        ],
        "personal": True,
        "required_loa": 2,
        "legal_basis": {
            "fa": "قانون مدیریت داده‌ها و اطلاعات ملی مصوب ۱۴۰۱",
            "en": "National Data and Information Management Act of 2022",
        },
    },
    EvidenceType.Withdrawn: {"name": "income_decile"},
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
