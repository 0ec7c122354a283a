"""What a list of services is narrowed by, and how many there would be: the facets of the catalogue (C1).

The count of a value is the number of services that were found if one chose that value, with everything else
that was chosen left as it is. So a value that was chosen has the count of the list, and its neighbours say what
changing to them would give. Of authorities those below count with the one above; of assurance levels all that
need no more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from panjareh_catalog.read_model.diff_vocabulary import VALUES
from panjareh_common.database import Connection

CONDITIONS = {
    "authority": "facet.authority IN (SELECT authorities_under(%(authority)s))",
    "life_event": "facet.life_events @> ARRAY[%(life_event)s::text]",
    "audience": "facet.audiences @> ARRAY[%(audience)s::text]",
    "channel": "facet.channels @> ARRAY[%(channel)s::text]",
    "smart": "facet.smart = %(smart)s::boolean",
    "loa": "facet.required_loa <= %(loa)s::integer",
}
"""What each may narrow a list by, as a condition on `service_facet AS facet`."""

STANDING = "(%(status)s = 'any' OR facet.standing = %(status)s)"
_WORDS = {"audience": VALUES, "channel": VALUES}
"""Facets whose values have a title in no table."""

MOST_VALUES = 100
"""Of each facet, those with the most services."""

# Most services share what they have with many others, so equal ones are counted before they are taken apart.
_OF_EACH = """
    SELECT '{facet}', value, sum(services)::integer FROM (
        SELECT {column}, count(*) AS services FROM {{counted}} GROUP BY {column}
    ) AS alike, unnest({column}) AS value GROUP BY value"""

# Each facet's values with their counts; `counted` are the services under every other condition. An authority's
# services count for everyone above it, too; the tree has no circles.
_VALUES = {
    "authority": """
    SELECT 'authority' AS facet, above AS value, sum(services)::integer AS services FROM (
        WITH RECURSIVE climbed AS (
            SELECT authority AS above, count(*) AS services FROM {counted} GROUP BY authority
            UNION ALL
            SELECT authority.parent, climbed.services
            FROM climbed JOIN authority ON authority.code = climbed.above
            WHERE authority.parent IS NOT NULL
        ) SELECT * FROM climbed
    ) AS everyone GROUP BY above""",
    "life_event": _OF_EACH.format(facet="life_event", column="life_events"),
    "audience": _OF_EACH.format(facet="audience", column="audiences"),
    "channel": _OF_EACH.format(facet="channel", column="channels"),
    "smart": """
    SELECT 'smart', smart::text, count(*)::integer FROM {counted} GROUP BY smart""",
    "loa": """
    SELECT 'loa', level::text, sum(services)::integer FROM (
        SELECT required_loa, count(*) AS services FROM {counted} GROUP BY required_loa
    ) AS alike JOIN generate_series(1, 4) AS level ON required_loa <= level GROUP BY level""",
}


def chosen(query: Mapping[str, Any]) -> list[str]:
    """The names of the facets that a query narrows by."""
    return [name for name in CONDITIONS if query[name] is not None]


def where(names: list[str]) -> str:
    """The condition that all of these are met, and that the service stands as it is asked for."""
    return " AND ".join([STANDING, *(CONDITIONS[name] for name in names)])


def count(
    connection: Connection, found: str, parameters: Mapping[str, Any], language: str
) -> dict[str, list[dict[str, Any]]]:
    """Every facet with its values, the most services first. `found`: SQL that defines `found (code)`."""
    names = chosen(parameters)
    branches = " UNION ALL ".join(
        values.format(counted=_under(other for other in names if other != facet))
        for facet, values in _VALUES.items()
    )
    statement = f"""
    WITH {_candidates(found, names)}
    SELECT facet, value, services, title FROM (
        SELECT *, row_number() OVER (PARTITION BY facet ORDER BY services DESC, value) AS place
        FROM ({branches}) AS counted
    ) AS placed LEFT JOIN LATERAL (
        SELECT name AS title FROM authority WHERE facet = 'authority' AND code = value
        UNION ALL SELECT name FROM life_event WHERE facet = 'life_event' AND code = value
    ) AS titled ON true
    WHERE place <= {MOST_VALUES} ORDER BY facet, services DESC, value
    """
    facets: dict[str, list[dict[str, Any]]] = {facet: [] for facet in CONDITIONS}
    for row in connection.execute(statement, parameters):
        told = row["title"] or _WORDS.get(row["facet"], {}).get(row["value"])
        title = told and (told.get(language) or told["fa"])
        value = {"value": row["value"], "title": title, "count": row["services"]}
        facets[row["facet"]].append(value)
    return facets


def widen(
    connection: Connection, found: str, parameters: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """For each facet that was chosen, how many services there would be without it; those with any."""
    names = chosen(parameters)
    if not names:
        return []
    counts = ", ".join(
        f"(SELECT count(*) FROM {_under(other for other in names if other != name)}) AS {name}"
        for name in names
    )
    statement = f"WITH {_candidates(found, names)} SELECT {counts}"
    row = connection.execute(statement, parameters).fetchone() or {}
    return [{"facet": name, "count": row[name]} for name in names if row[name]]


def _candidates(found: str, names: list[str]) -> str:
    """Every service that is found, and for each condition whether it is met."""
    met = "".join(f", ({CONDITIONS[name]}) AS met_{name}" for name in names)
    return f"""{found}, candidate AS MATERIALIZED (
        SELECT facet.*{met} FROM found JOIN service_facet AS facet USING (code) WHERE {STANDING}
    )"""


def _under(names: Iterator[str]) -> str:
    conditions = " AND ".join(f"met_{name}" for name in names)
    return f"(SELECT * FROM candidate WHERE {conditions or 'true'}) AS counted"
