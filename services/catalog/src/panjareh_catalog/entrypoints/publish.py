"""The operators' door of catalog: `publish PATH…` brings in authorities, life events and public services from files."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from panjareh_catalog.adapters.card_files import gather, read_files
from panjareh_catalog.application.bulk import BulkImport, Incoming, Outcome, PlacedFault, RunRefused
from panjareh_catalog.wiring import wire
from panjareh_common.event_store import Cause
from panjareh_common.refusals import Unavailable

_OPERATOR = Cause(actor="operator", role="operator", channel="internal")


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(
        "python -m panjareh_catalog publish",
        description="Bring in authorities, life events and public services: all of them, or none.",
    )
    parser.add_argument(
        "paths", nargs="+", type=Path, metavar="PATH", help="a file, or a folder of them"
    )
    parser.add_argument(
        "--check", action="store_true", help="only say what is wrong; store nothing"
    )
    asked = parser.parse_args(arguments)
    incoming = read_files(gather(asked.paths))
    wiring = wire()
    wiring.foundation.open_databases()
    complete = publish(wiring.bulk, incoming, only_check=asked.check)
    wiring.foundation.close_databases()
    if not complete:
        sys.exit(1)


def publish(bulk: BulkImport, incoming: Sequence[Incoming], *, only_check: bool = False) -> bool:
    """Brings a run in and says what came of it. False when there was a fault: then nothing was stored."""
    try:
        outcome = bulk.bring_in(incoming, _OPERATOR, only_check=only_check)
    except RunRefused as refused:
        for fault in refused.faults:
            print(_said(fault), file=sys.stderr)
        print(f"nothing was stored: {len(refused.faults)} points to correct", file=sys.stderr)
        return False
    except Unavailable as refusal:  # another run is being stored
        print(f"nothing was stored: {refusal.message}", file=sys.stderr)
        return False
    for line in _lines(outcome):
        print(line)
    if only_check:
        print("this was a check: nothing was stored")
    return True


def _said(placed: PlacedFault) -> str:
    """`file:line: pointer: sentence`, which editors can jump to."""
    where = placed.file if placed.line is None else f"{placed.file}:{placed.line}"
    pointer = f" {placed.fault.pointer}:" if placed.fault.pointer else ""
    return f"{where}:{pointer} {placed.fault.detail}"


def _lines(outcome: Outcome) -> Iterator[str]:
    for code, changed in outcome.life_events:
        yield f"{'kept' if changed else 'unchanged'} life event {code}"
    for code, changed in outcome.authorities:
        yield f"{'kept' if changed else 'unchanged'} authority {code}"
    for done in outcome.services:
        yield f"{'published' if done.is_new else 'unchanged'} {done.service_code} v{done.version}"
