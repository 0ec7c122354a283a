"""The record of administrative acts: which events of the log are such, about which authority and whom.

It follows the log, so no use case can forget to write it; what an act says is read from the log itself.
To make it anew, empty the table and take the follower's row away: it is filled again from the first event.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from eventsourcing.utils import get_topic

from panjareh_common.clock import to_wire
from panjareh_common.database import Connection
from panjareh_common.event_store import EventLog, RecordedEvent, UnitOfWork
from panjareh_common.following import Follower
from panjareh_identity.domain.administration import Administration
from panjareh_identity.domain.authority_onboarding import AuthorityOnboarding
from panjareh_identity.domain.client import Client
from panjareh_identity.domain.office import PLATFORM, OfficeChange
from panjareh_identity.domain.person import Person
from panjareh_identity.domain.privacy_statement import PrivacyStatement
from panjareh_identity.domain.signing_keys import SigningKey


@dataclass(frozen=True)
class Act:
    """What an event is called in the record. `officer`: the person it is about, where it is about one.

    With `door` it is an act only where that operators' door did it, and people's own affair otherwise.
    """

    kind: str
    authority: Callable[[Any], str | None] = lambda event: event.authority
    officer: Callable[[Any], UUID | None] = lambda event: None
    door: str | None = None


def _of_code(event: Any) -> str | None:
    return str(event.code)


def _named(event: Any) -> UUID | None:
    return UUID(str(event.officer))


def _stream(event: Any) -> UUID | None:
    return UUID(str(event.originator_id))


ADMINISTRATIVE: dict[type, Act] = {
    Administration.Begun: Act(
        "administration_begun", lambda event: PLATFORM, lambda event: event.administrator
    ),
    AuthorityOnboarding.Asked: Act("authority_asked", _of_code),
    AuthorityOnboarding.AskedAgain: Act("authority_asked", _of_code),
    AuthorityOnboarding.Confirmed: Act("authority_confirmed", _of_code),
    AuthorityOnboarding.Refused: Act("authority_refused", _of_code),
    OfficeChange.Asked: Act("roles_asked", officer=_named),
    OfficeChange.Confirmed: Act("roles_confirmed", officer=_named),
    OfficeChange.Refused: Act("roles_refused", officer=_named),
    OfficeChange.RolesTaken: Act("roles_taken", officer=_named),
    Person.Appointed: Act("office_changed", officer=_stream),
    Person.Erased: Act("person_erased", lambda event: PLATFORM, _stream, door="erase"),
    Client.Registered: Act("client_registered"),
    Client.SecretRotated: Act("client_secret_rotated"),
    Client.Suspended: Act("client_suspended"),
    Client.Resumed: Act("client_resumed"),
    PrivacyStatement.Published: Act("privacy_statement_published", lambda event: PLATFORM),
    PrivacyStatement.Revised: Act("privacy_statement_published", lambda event: PLATFORM),
    SigningKey.Withdrawn: Act("signing_key_withdrawn", lambda event: PLATFORM),
}
_BY_TOPIC = {get_topic(kind): act for kind, act in ADMINISTRATIVE.items()}
# What an event says that an auditor reads; who is in `officer`, and keys of clients in nobody's way.
_SAID = ("gives", "takes", "roles", "name", "scopes", "grant_types", "redirect_uris", "first_party")

_WRITE = """
INSERT INTO administrative_act (position, stream, version, kind, authority, subject, at)
VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT (position) DO NOTHING
"""
_PAGE = """
SELECT event.*, act.kind, act.authority, act.subject
FROM administrative_act AS act JOIN event USING (stream, version)
WHERE (%(authority)s::text IS NULL OR act.authority = %(authority)s)
  AND (%(kind)s::text IS NULL OR act.kind = %(kind)s)
  AND (%(before)s::bigint IS NULL OR act.position < %(before)s)
ORDER BY act.position DESC LIMIT %(limit)s
"""


class ActsFollower(Follower):
    """Keeps the record up to date."""

    name = "identity.acts"
    topics: Sequence[str] = tuple(_BY_TOPIC)

    def apply(self, connection: Connection, events: Sequence[RecordedEvent]) -> None:
        for recorded in events:
            act, event = _BY_TOPIC[recorded.topic], recorded.event
            if act.door not in (None, recorded.metadata.get("cause")):
                continue
            row = (
                recorded.position,
                recorded.stream,
                recorded.version,
                act.kind,
                act.authority(event),
                act.officer(event),
                recorded.occurred_at,
            )
            connection.execute(_WRITE, row)


class PostgresActs:
    """The Acts port in SQL."""

    def __init__(self, log: EventLog) -> None:
        self._log = log

    def page(
        self,
        unit: UnitOfWork,
        authority: str | None,
        kind: str | None,
        before: int | None,
        limit: int,
    ) -> list[dict[str, Any]]:
        wanted = {"authority": authority, "kind": kind, "before": before, "limit": limit}
        return [self._act(row) for row in unit.fetch(_PAGE, wanted)]

    def _act(self, row: Mapping[str, Any]) -> dict[str, Any]:
        recorded = self._log.recorded(row)
        said, who = vars(recorded.event), recorded.metadata
        return {
            "position": recorded.position,
            "at": to_wire(recorded.occurred_at),
            "kind": row["kind"],
            "authority": row["authority"],
            "officer": str(row["subject"]) if row["subject"] else None,
            "subject": str(recorded.stream),
            "actor": who.get("actor"),
            "actor_role": who.get("role"),
            "channel": who.get("channel"),
            "because": said.get("because") or who.get("cause"),
            "details": {name: said[name] for name in _SAID if name in said},
        }
