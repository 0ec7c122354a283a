"""Writes a view again from the events while the service runs: `rebuild requests`."""

from __future__ import annotations

import sys

from panjareh_requests.read_model.requests_view import VIEW, rebuild
from panjareh_requests.wiring import wire


def main(arguments: list[str]) -> None:
    if arguments != [VIEW]:
        sys.exit(f"usage: python -m panjareh_requests rebuild {VIEW}")
    wiring = wire()
    wiring.foundation.open_databases()
    total = rebuild(wiring.foundation.log, wiring.view)
    wiring.foundation.close_databases()
    print(f"{total} requests written again")
