"""The operators' door `verify-log`, the same for every service: does its log still say what it said."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

import psycopg
from psycopg.rows import dict_row

from panjareh_common.security.tokens import TokenVerifier
from panjareh_common.settings import (
    JWKS,
    TREE_HEADS_DIR,
    TSA_CERTIFICATES,
    Settings,
    service_database_url,
)
from panjareh_common.transparency.heads import HeadFile
from panjareh_common.transparency.verify import Finding, Kind, LogCheck

_LISTED = 1000  # findings in one JSON document
_LONGEST_LINE = 8192
_NOT_CHECKED = 2


def main(service: str, arguments: list[str]) -> None:
    """Exit 0 when all fits, 1 with findings, 2 when it could not be checked."""
    asked = _parser(service).parse_args(arguments)
    settings = Settings(JWKS, TREE_HEADS_DIR, TSA_CERTIFICATES)
    folder: str = settings[TREE_HEADS_DIR]
    file: Path | None = asked.heads
    if file is None and folder:
        file = HeadFile(Path(folder), service).path
    began = time.monotonic()
    with ExitStack() as stack:
        # The heads first: what is signed while we read is about a tree that we have not seen.
        heads = _open(stack, file, asked_for=asked.heads is not None)
        try:
            connection = stack.enter_context(
                psycopg.connect(
                    service_database_url(service),
                    autocommit=True,
                    connect_timeout=5,
                    row_factory=dict_row,
                )
            )
            # Many small look-ups look dear to the planner; compiling each would take longer than they do.
            connection.execute("SET jit = off")
            verifier = TokenVerifier(settings[JWKS])
            check = LogCheck(service, connection, verifier, heads, settings[TSA_CERTIFICATES])
            found, listed = 0, list[dict[str, Any]]()
            for finding in _findings(check, file, heads):
                found += 1
                if not asked.json:
                    print(f"{service}: {finding}", flush=True)
                elif found <= _LISTED:
                    listed.append(finding.as_json())
        except psycopg.Error as cause:
            _could_not(f"the log of {service} could not be read: {cause}")
    seconds = time.monotonic() - began
    if asked.json:
        told = {
            "service": service,
            "fits": found == 0,
            "found": found,
            "findings": listed,
            "checked": check.checked.as_json(),
            "heads_file": str(file) if file else None,
            "seconds": round(seconds, 3),
        }
        print(json.dumps(told, ensure_ascii=False))
    else:
        print(f"{service}: {_summary(check, found, seconds)}")
    sys.exit(1 if found else 0)


def _parser(service: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"python -m panjareh_{service} verify-log",
        description="Check the event log against its hash chains, its tree and its signed heads.",
    )
    parser.add_argument(
        "--heads",
        type=Path,
        metavar="FILE",
        help="signed heads, one a line; otherwise those in PANJAREH_TREE_HEADS_DIR",
    )
    parser.add_argument("--json", action="store_true", help="answer with one JSON document")
    return parser


def _findings(
    check: LogCheck, file: Path | None, heads: Iterator[bytes] | None
) -> Iterator[Finding]:
    yield from check.findings()
    if file is not None and heads is None and check.checked.leaves:
        yield Finding(Kind.HEADS_MISSING, f"there is a tree, and no file {file}")


def _open(stack: ExitStack, file: Path | None, *, asked_for: bool) -> Iterator[bytes] | None:
    if file is None:
        return None
    try:
        return _lines(stack.enter_context(file.open("rb")))
    except FileNotFoundError:
        if asked_for:
            _could_not(f"there is no file {file}; name one with signed heads, one a line")
        return None
    except OSError as cause:
        _could_not(f"{file} cannot be read: {cause.strerror}")


def _lines(opened: BinaryIO) -> Iterator[bytes]:
    """The lines that are there now; one without an end is still being written, and was not kept."""
    left = opened.seek(0, 2)
    opened.seek(0)
    return _lines_of(opened, left)


def _lines_of(opened: BinaryIO, left: int) -> Iterator[bytes]:
    while left > 0:
        line = opened.readline(_LONGEST_LINE)
        left -= len(line)
        whole = line.endswith(b"\n") or len(line) == _LONGEST_LINE
        if left < 0 or not whole:
            return
        if line.strip():
            yield line


def _summary(check: LogCheck, found: int, seconds: float) -> str:
    checked = check.checked
    parts = [f"{checked.events} events in {checked.streams} streams, {checked.leaves} in the tree"]
    if checked.waiting:
        parts.append(f"{checked.waiting} wait to be added")
    if checked.last_head_size is None:
        parts.append("no signed heads to compare with, so a log made again whole would not be seen")
    else:
        parts.append(
            f"{checked.heads} signed heads, the last of {checked.last_head_at} "
            f"over {checked.last_head_size} events"
        )
    if checked.stamps:
        parts.append(f"{checked.stamps} time stamps{_how_far(check)}")
    verdict = "everything fits" if not found else f"{found} findings"
    return f"{'; '.join(parts)}; {verdict} ({seconds:.1f} s)"


def _how_far(check: LogCheck) -> str:
    if not check.roots:
        return f", not checked without {TSA_CERTIFICATES.name}"
    return f", {check.checked.stamps_fitting} of which fit"


def _could_not(why: str) -> NoReturn:
    print(why, file=sys.stderr)
    sys.exit(_NOT_CHECKED)
