"""Which private events others may know of, and how much: the privacy line. Ids and public facts only."""

from __future__ import annotations

from panjareh_common.messaging.relay import Translation
from panjareh_identity.domain.person import Person
from panjareh_identity.domain.session import EndedSession

PUBLISHED: dict[type, Translation] = {
    Person.Registered: ("person_registered.v1", lambda e: {}),
    Person.Appointed: (
        "officer_appointed.v1",
        lambda e: {"authority": e.authority, "roles": list(e.roles)},
    ),
    Person.Erased: ("person_erased.v1", lambda e: {}),
    EndedSession.Ended: (
        "session_ended.v1",
        lambda e: {"session": e.session, "expires_at": e.expires_at},
    ),
}
