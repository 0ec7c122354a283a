"""Our own copy of the published services, kept from the catalogue's events."""

from __future__ import annotations

import time
from typing import Any

from panjareh_common.assurance import AssuranceLevel
from panjareh_common.event_store import EventLog, UnitOfWork
from panjareh_common.event_store.log import Cause
from panjareh_common.messaging import Message
from panjareh_requests.domain.issued_document import ShownTerms
from panjareh_requests.domain.refusals import UnknownService
from panjareh_requests.domain.standing import ServiceStanding
from panjareh_requests.domain.values import (
    APPEAL_DAYS,
    DecisionMode,
    OutputTerms,
    ServiceTerms,
    TimePassed,
)

_KEEP = """
INSERT INTO public_service (code, version, card, published_at)
SELECT code, version, card, published_at FROM jsonb_populate_recordset(NULL::public_service, %s)
ON CONFLICT (code, version) DO NOTHING
"""
_NEWEST = """
SELECT newest.version, standing.standing, standing.reason, standing.successor
FROM (SELECT code, max(version) AS version FROM public_service WHERE code = %s GROUP BY code) AS newest
LEFT JOIN service_standing AS standing ON standing.code = newest.code
"""
_STAND = """
INSERT INTO service_standing (code, standing, reason, successor, sequence)
SELECT code, standing, reason, successor, sequence
FROM jsonb_populate_recordset(NULL::service_standing, %s)
ON CONFLICT (code) DO UPDATE SET
    standing = excluded.standing, reason = excluded.reason, successor = excluded.successor,
    sequence = excluded.sequence
WHERE service_standing.sequence < excluded.sequence
"""
_STANDING_OF = {
    "service_suspended.v1": "suspended",
    "service_resumed.v1": "published",
    "service_retired.v1": "retired",
}
_CARD = "SELECT card FROM public_service WHERE code = %s AND version = %s"

# A new version is in force this much later, and a busy service asks once meanwhile.
_FRESH_SECONDS = 0.2


class PublishedTerms:
    """The Terms port in SQL. A published version never changes, so each is read once a process."""

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self._known: dict[tuple[str, int], ServiceTerms] = {}
        self._newest: dict[str, tuple[float, int, ServiceStanding]] = {}

    def keep(self, message: Message, listener: str) -> None:
        """Takes a `service_published.v1`; versions may come in any order."""
        card = message.data["card"]

        def work(unit: UnitOfWork) -> None:
            if unit.first_time(listener, message.id):
                row = {"code": card["code"], "version": message.data["version"], "card": card}
                unit.write(_KEEP, row | {"published_at": message.time})

        self._log.run(Cause("requests", "service", "platform", cause=message.id), work)

    def keep_standing(self, message: Message, listener: str) -> None:
        """Takes a `service_suspended.v1`, `service_resumed.v1` or `service_retired.v1`, in any order."""
        data = message.data

        def work(unit: UnitOfWork) -> None:
            if unit.first_time(listener, message.id):
                row = {
                    "code": data["service_code"],
                    "standing": _STANDING_OF[message.type],
                    "reason": data.get("reason"),
                    "successor": data.get("successor"),
                    "sequence": message.sequence,
                }
                unit.write(_STAND, row)

        self._log.run(Cause("requests", "service", "platform", cause=message.id), work)

    def current(self, unit: UnitOfWork, service_code: str) -> ServiceTerms:
        version, _ = self._now(unit, service_code)
        return self.of(unit, service_code, version)

    def standing(self, unit: UnitOfWork, service_code: str) -> ServiceStanding:
        return self._now(unit, service_code)[1]

    def _now(self, unit: UnitOfWork, service_code: str) -> tuple[int, ServiceStanding]:
        """The newest version and how the service stands. Raises UnknownService."""
        known, now = self._newest.get(service_code), time.monotonic()
        if known and known[0] >= now:
            return known[1], known[2]
        rows = unit.fetch(_NEWEST, (service_code,))
        if not rows:
            raise UnknownService(service_code=service_code)
        row = rows[0]
        standing = ServiceStanding(row["standing"] or "published", row["reason"], row["successor"])
        self._newest[service_code] = (now + _FRESH_SECONDS, row["version"], standing)
        return row["version"], standing

    def of(self, unit: UnitOfWork, service_code: str, version: int) -> ServiceTerms:
        known = self._known.get((service_code, version))
        if known is None:
            rows = unit.fetch(_CARD, (service_code, version))
            if not rows:
                raise UnknownService(service_code=service_code)
            known = self._known[service_code, version] = _terms(rows[0]["card"], version)
        return known


def _terms(card: dict[str, Any], version: int) -> ServiceTerms:
    output = card.get("output")
    return ServiceTerms(
        code=card["code"],
        version=version,
        authority=card["authority"],
        name=card["name"],
        required_assurance=AssuranceLevel(card["required_loa"]),
        decision_mode=DecisionMode(card["decision_mode"]),
        evidence=tuple(wanted["type"] for wanted in card.get("evidence", [])),
        form=card["form"],
        time_limit_days=card["time_limit_days"],
        evidence_titles={w["type"]: w["title"] for w in card.get("evidence", [])},
        rules=card.get("rules"),
        output=_output(output, card["form"]) if output else None,
        when_time_passes=_time_passed(card),
        appeal_days=card.get("appeal_days") or APPEAL_DAYS,
    )


def _output(output: dict[str, Any], form: dict[str, Any]) -> OutputTerms:
    """Where a line gives no words for a choice of the form, the form's own stand on the document."""
    fields = form.get("properties", {})
    shows = tuple(
        ShownTerms(
            source=line["from"],
            title={"fa": line["fa"], "en": line["en"]},
            words=line.get("words")
            or fields.get(line["from"].removeprefix("form."), {}).get("x-enum-titles", {}),
        )
        for line in output.get("shows", [])
    )
    return OutputTerms(output["kind"], output["title"], output["valid_days"], shows)


def _time_passed(card: dict[str, Any]) -> TimePassed | None:
    said = card.get("when_time_passes")
    if not said:
        return None
    return TimePassed(
        granted=said["what"] == "granted",
        words={"fa": said["fa"], "en": said["en"]},
        law=card.get("legal_basis"),
    )
