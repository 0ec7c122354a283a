"""Which public services there are: rows written in the commit of their events, and how they are found."""

from __future__ import annotations

from typing import Any

from panjareh_catalog.domain.public_service import PublicService
from panjareh_catalog.domain.refusals import UnknownService
from panjareh_common.database import Database
from panjareh_common.event_store import UnitOfWork
from panjareh_common.paging import from_cursor, page

_WRITE = """
INSERT INTO public_service (code, version, authority, card, life_events, title, search, published_at)
SELECT code, version, authority, card, life_events, title, search, published_at
FROM json_populate_recordset(NULL::public_service, %s)
ON CONFLICT (code) DO UPDATE SET
    version = excluded.version, card = excluded.card, life_events = excluded.life_events,
    title = excluded.title, search = excluded.search, published_at = excluded.published_at
WHERE public_service.version <= excluded.version
"""
_COLUMNS = """
service.code, service.version, service.card, service.published_at,
authority.code AS authority, authority.name AS authority_name
"""
_FROM = """
FROM public_service AS service JOIN authority ON authority.code = service.authority
WHERE (%(authority)s::text IS NULL OR service.authority = %(authority)s)
  AND (%(life_event)s::text IS NULL OR service.life_events @> ARRAY[%(life_event)s::text])
"""
_LIST = f"""
SELECT {_COLUMNS} {_FROM}
  AND (%(code)s::text IS NULL OR service.code > %(code)s)
ORDER BY service.code LIMIT %(limit)s
"""
# A hit in the name counts for more than the same hit somewhere in the description.
_SEARCH = f"""
SELECT * FROM (
    SELECT {_COLUMNS},
           greatest(word_similarity(%(words)s, service.title_norm),
                    0.8::real * word_similarity(%(words)s, service.search_norm)) AS rank
    {_FROM} AND %(words)s <%% service.search_norm
) AS found
WHERE %(rank)s::real IS NULL OR rank < %(rank)s::real OR (rank = %(rank)s::real AND code > %(code)s)
ORDER BY rank DESC, code LIMIT %(limit)s
"""
# For this transaction only; 0.4 forgives a typing error and still leaves strangers out.
_WORDS = """
SELECT fa_norm(%s) AS words, set_config('pg_trgm.word_similarity_threshold', '0.4', true)
"""
_ONE = f"SELECT {_COLUMNS} FROM public_service AS service JOIN authority ON authority.code = service.authority WHERE service.code = %s"


class ServicesView:
    """Writes rows inside a unit of work; reads them for anyone, in their language."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def write(self, unit: UnitOfWork, service: PublicService) -> None:
        card = service.card or {}
        name, description = card["name"], card["description"]
        titles = [name["fa"], name["en"], service.code]
        texts = [*titles, description["fa"], description["en"], *card["life_events"]]
        row = {
            "code": service.code,
            "version": service.number,
            "authority": service.authority,
            "card": card,
            "life_events": card["life_events"],
            "title": "\n".join(titles),
            "search": "\n".join(texts),
            "published_at": service.published_at,
        }
        unit.write(_WRITE, row)

    def find(
        self,
        *,
        q: str | None,
        authority: str | None,
        life_event: str | None,
        after: str | None,
        limit: int,
        language: str,
    ) -> dict[str, Any]:
        """`{items, next}`: ordered by code, or with words to search for the best hit first."""
        wanted: dict[str, Any] = {
            "authority": authority,
            "life_event": life_event,
            "limit": limit + 1,
        }
        with self._database.transaction() as connection:
            words = ""
            if q:
                row = connection.execute(_WORDS, (q,)).fetchone()
                words = row["words"] if row else ""
            if words:
                rank, code = from_cursor(after, float, str) or (None, None)
                parameters = wanted | {"words": words, "rank": rank, "code": code}
                rows = connection.execute(_SEARCH, parameters).fetchall()
            else:
                (code,) = from_cursor(after, str) or (None,)
                parameters = wanted | {"code": code}
                rows = connection.execute(_LIST, parameters).fetchall()
        found = page(rows, limit, _hit_key if words else _code_key)
        return found | {"items": [_in_list(row, language) for row in found["items"]]}

    def get(self, service_code: str, language: str) -> dict[str, Any]:
        """The newest card of a service. Raises UnknownService."""
        with self._database.connection() as connection:
            row = connection.execute(_ONE, (service_code,)).fetchone()
        if row is None:
            raise UnknownService(service_code=service_code)
        return _whole(row, language)


def _code_key(row: dict[str, Any]) -> tuple[str]:
    return (row["code"],)


def _hit_key(row: dict[str, Any]) -> tuple[str, str]:
    return repr(row["rank"]), row["code"]


def _in(texts: dict[str, Any], language: str) -> str:
    return str(texts.get(language) or texts["fa"])


def _in_list(row: dict[str, Any], language: str) -> dict[str, Any]:
    card = row["card"]
    return {
        "code": row["code"],
        "version": row["version"],
        "name": _in(card["name"], language),
        "description": _in(card["description"], language),
        "authority": {"code": row["authority"], "name": _in(row["authority_name"], language)},
        "required_loa": card["required_loa"],
        "decision_mode": card["decision_mode"],
        "time_limit_days": card["time_limit_days"],
        "fee": card["fee"],
        "life_events": card["life_events"],
        "channels": card["channels"],
    }


def _whole(row: dict[str, Any], language: str) -> dict[str, Any]:
    card, output, rules = row["card"], row["card"].get("output"), row["card"].get("rules")
    return _in_list(row, language) | {
        "audience": card["audience"],
        "hours": _in(card["hours"], language),
        "steps": [
            {"text": _in(step, language), "minutes": step["minutes"]} for step in card["steps"]
        ],
        "form": card["form"],
        "evidence": [
            {
                "type": wanted["type"],
                "title": _in(wanted["title"], language),
                "purpose": _in(wanted["purpose"], language),
            }
            for wanted in card["evidence"]
        ],
        "rules": _rules(rules, language) if rules else None,
        "output": output | {"title": _in(output["title"], language)} if output else None,
        "appeal": _in(card["appeal"], language),
        "legal_basis": _in(card["legal_basis"], language),
        "published_at": row["published_at"],
    }


def _rules(rules: dict[str, Any], language: str) -> dict[str, Any]:
    """How the service decides, in the open: anyone may read it before they ask (R5)."""
    return {
        "version": rules["version"],
        "law": _in(rules["law"], language),
        "rows": [row | {"reason": _in(row["reason"], language)} for row in rules["rows"]],
    }
