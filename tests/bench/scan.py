"""`python -m tests.bench.scan URL SHARE OF`: the limit of a rebuild, a cursor over the log that decodes.

Reads its share of the parts, in the order of streams; it folds nothing and writes nothing. Each line of its
input has it read everything once more, and is answered with the number of events: `all` decodes every
event, `read` only those of topics that the view of requests reads.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any, cast

import psycopg

from panjareh_common.projection import PARTS, to_events
from panjareh_requests.read_model.request_rows import RequestRows

_SCAN = """
SELECT NULL, stream, version, position, topic, CASE WHEN topic = ANY(%s) THEN state END, occurred_at
FROM event_p{part:02d} ORDER BY stream, version
"""
_PAGE = 5_000


def main(url: str, share: int, of: int) -> None:
    with psycopg.connect(url) as connection:
        print("ready", flush=True)
        for line in sys.stdin:
            topics = RequestRows.topics if line.strip() == "all" else RequestRows.reads
            parts = range(share, PARTS, of)
            print(sum(_read(connection, part, topics) for part in parts), flush=True)


def _read(connection: psycopg.Connection[tuple[Any, ...]], part: int, topics: Sequence[str]) -> int:
    count = 0
    with connection.cursor(f"part_{part}") as cursor:
        query = cast(Any, _SCAN.format(part=part))
        cursor.execute(query, (list(topics),), binary=True)
        while rows := cursor.fetchmany(_PAGE):
            count += len(to_events(rows))
    return count


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
