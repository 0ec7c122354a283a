"""What a probe costs follows from what is announced now, not from everything that ever was."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from panjareh_catalog.read_model.availability import _COUNT
from panjareh_common.database import Database

_OLD_OUTAGES = """
INSERT INTO outage (outage_id, version, kind, said_by, source, services, authorities, channels, starts_at, ends_at,
                    partial, explanation, announced_at, changed_at)
SELECT gen_random_uuid(), 1, 'planned', 'police', 'people', '{DRV-001}', '{}', '{}',
       now() - number * interval '1 day', now() - number * interval '1 day' + interval '1 hour',
       false, '{}', now(), now()
FROM generate_series(100, 3000) AS number
"""
_WATCHED = """
WITH named AS (INSERT INTO authority (code, name) VALUES ('mcit', '{}')),
offered AS (
    INSERT INTO probed_channel (service_code, channel, address, authority)
    VALUES ('window', 'sms', 'https://a.test', 'mcit')
) SELECT 1
"""


def passed_over(plan: dict[str, Any]) -> int:
    """How many rows were read for nothing, in a plan and all that is below it."""
    return plan.get("Rows Removed by Filter", 0) + sum(map(passed_over, plan.get("Plans", [])))


def test_a_probe_does_not_go_through_every_outage_that_ever_was(empty_catalogue: Database) -> None:
    at = datetime.now(UTC)
    probe = {"address": "https://a.test", "authority": "mcit", "answered": True}
    told = json.dumps([probe | {"day": at.date().isoformat(), "at": at.isoformat()}])
    with empty_catalogue.connection() as connection:
        connection.execute(_OLD_OUTAGES)
        connection.execute(_WATCHED)
        connection.execute("ANALYZE outage")
        explain = f"EXPLAIN (ANALYZE, FORMAT JSON) WITH counted AS ({_COUNT}) SELECT 1"
        row = connection.execute(explain, (told,)).fetchone()
        counted = connection.execute("SELECT asked FROM availability_day").fetchall()

    assert row is not None
    assert passed_over(row["QUERY PLAN"][0]["Plan"]) < 100
    assert counted == [{"asked": 1}]
