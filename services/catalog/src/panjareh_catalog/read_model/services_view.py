"""Which public services there are: rows written in the commit of their events, and how they are found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from panjareh_catalog.domain.finding_refusals import SearchChanged
from panjareh_catalog.domain.public_service import PublicService
from panjareh_catalog.domain.refusals import UnknownService
from panjareh_catalog.read_model import card_telling, facets, measured_use, search
from panjareh_catalog.read_model.search import FOUND, Plan
from panjareh_common.clock import from_wire, to_wire
from panjareh_common.database import Connection, Database
from panjareh_common.event_store import UnitOfWork
from panjareh_common.paging import from_cursor, page

_WRITE = """
INSERT INTO public_service (code, version, authority, card, life_events, title, search, published_at,
                            standing, reason, suspended_until, successor, parent)
SELECT code, version, authority, card, life_events, title, search, published_at,
       standing, reason, suspended_until, successor, parent
FROM json_populate_recordset(NULL::public_service, %s)
ON CONFLICT (code) DO UPDATE SET
    version = excluded.version, card = excluded.card, life_events = excluded.life_events,
    title = excluded.title, search = excluded.search, published_at = excluded.published_at,
    standing = excluded.standing, reason = excluded.reason,
    suspended_until = excluded.suspended_until, successor = excluded.successor,
    parent = excluded.parent
WHERE public_service.version <= excluded.version
"""
_COLUMNS = """
service.code, service.version, service.card, service.published_at, service.standing, service.reason,
service.suspended_until, service.successor, authority.code AS authority, authority.name AS authority_name
"""
_SERVICE = "(public_service AS service JOIN authority ON authority.code = service.authority)"
_ONE = f"SELECT {_COLUMNS} FROM {_SERVICE} WHERE service.code = %s"
_SOME = f"SELECT {_COLUMNS} FROM {_SERVICE} WHERE service.code = ANY(%s)"
_PARTS = """
SELECT code, card->'name' AS name FROM public_service
WHERE parent = %s AND standing = 'published' ORDER BY code
"""
_USE = "SELECT submitted, rated, rating_sum FROM service_use WHERE service_code = %s"
_EVERY = "found AS (SELECT code FROM service_facet)"
# Use and satisfaction raise or lower a hit by at most a quarter, as they stood when the search began. What was
# published since then comes after everything else, so that it moves nothing on pages that were read before.
_RANKED = """
SELECT facet.code, facet.published_at > %(moment)s AS late,
       found.fit * (1000 + boost_at(%(moment)s, used)) AS rank
FROM found JOIN service_facet AS facet USING (code)
LEFT JOIN service_use AS used ON used.service_code = facet.code
"""
_BY_RANK = """
SELECT * FROM hit
WHERE %(code)s::text IS NULL
   OR (late, -rank, code) > (%(late)s::boolean, -(%(rank)s::bigint), %(code)s)
ORDER BY late, rank DESC, code LIMIT %(limit)s
"""
_BY_CODE = """
SELECT * FROM hit WHERE %(code)s::text IS NULL OR code > %(code)s ORDER BY code LIMIT %(limit)s
"""
# One row at least, because the total is told of an empty page, too.
_PAGE = """
WITH {found}, hit AS MATERIALIZED ({hits}), shown AS ({shown})
SELECT counted.total, shown.*, {columns} FROM (SELECT count(*) AS total FROM hit) AS counted
LEFT JOIN (shown JOIN {service} ON service.code = shown.code) ON true ORDER BY {order}
"""
_POPULAR = f"""
SELECT {_COLUMNS} FROM (
    SELECT service_code AS code, submitted FROM service_use ORDER BY submitted DESC, code LIMIT 20
) AS used JOIN {_SERVICE} ON service.code = used.code
WHERE standing = 'published' ORDER BY submitted DESC, service.code LIMIT 5
"""
_LIFE_EVENTS = """
SELECT code, name, place, coalesce(services, 0) AS services FROM life_event
LEFT JOIN (SELECT unnest(life_events) AS code, count(*)::integer AS services
           FROM service_facet WHERE standing = 'published' GROUP BY 1) AS counted USING (code)
