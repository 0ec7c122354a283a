"""The operators' door: `first-administrator PERSON_ID` begins the administration. It opens once, ever.

The person has signed up before, and the operator has seen them: so nothing personal stands in a command.
"""

from __future__ import annotations

import sys
from uuid import UUID

from panjareh_common.event_store import Cause
from panjareh_common.refusals import Refusal
from panjareh_identity.wiring import wire

_CAUSE = Cause(actor="identity", role="service", channel="platform", cause="first-administrator")


def main(arguments: list[str]) -> None:
    person_id = _person_id(arguments)
    wiring = wire()
    wiring.foundation.open_databases()
    try:
        wiring.staff.offices.begin_administration(person_id, cause=_CAUSE)
    except Refusal as refusal:
        sys.exit(f"{person_id} is not the first administrator: {refusal}")
    finally:
        wiring.foundation.close_databases()
    print(f"{person_id} is the first administrator of the platform")


def _person_id(arguments: list[str]) -> UUID:
    try:
        (argument,) = arguments
        return UUID(argument)
    except ValueError:
        sys.exit("usage: python -m panjareh_identity first-administrator PERSON_ID")
