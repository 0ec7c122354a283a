"""B10: finding services among 10,000: how fast, and how surely what is meant is found."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial

import psycopg

from panjareh_catalog.read_model.services_view import ServicesView
from panjareh_common.database import Database
from tests import big_catalogue
from tests.bench.ground import Ground
from tests.bench.intervals import percentile
from tests.bench.model import Bench, Cell, Check, Comparison, Reading
from tests.big_catalogue import LABELLED
from tests.finding import codes, find

OURS, ILIKE, FTS = "panjareh", "ILIKE", "full text, simple"
SIZES = (1_000, 10_000)
_FEW, _MANY = (f"a search, {size:,} services" for size in SIZES)
_FACETS, _LIST, _LIST_FACETS = "a search with facets", "the whole list", "the list with facets"
_WORN = "a search, after a year"
_HITS = 10
# What the peers find is what they are made for: nobody has to tell them what people mean.
_PEERS = {
    ILIKE: """
        SELECT code FROM public_service WHERE search ILIKE '%%' || %(q)s || '%%' ORDER BY code LIMIT 10""",
    FTS: """
        SELECT code FROM public_service, plainto_tsquery('simple', %(q)s) AS wanted
        WHERE to_tsvector('simple', search) @@ wanted
        ORDER BY ts_rank(to_tsvector('simple', search), wanted) DESC, code LIMIT 10""",
}
_FTS_INDEX = "CREATE INDEX ON public_service USING gin (to_tsvector('simple', search))"
# A year: every service published once more, a million requests and a hundred thousand ratings heard.
_A_YEAR = [
    "UPDATE public_service SET version = version + 1",
    """INSERT INTO heard_rating SELECT md5('feedback' || n)::uuid, code, 1 + n % 5, 1
       FROM generate_series(1, 100000) AS n
       JOIN (SELECT code, row_number() OVER () - 1 AS place FROM public_service) AS each ON place = n % 10000""",
    "UPDATE service_use SET submitted = 100, next_since = '-infinity'",
    "VACUUM ANALYZE",
]

Ask = Callable[[str], Sequence[str]]
"""The codes of the first ten that are found."""


@contextmanager
def prepare(ground: Ground) -> Iterator[Bench]:
    with ExitStack() as stack:
        few, many, worn = (
            _filled(ground, stack, name, size)
            for name, size in (("b10_few", SIZES[0]), ("b10", SIZES[1]), ("b10_worn", SIZES[1]))
        )
        _age(ground)
        peers = {who: _peer(ground, stack, statement) for who, statement in _PEERS.items()}
        cells = [
            Cell(OURS, _FEW, partial(_searches, ground, partial(_ours, few))),
            Cell(OURS, _MANY, partial(_searches, ground, partial(_ours, many))),
            Cell(OURS, _WORN, partial(_searches, ground, partial(_ours, worn))),
            Cell(OURS, _FACETS, partial(_searches, ground, partial(_ours, many, facets=True))),
            Cell(OURS, _LIST, partial(_searches, ground, lambda _: codes(find(many)))),
            Cell(
                OURS,
                _LIST_FACETS,
                partial(_searches, ground, lambda _: codes(find(many, facets=True))),
            ),
            *(Cell(who, _MANY, partial(_searches, ground, ask)) for who, ask in peers.items()),
        ]
        found = {OURS: _quality(partial(_ours, many))} | {
            who: _quality(ask) for who, ask in peers.items()
        }
        first, recall = found[OURS]
        yield Bench(
            "B10",
            f"{len(LABELLED)} labelled queries among 10,000 services",
            cells,
            [
                Comparison("p50_ms", (OURS, _MANY), (ILIKE, _MANY)),
                Comparison("p50_ms", (OURS, _MANY), (FTS, _MANY)),
                Comparison("p99_ms", (OURS, _MANY), goal=100, at_most=True),
                Comparison("p50_ms", (OURS, _WORN), (OURS, _MANY), 1.15, True),
            ],
            checks=lambda: [
                Check(
                    "panjareh: the first hit is meant, of all queries",
                    first >= 0.95,
                    f"{first:.1%}",
                ),
                Check("panjareh: recall among the first ten", recall >= 0.98, f"{recall:.1%}"),
            ],
            notes=[
                f"{who}: the first hit is meant in {first:.1%}, recall among the first ten {recall:.1%}."
                for who, (first, recall) in found.items()
            ],
            figures=("p50_ms", "p99_ms"),
        )


def _filled(ground: Ground, stack: ExitStack, name: str, size: int) -> ServicesView:
    url = ground.database(name, "catalog")
    big_catalogue.fill(url, big_catalogue.cards(size))
    database = Database(url, size=4)
    database.open()
    stack.callback(database.close)
    return ServicesView(database)


def _age(ground: Ground) -> None:
    url = ground.servers.database_url.rpartition("/")[0] + "/b10_worn"
    for statement in _A_YEAR:
        ground.change(statement, url)


def _peer(ground: Ground, stack: ExitStack, statement: str) -> Ask:
    """With an index of its own, on the same rows as ours, by a connection that stays open."""
    url = ground.servers.database_url.rpartition("/")[0] + "/b10"
    connection = stack.enter_context(psycopg.connect(url, autocommit=True))
    if statement is _PEERS[FTS]:
        connection.execute(_FTS_INDEX)
        connection.execute("ANALYZE public_service")

    def ask(q: str) -> list[str]:
        return [row[0] for row in connection.execute(statement.encode(), {"q": q}, prepare=True)]

    return ask


def _ours(view: ServicesView, q: str, *, facets: bool = False) -> list[str]:
    return codes(find(view, q, limit=_HITS, facets=facets))


def _searches(ground: Ground, ask: Ask) -> Reading:
    """Every query once, and again until the time is over."""
    times: list[float] = []
    until = time.perf_counter() + ground.seconds
    while not times or time.perf_counter() < until:
        for q in LABELLED:
            began = time.perf_counter()
            ask(q)
            times.append((time.perf_counter() - began) * 1000)
    return {"p50_ms": percentile(times, 50), "p99_ms": percentile(times, 99)}


def _quality(ask: Ask) -> tuple[float, float]:
    """The share of queries whose first hit is meant, and the mean share of what is meant among the first ten."""
    first = recall = 0.0
    for q, meant in LABELLED.items():
        found = ask(q)
        first += bool(found) and found[0] in meant
        recall += len({*found} & {*meant}) / len(meant)
    return first / len(LABELLED), recall / len(LABELLED)
