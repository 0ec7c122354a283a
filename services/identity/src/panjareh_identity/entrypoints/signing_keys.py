"""The operators' door: `signing-keys` shows the schedule; `signing-keys withdraw KID REASON` ends a stolen key."""

from __future__ import annotations

import sys

from panjareh_common.clock import to_wire
from panjareh_common.event_store import Cause
from panjareh_common.refusals import NotFound
from panjareh_identity.wiring import wire

_CAUSE = Cause(actor="operator", role="operator", channel="internal", cause="withdraw")
_USAGE = "usage: python -m panjareh_identity signing-keys [withdraw KID REASON]"


def main(arguments: list[str]) -> None:
    match arguments:
        case []:
            kid, because = None, ""
        case ["withdraw", kid, because] if because.strip():
            pass
        case _:
            sys.exit(_USAGE)
    wiring = wire()
    wiring.foundation.open_databases()
    try:
        if kid is not None:
            wiring.signing_keys.withdraw(kid, because.strip(), _CAUSE)
        known = wiring.signing_keys.known()
    except NotFound:
        sys.exit(f"there never was a key {kid}; nothing was withdrawn")
    finally:
        wiring.foundation.close_databases()
    for times in known:
        signs = f"signs from {to_wire(times.not_before)} to {to_wire(times.signs_until)}"
        print(
            f"{times.kid} ({times.algorithm}): {signs}, believed until {to_wire(times.expires_at)}"
        )
