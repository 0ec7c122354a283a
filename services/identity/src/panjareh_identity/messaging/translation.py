"""Which private events others may know of, and how much: the privacy line. Ids and public facts only."""

from __future__ import annotations

from panjareh_common.clock import to_wire
from panjareh_common.messaging.relay import Translation
from panjareh_identity.domain.authority_onboarding import AuthorityOnboarding
from panjareh_identity.domain.consent import Consent
from panjareh_identity.domain.mandate import Mandate
from panjareh_identity.domain.person import Person
from panjareh_identity.domain.session import EndedSession
from panjareh_identity.domain.signing_keys import SigningKey

PUBLISHED: dict[type, Translation] = {
    Person.Registered: ("person_registered.v1", lambda e: {}),
    Person.RegisteredByDocument: ("person_registered.v1", lambda e: {}),
    Person.Died: ("person_died.v1", lambda e: {}),
    Person.DeathWithdrawn: ("person_death_withdrawn.v1", lambda e: {}),
    Person.Appointed: (
        "officer_appointed.v1",
        lambda e: {"authority": e.authority, "roles": list(e.roles)},
    ),
    AuthorityOnboarding.Confirmed: (
        "authority_onboarded.v1",
        lambda e: {"code": e.code, "name": dict(e.name)},
    ),
    Person.Erased: ("person_erased.v1", lambda e: {}),
    SigningKey.Published: ("signing_key_published.v1", lambda e: {"statement": e.statement}),
    SigningKey.Restated: ("signing_key_published.v1", lambda e: {"statement": e.statement}),
    SigningKey.Withdrawn: ("signing_key_published.v1", lambda e: {"statement": e.statement}),
    EndedSession.Ended: (
        "session_ended.v1",
        lambda e: {"session": e.session, "expires_at": e.expires_at},
    ),
    Mandate.Accepted: (
        "mandate_accepted.v1",
        lambda e: {
            "representative": str(e.representative_id),
            "represented": str(e.represented_id),
            "scope": list(e.scope),
            "until": to_wire(e.until),
        },
    ),
    Mandate.Ended: ("mandate_ended.v1", lambda e: {"because": e.because}),
    Consent.Given: (
        "consent_given.v1",
        lambda e: {
            "person": str(e.giver_id),
            "purpose": e.purpose,
            "data": list(e.data),
            "receiver": e.receiver,
            "until": to_wire(e.until),
        },
    ),
    Consent.Withdrawn: ("consent_withdrawn.v1", lambda e: {}),
}
