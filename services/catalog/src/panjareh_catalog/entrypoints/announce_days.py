"""The operators' door `announce-days FILE`: days closed or worked over what was computed, all of the file or nothing."""

from __future__ import annotations

import sys
from pathlib import Path

from panjareh_catalog.schemas.register_files import RegisterUnfit, read_days
from panjareh_catalog.wiring import wire
from panjareh_common.event_store import Cause
from panjareh_common.refusals import Refusal

_OPERATOR = Cause(actor="operator", role="operator", channel="internal")


def main(arguments: list[str]) -> None:
    if len(arguments) != 1:
        sys.exit("usage: python -m panjareh_catalog announce-days FILE")
    try:
        said = read_days(Path(arguments[0]))
    except RegisterUnfit as unfit:
        sys.exit(str(unfit))
    wiring = wire()
    wiring.foundation.open_databases()
    try:
        done = wiring.authority_parts.days.say(said, _OPERATOR)
    except Refusal as refusal:
        sys.exit(f"{arguments[0]}: {refusal}")
    finally:
        wiring.foundation.close_databases()
    for scope, day, changed in done:
        print(f"{'announced' if changed else 'unchanged'} {day} {scope or 'everywhere'}")
