"""Where people are asked for what the exchange offers: on a legal ground, told to all; and without, told to who must act.

Overrides are rows, written in the commit of the publication that claims them. Conflicts come to be by what others do
(an authority joins the exchange), so they are found when they are asked for, by the gate itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from panjareh_catalog.domain.card_formats import raised
from panjareh_catalog.domain.checks.once_only import AskedAgain, asked_again, overrides
from panjareh_catalog.domain.known import Known, OfferedEvidence
from panjareh_catalog.domain.public_service import PublicService
from panjareh_catalog.domain.values import Standing
from panjareh_catalog.read_model.evidence_types import PostgresEvidenceTypes
from panjareh_common.event_store import Cause, EventLog, UnitOfWork
from panjareh_common.paging import from_cursor, page, to_cursor

_KEEP = """
INSERT INTO once_only_override
    (service_code, pointer, authority, version, title, law, reason, evidence, since)
SELECT service_code, pointer, authority, version, title, law, reason, evidence, since
FROM jsonb_populate_recordset(NULL::once_only_override, %s)
ON CONFLICT (service_code, pointer) DO UPDATE SET
    version = excluded.version, title = excluded.title, law = excluded.law, reason = excluded.reason,
    evidence = excluded.evidence,
    since = CASE WHEN (once_only_override.law, once_only_override.reason) = (excluded.law, excluded.reason)
            THEN once_only_override.since ELSE excluded.since END
WHERE once_only_override.version <= excluded.version
"""
_DROP = """
DELETE FROM once_only_override
USING jsonb_to_recordset(%s) AS now (service_code text, pointers jsonb)
WHERE once_only_override.service_code = now.service_code AND NOT now.pointers ? pointer
"""
_OVERRIDES = """
SELECT override.service_code, override.pointer, override.version, override.title, override.law,
       override.reason, override.evidence, override.since, override.authority,
       authority.name AS authority_name, service.card -> 'name' AS service_name
FROM once_only_override AS override
JOIN authority ON authority.code = override.authority
JOIN public_service AS service ON service.code = override.service_code
WHERE (%(authority)s::text IS NULL OR override.authority = %(authority)s)
  AND (%(code)s::text IS NULL OR (override.service_code, override.pointer) > (%(code)s, %(pointer)s))
ORDER BY override.service_code, override.pointer LIMIT %(limit)s
"""
_COUNTS = """
SELECT authority.code, authority.name, count(*) AS overrides
FROM once_only_override AS override JOIN authority ON authority.code = override.authority
GROUP BY authority.code, authority.name ORDER BY count(*) DESC, authority.code
"""
_PUBLISHED = """
SELECT code, version, authority, card FROM public_service
WHERE standing <> 'retired' AND (%(authority)s::text IS NULL OR authority = %(authority)s)
  AND (%(code)s::text IS NULL OR code >= %(code)s)
ORDER BY code LIMIT %(most)s
"""
_SCANNED = 200  # services looked at for one page; a page may be short and still have a next one
_LAST = "\uffff"  # after every pointer


class OnceOnly:
    """Writes the overrides of a service inside a unit of work; reads overrides and conflicts."""

    def __init__(self, log: EventLog, evidence: PostgresEvidenceTypes) -> None:
        self._log = log
        self._evidence = evidence

    def write(self, unit: UnitOfWork, service: PublicService) -> None:
        """The ServiceView port: what the newest version claims. A retired service claims nothing."""
        if service.card is None:
            return
        card = raised(service.card)
        claimed = [] if service.standing is Standing.RETIRED else overrides(card)
        found: dict[str, AskedAgain] = {}
        if claimed:
            known = Known(evidence=self._evidence.offered(unit))
            found = {again.pointer: again for again in asked_again(card, known)}
        rows = [
            {
                "service_code": service.code,
                "pointer": pointer,
                "authority": service.authority,
                "version": service.number,
                "title": title,
                "law": ground["law"],
                "reason": ground["reason"],
                "evidence": _concept(found[pointer]) if pointer in found else None,
                "since": service.published_at,
            }
            for pointer, title, ground in claimed
        ]
        unit.write(_KEEP, *rows)
        unit.write(
            _DROP, {"service_code": service.code, "pointers": [pointer for pointer, *_ in claimed]}
        )

    def overrides(
        self, *, authority: str | None, after: str | None, limit: int, language: str
    ) -> dict[str, Any]:
        """`{items, next, authorities}`: each override with its ground; how many each authority has."""
        code, pointer = from_cursor(after, str, str) or (None, None)
        wanted = {"authority": authority, "code": code, "pointer": pointer, "limit": limit + 1}
        with self._log.database.connection() as connection:
            rows = connection.execute(_OVERRIDES, wanted).fetchall()
            counts = connection.execute(_COUNTS).fetchall()
        found = page(rows, limit, lambda row: (row["service_code"], row["pointer"]))
        return found | {
            "items": [_told(row, language) for row in found["items"]],
            "authorities": [row | {"name": _in(row["name"], language)} for row in counts],
        }

    def conflicts(
        self, *, authority: str | None, after: str | None, limit: int, language: str
    ) -> dict[str, Any]:
        """`{items, next}`: fields of published services that ask for what is offered, on no legal ground.

        `authority` None is everybody's. A page may be short, or empty, and have a next one.
        """
        code, pointer = from_cursor(after, str, str) or (None, "")
        with self._log.unit_of_work(_LOOKING) as unit:
            offered = self._evidence.offered(unit)
            wanted = {"authority": authority, "code": code, "most": _SCANNED}
            services = unit.fetch(_PUBLISHED, wanted)
        items: list[dict[str, Any]] = []
        for row in services:
            for again in _conflicts_of(row, offered):
                if (row["code"], again.pointer) <= (code or "", pointer):
                    continue
                if len(items) == limit:
                    last = items[-1]
                    return {
                        "items": items,
                        "next": to_cursor(last["service_code"], last["pointer"]),
                    }
                items.append(_conflict(row, again, offered, language))
        more = len(services) == _SCANNED
        return {"items": items, "next": to_cursor(services[-1]["code"], _LAST) if more else None}


_LOOKING = Cause("catalog", "service", "platform")


def _conflicts_of(row: dict[str, Any], offered: dict[str, OfferedEvidence]) -> Iterator[AskedAgain]:
    found = asked_again(raised(row["card"]), Known(evidence=offered))
    yield from sorted(
        (again for again in found if again.override is None and again.type in offered),
        key=lambda again: again.pointer,
    )


def _conflict(
    row: dict[str, Any], again: AskedAgain, offered: dict[str, OfferedEvidence], language: str
) -> dict[str, Any]:
    evidence = offered[again.type]
    return {
        "service_code": row["code"],
        "service_name": _in(row["card"]["name"], language),
        "version": row["version"],
        "authority": row["authority"],
        "pointer": again.pointer,
        "title": _in(again.title, language) if again.title else None,
        "evidence": _concept(again),
        "evidence_title": _in(evidence.titles, language),
        "offered_by": evidence.authority,
    }


def _told(row: dict[str, Any], language: str) -> dict[str, Any]:
    texts = ("title", "law", "reason", "service_name")
    return row | {
        **{name: _in(row[name], language) if row[name] else None for name in texts},
        "authority": {"code": row["authority"], "name": _in(row["authority_name"], language)},
    }


def _concept(again: AskedAgain) -> str:
    return f"{again.type}.{again.fact}" if again.fact else again.type


def _in(texts: Any, language: str) -> str:
    return str(texts.get(language) or texts["fa"])
