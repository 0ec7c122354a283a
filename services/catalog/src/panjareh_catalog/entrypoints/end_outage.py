"""The operators' door `end-outage OUTAGE_ID`: it is over."""

from __future__ import annotations

import sys
from uuid import UUID

from panjareh_catalog.entrypoints.announce_outage import OPERATOR
from panjareh_catalog.wiring import wire
from panjareh_common.refusals import Refusal


def main(arguments: list[str]) -> None:
    try:
        (outage_id,) = map(UUID, arguments)
    except ValueError:
        sys.exit("usage: python -m panjareh_catalog end-outage OUTAGE_ID")
    wiring = wire()
    wiring.foundation.open_databases()
    try:
        done = wiring.outage_parts.announcing.end_by_operators(outage_id, OPERATOR)
    except Refusal as refusal:
        sys.exit(str(refusal))
    finally:
        wiring.foundation.close_databases()
    print(f"{done['state']} {done['outage_id']}")