WHERE %(code)s::text IS NULL OR (place, code) > (%(place)s::integer, %(code)s)
ORDER BY place, code LIMIT %(limit)s
"""


class ServicesView:
    """Writes rows inside a unit of work; reads them for anyone, in their language."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def write(self, unit: UnitOfWork, service: PublicService) -> None:
        if service.card is None:
            return  # nothing of it was published, so nobody can find it
        card = service.card
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
            "standing": service.standing,
            "reason": service.reason,
            "suspended_until": service.suspended_until,
            "successor": service.successor,
            "parent": card.get("parent"),
        }
        unit.write(_WRITE, row)

    def find(
        self, *, q: str | None, after: str | None, limit: int, language: str, **query: Any
    ) -> dict[str, Any]:
        """`{items, next, total, did_you_mean, facets, suggestions}`: by code, or the best hit first where `q` says words.

        `query` has every name in `facets.CONDITIONS`, None for those that narrow nothing, `status`
        (`published`, `suspended`, `retired` or `any`), and `facets` (whether they are counted). A service that
        is changed while somebody leafs may be met again in its new form; none is lost. Raises SearchChanged.
        """
        with self._database.transaction() as connection:
            plan = search.read(connection, q) if q else None
            if plan is None:
                found, parameters = _EVERY, dict(query)
                answer = self._by_code(connection, parameters, after, limit)
            elif plan.meanings:
                found, parameters = FOUND, query | plan.parameters()
                answer = self._by_rank(connection, plan, parameters, after, limit)
            else:
                found, parameters = "found AS (SELECT '' AS code WHERE false)", dict(query)
                answer = {"items": [], "next": None, "total": 0}
            counted = query["facets"] or None
            return answer | {
                "items": [card_telling.row(item, language) for item in answer["items"]],
                "did_you_mean": plan.corrected if plan else None,
                "facets": counted and facets.count(connection, found, parameters, language),
                "suggestions": None
                if answer["total"]
                else _suggestions(connection, found, parameters, language),
            }

    def _by_code(
        self, connection: Connection, query: Mapping[str, Any], after: str | None, limit: int
    ) -> dict[str, Any]:
        (code,) = from_cursor(after, str) or (None,)
        hits = f"SELECT facet.code FROM service_facet AS facet WHERE {_where(query)}"
        statement = _page(_EVERY, hits, _BY_CODE, "shown.code")
        return _answer(
            connection, statement, {**query, "code": code}, limit, lambda row: (row["code"],)
        )

    def _by_rank(
        self,
        connection: Connection,
        plan: Plan,
        query: Mapping[str, Any],
        after: str | None,
        limit: int,
    ) -> dict[str, Any]:
        key = from_cursor(after, _flag, _number, str, from_wire, str)
        late, rank, code, moment, digest = key or (None, None, None, plan.moment, plan.digest)
        if digest != plan.digest:
            raise SearchChanged()
        wanted = {**query, "late": late, "rank": rank, "code": code, "moment": moment}
        statement = _page(
            FOUND, f"{_RANKED} WHERE {_where(query)}", _BY_RANK, "late, rank DESC, shown.code"
        )

        def key_of(row: dict[str, Any]) -> tuple[str, ...]:
            return (
                str(int(row["late"])),
                str(row["rank"]),
                row["code"],
                to_wire(moment),
                plan.digest,
            )

        return _answer(connection, statement, wanted, limit, key_of)

    def get(self, service_code: str, language: str) -> dict[str, Any]:
        """The newest published card of a service, wherever it stands. Raises UnknownService."""
        with self._database.connection() as connection:
            row = connection.execute(_ONE, (service_code,)).fetchone()
            if row is None:
                raise UnknownService(service_code=service_code)
            parts = connection.execute(_PARTS, (service_code,)).fetchall()
            use = connection.execute(_USE, (service_code,)).fetchone()
        return card_telling.whole(row, language, parts=parts, use=measured_use.told(use))

    def rows(self, service_codes: Sequence[str], language: str) -> dict[str, dict[str, Any]]:
        """Those that there are, by code, each as it stands in a list."""
        with self._database.connection() as connection:
            found = connection.execute(_SOME, (list(service_codes),)).fetchall()
        return {row["code"]: card_telling.row(row, language) for row in found}

    def life_events(self, *, after: str | None, limit: int, language: str) -> dict[str, Any]:
        """`{items, next}`: the vocabulary in its own order, each with how many published services it has."""
        place, code = from_cursor(after, _number, str) or (None, None)
        with self._database.connection() as connection:
            wanted = {"place": place, "code": code, "limit": limit + 1}
            rows = connection.execute(_LIFE_EVENTS, wanted).fetchall()
        found = page(rows, limit, lambda row: (str(row["place"]), row["code"]))
        return found | {"items": card_telling.in_language(found["items"], language)}


def _where(query: Mapping[str, Any]) -> str:
    return facets.where(facets.chosen(query))


def _page(found: str, hits: str, shown: str, order: str) -> str:
    return _PAGE.format(
        found=found, hits=hits, shown=shown, columns=_COLUMNS, service=_SERVICE, order=order
    )


def _answer(
    connection: Connection, statement: str, parameters: Mapping[str, Any], limit: int, key: Any
) -> dict[str, Any]:
    rows = connection.execute(statement, {**parameters, "limit": limit + 1}).fetchall()
    shown = [row for row in rows if row["code"] is not None]
    return page(shown, limit, key) | {"total": rows[0]["total"]}


def _flag(text: str) -> bool:
    return bool(int(text))


def _number(text: str) -> int:
    """Raises ValueError for one that no integer of the database holds: a cursor comes from outside."""
    number = int(text)
    if abs(number) >= 2**31:
        raise ValueError("too large")
    return number


def _suggestions(
    connection: Connection, found: str, query: Mapping[str, Any], language: str
) -> dict[str, Any]:
    """Where nothing was found: what would help, and what most people look for."""
    popular = connection.execute(_POPULAR).fetchall()
    return {
        "widen": facets.widen(connection, found, query),
        "popular": [card_telling.row(row, language) for row in popular],
    }
