"""`python -m tests.bench [ids…]`: measures, prints, and keeps the results.

Ends with 1 when a check fails (stored is not what was acknowledged, a counter is above its bound), and when
a benchmark breaks off; the others are still run and kept. A goal that is missed is said to be missed.
"""

from __future__ import annotations

import argparse
import json
import logging
import signal
import sys
import traceback
from pathlib import Path
from typing import Any

import structlog

from tests.bench import (
    append,
    campaign,
    cost,
    counters,
    following,
    group,
    load,
    rebuilding,
    rpc,
    search,
    signing_in,
    start,
    status,
)
from tests.bench.ground import Ground, ground
from tests.bench.machine import describe
from tests.bench.model import Prepare, judge_all, measure
from tests.bench.report import BEGIN, result, save, tables_of, write_tables

BENCHES: dict[str, Prepare] = {
    "B1a": append.prepare,
    "B1b": group.prepare,
    "B3": rpc.prepare,
    "B4": status.prepare,
    "B5": following.prepare,
    "B6": rebuilding.prepare,
    "B7": start.prepare,
    "B8": signing_in.prepare,
    "B9": cost.prepare,
    "B10": search.prepare,
    "B11": load.prepare,
    "B12": campaign.prepare,
    "counters": counters.prepare,
}


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main() -> int:
    arguments = _arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the servers are stopped
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    results: dict[str, Any] = {}
    broken: list[str] = []
    with ground(arguments.seconds, arguments.full) as here:
        machine = describe(here)
        say(json.dumps(machine, indent=1))
        for name in arguments.ids or BENCHES:
            try:
                results[name] = run(name, here, arguments.rounds, machine)
            except Exception:
                broken.append(name)
                traceback.print_exc()
            here.drop_databases()
            keep(arguments, results)
    print("\n".join(tables_of(results)))
    for name in broken:
        print(f"{name} broke off; why is said above.")
    wrong = [check for one in results.values() for check in one["checks"] if not check["ok"]]
    return 1 if wrong or broken else 0


def keep(arguments: argparse.Namespace, results: dict[str, Any]) -> None:
    """After each benchmark, so that nothing is lost of a run that is stopped."""
    everything = save(arguments.json, results) if arguments.json else results
    if arguments.table:
        write_tables(arguments.table, everything)


def run(name: str, here: Ground, rounds: int, machine: dict[str, Any]) -> dict[str, Any]:
    say(f"{name} …")
    with BENCHES[name](here) as bench:
        taken = measure(bench.cells, rounds, lambda text: say(f"{name} {text}"))
        checks = bench.checks()
        verdicts = list(judge_all(bench.comparisons, taken))
        return result(bench, taken, verdicts, checks, machine)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("ids", nargs="*", metavar="id", help=f"which: {', '.join(BENCHES)}; or all")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=1.0, help="length of one cell")
    parser.add_argument("--full", action="store_true", help="with the largest tables")
    parser.add_argument("--json", type=Path, help="adds the results to this file")
    parser.add_argument("--table", type=Path, help="writes the tables into this file")
    arguments = parser.parse_args()
    if unknown := set(arguments.ids) - set(BENCHES):
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}")
    if arguments.table and BEGIN not in arguments.table.read_text(encoding="utf-8"):
        parser.error(f"{arguments.table} has no place for the tables")
    return arguments


if __name__ == "__main__":
    sys.exit(main())
