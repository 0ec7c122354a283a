"""Our own copy of the published services, kept from the catalogue's events."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Any

from panjareh_common.assurance import AssuranceLevel
from panjareh_common.event_store import EventLog, UnitOfWork
from panjareh_common.event_store.log import Cause
from panjareh_common.messaging import Message
from panjareh_requests.domain.appointments import (
    CHOSEN_WITHIN_DAYS,
    AppointmentTerms,
    WhenToCome,
)
from panjareh_requests.domain.campaign import TURN_MINUTES, CampaignTerms
from panjareh_requests.domain.issued_document import ShownTerms
from panjareh_requests.domain.joining import JOIN_DAYS, PartyTerms, evidence_of
from panjareh_requests.domain.payment import Exemption, PaymentTerms, PaymentWhen
from panjareh_requests.domain.queue_order import ReviewTerms
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
_CAMPAIGNS = """
SELECT DISTINCT code FROM public_service WHERE jsonb_typeof(card -> 'campaign') = 'object' ORDER BY code
"""

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

    def campaigns(self) -> list[str]:
        """Codes of services any of whose versions was a campaign. Raises Unavailable."""
        return [code for (code,) in self._log.database.fetch(_CAMPAIGNS)]

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
        evidence_titles={w["type"]: w["title"] for w in card.get("evidence", [])}
        | _titles_of_parties(card),
        who=tuple((card.get("applicants") or {}).get("who") or ()),
        parties=_parties(card),
        join_days=(card.get("applicants") or {}).get("join_within_days") or JOIN_DAYS,
        rules=card.get("rules"),
        output=_output(output, card["form"]) if output else None,
        when_time_passes=_time_passed(card),
        milestones={
            step["code"]: {"fa": step["fa"], "en": step["en"]}
            for step in card.get("steps", [])
            if "code" in step
        },
        appeal_days=card.get("appeal_days") or APPEAL_DAYS,
        appointment=_appointment(card.get("appointment")),
        payment=_payment(card),
        review=_review(card.get("review") or {}),
        campaign=_campaign(card["campaign"]) if card.get("campaign") else None,
    )


def _payment(card: dict[str, Any]) -> PaymentTerms | None:
    """None where the fee is not taken here, or there is none."""
    said, fee = card.get("payment"), card.get("fee") or {}
    if not said or not fee.get("amount"):
        return None
    return PaymentTerms(
        when=PaymentWhen(said["when"]),
        amount=fee["amount"],
        currency=fee["currency"],
        within_days=said["within_days"],
        refunds=dict(said["refund"]),
        exemptions=tuple(
            Exemption(each["from"], each["eq"], {"fa": each["fa"], "en": each["en"]})
            for each in said.get("exempt", [])
        ),
    )


def _parties(card: dict[str, Any]) -> tuple[PartyTerms, ...]:
    applicants = card.get("applicants") or {}
    return tuple(
        PartyTerms(
            key=party["key"],
            title=party["title"],
            agrees_to=party["agrees_to"],
            who=tuple(party.get("who") or applicants.get("who") or ()),
            required_assurance=AssuranceLevel(party["required_loa"])
            if party.get("required_loa")
            else None,
            form=party.get("form"),
            evidence=tuple(wanted["type"] for wanted in party.get("evidence") or ()),
            sees=tuple(party.get("sees") or ()),
            shows=tuple(party.get("shows") or ()),
        )
        for party in applicants.get("parties") or ()
    )


def _titles_of_parties(card: dict[str, Any]) -> dict[str, Any]:
    return {
        evidence_of(party["key"], wanted["type"]): wanted["title"]
        for party in (card.get("applicants") or {}).get("parties") or ()
        for wanted in party.get("evidence") or ()
    }


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


def _review(review: dict[str, Any]) -> ReviewTerms:
    return ReviewTerms(review.get("skill"), bool(review.get("four_eyes")))


def _campaign(campaign: dict[str, Any]) -> CampaignTerms:
    return CampaignTerms(
        opens_at=datetime.fromisoformat(campaign["opens_at"]),
        closes_at=datetime.fromisoformat(campaign["closes_at"]),
        rate=campaign["rate"],
        capacity=campaign.get("capacity"),
        turn_minutes=campaign.get("turn_minutes") or TURN_MINUTES,
    )


def _appointment(said: dict[str, Any] | None) -> AppointmentTerms | None:
    if not said:
        return None
    return AppointmentTerms(
        when=WhenToCome(said["when"]),
        minutes=said["minutes"],
        times=said["no_show"]["times"],
        move_until_hours=said["move_until_hours"],
        within_days=said.get("within_days") or CHOSEN_WITHIN_DAYS,
        words={"fa": said["fa"], "en": said["en"]},
    )


def _time_passed(card: dict[str, Any]) -> TimePassed | None:
    said = card.get("when_time_passes")
    if not said:
        return None
    return TimePassed(
        granted=said["what"] == "granted",
        words={"fa": said["fa"], "en": said["en"]},
        law=card.get("legal_basis"),
    )
