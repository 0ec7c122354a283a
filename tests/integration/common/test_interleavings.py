"""No reader ever skips an event, in any order in which writers begin, wait, commit and fail.

The same schedules are played on the library's fast mode, which must fail them: so this test bites.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from panjareh_cli.local.servers import LocalServers
from tests.faults.core.interleaving import (
    Log,
    Outcome,
    Stage,
    follow_all_the_while,
    schedule,
    stage,
)
from tests.faults.core.ours import OurLog
from tests.faults.core.stock.log import StockLog

ROOT = Path(__file__).parents[3]
PROCESSES = 2
SECONDS = 3


@pytest.fixture
def played(database_url: str, servers: LocalServers) -> Iterator[Stage]:
    with stage(database_url, servers.database_url) as made:
        yield made


@pytest.fixture
def ours(database_url: str, played: Stage) -> Iterator[OurLog]:
    log = OurLog(database_url)
    played.build_gate(log.table)
    yield log
    log.close()


@pytest.fixture
def stock(database_url: str, played: Stage) -> Iterator[StockLog]:
    log = StockLog(database_url)
    played.build_gate(log.table)
    yield log
    log.close()


@pytest.mark.parametrize(
    ("of_parts", "schedules"), [(False, 250), (True, 100)], ids=["log", "projection"]
)
def test_hundreds_of_interleavings_skip_nothing(
    database_url: str, played: Stage, of_parts: bool, schedules: int
) -> None:
    ours = OurLog(database_url, of_parts=of_parts)
    played.build_gate(ours.table)
    stored = refused = 0
    for seed in range(schedules):
        actions = schedule(random.Random(seed))
        outcome = played.play(ours, actions)
        assert outcome.faults() == {}, f"schedule {seed}: {actions}"
        stored += len(outcome.stored)
        refused += sum(action[0] == "roll back" for action in actions)

    ours.close()
    assert stored > 3 * schedules
    assert refused > schedules / 2


def test_the_librarys_fast_mode_skips_events_in_the_same_interleavings(
    played: Stage, stock: StockLog
) -> None:
    skipping = []
    for seed in range(40):
        outcome = played.play(stock, schedule(random.Random(seed)))
        if outcome.faults():
            assert set(outcome.faults()) == {"skipped"}
            skipping.append(seed)

    assert skipping


def together(log: Log, kind: str, url: str) -> Outcome:
    """Processes that write for some seconds, and a follower all the while."""
    command = [sys.executable, "-m", "tests.faults.core.writers", kind, url]
    processes = [
        subprocess.Popen([*command, f"p{n}t", str(SECONDS)], cwd=ROOT, stdout=subprocess.PIPE)
        for n in range(PROCESSES)
    ]
    # Read in the background, or a full pipe would hold the process.
    with ThreadPoolExecutor(PROCESSES) as pool:
        said = [pool.submit(process.communicate) for process in processes]
        seen = follow_all_the_while(
            log, random.Random(1), lambda: not all(each.done() for each in said)
        )
        stored = [name for each in said for name in json.loads(each.result()[0])]
    assert [process.returncode for process in processes] == [0] * PROCESSES
    return Outcome(stored, seen, log.ordered)


def test_processes_that_write_at_once_hide_nothing_from_a_follower(
    database_url: str, ours: OurLog
) -> None:
    outcome = together(ours, "ours", database_url)

    assert outcome.faults() == {}
    assert len(outcome.stored) > 500


def test_the_librarys_fast_mode_hides_events_from_a_follower(
    database_url: str, stock: StockLog
) -> None:
    outcome = together(stock, "stock", database_url)

    assert outcome.skipped


def test_a_transaction_in_another_database_delays_and_hides_nothing(
    played: Stage, ours: OurLog
) -> None:
    begun = [("begin", 1, [2]), ("begin elsewhere",), ("begin", 2, [1])]

    while_open = played.play(ours, [*begun, ("commit", 2), ("commit", 1)])
    after = played.play(ours, [("end elsewhere",)])

    younger, *older = while_open.stored
    assert [name for _, name in while_open.seen] == older
    assert [name for _, name in after.seen] == [younger]


def test_appends_of_one_transaction_have_positions_of_their_own_in_order(
    played: Stage, ours: OurLog
) -> None:
    outcome = played.play(ours, [("begin", 1, [3, 2, 1]), ("commit", 1)])

    assert outcome.faults() == {}
    assert [name for _, name in outcome.seen] == outcome.stored
    assert len({position >> 16 for position, _ in outcome.seen}) == 1, "one transaction"
