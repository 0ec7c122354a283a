"""The operators' door of catalog: `publish PATH…` brings in authorities and public services from YAML files."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from panjareh_catalog.adapters.card_files import Content, gather, read_all
from panjareh_catalog.application.catalogue import Catalogue
from panjareh_catalog.domain.refusals import (
    AuthoritiesInCircle,
    AuthorityFixed,
    UnknownAuthority,
)
from panjareh_catalog.domain.values import Fault
from panjareh_catalog.wiring import wire
from panjareh_common.event_store import Cause

_OPERATOR = Cause(actor="operator", role="operator", channel="internal")


def main(arguments: list[str]) -> None:
    if not arguments:
        sys.exit("usage: python -m panjareh_catalog publish FILE_OR_FOLDER…")
    contents = read_all(gather(Path(argument) for argument in arguments))
    wiring = wire()
    wiring.foundation.open_databases()
    complete = publish(wiring.catalogue, contents)
    wiring.foundation.close_databases()
    if not complete:
        sys.exit(1)


def publish(catalogue: Catalogue, contents: Sequence[Content]) -> bool:
    """Publishes every file that has no fault, authorities first, and says what came of each.

    False when some file had a fault; nothing of that file was published.
    """
    faulty = False
    for content in sorted(contents, key=lambda content: not content.authorities):
        faults = list(content.faults)
        try:
            for line in _lines(catalogue, content):
                print(line)
        except (UnknownAuthority, AuthorityFixed, AuthoritiesInCircle) as refusal:
            pointer = "/authorities" if content.authorities else "/authority"
            faults.append(Fault(pointer, str(refusal)))
        for fault in faults:
            faulty = True
            where = f"{content.file}: {fault.pointer}" if fault.pointer else str(content.file)
            print(f"{where}: {fault.detail}", file=sys.stderr)
    return not faulty


def _lines(catalogue: Catalogue, content: Content) -> Iterator[str]:
    if content.authorities:
        for code, changed in catalogue.keep_authorities(content.authorities, _OPERATOR):
            yield f"{'kept' if changed else 'unchanged'} authority {code}"
    if content.card is not None:
        done = catalogue.publish(content.card, _OPERATOR)
        yield f"{'published' if done.is_new else 'unchanged'} {done.service_code} v{done.version}"
