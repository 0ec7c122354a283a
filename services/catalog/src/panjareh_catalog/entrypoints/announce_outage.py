"""The operators' door `announce-outage FILE`: an outage of the platform or a part of it, also while nobody can sign in."""

from __future__ import annotations

import sys
from pathlib import Path

from panjareh_catalog.schemas.register_files import RegisterUnfit, read_outage
from panjareh_catalog.wiring import wire
from panjareh_common.event_store import Cause
from panjareh_common.refusals import Refusal

OPERATOR = Cause(actor="operator", role="operator", channel="internal")


def main(arguments: list[str]) -> None:
    if len(arguments) != 1:
        sys.exit("usage: python -m panjareh_catalog announce-outage FILE")
    try:
        command = read_outage(Path(arguments[0]))
    except RegisterUnfit as unfit:
        sys.exit(str(unfit))
    wiring = wire()
    wiring.foundation.open_databases()
    try:
        done = wiring.outage_parts.announcing.announce_by_operators(command, OPERATOR)
    except Refusal as refusal:
        sys.exit(f"{arguments[0]}: {refusal}")
    finally:
        wiring.foundation.close_databases()
    print(f"{done['state']} {done['outage_id']}")
