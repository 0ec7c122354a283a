"""The operators' door: `erase PERSON_ID` has a person forgotten, in every service and for ever. Safe to repeat."""

from __future__ import annotations

import sys
from uuid import UUID

from panjareh_common.event_store import Cause
from panjareh_common.refusals import NotFound
from panjareh_identity.wiring import wire

_CAUSE = Cause(actor="identity", role="service", channel="platform", cause="erase")


def main(arguments: list[str]) -> None:
    person_id = _person_id(arguments)
    wiring = wire()
    wiring.foundation.open_databases()
    try:
        erased = wiring.people.erase(person_id, cause=_CAUSE)
    except NotFound:
        sys.exit(f"there is no person {person_id}; nothing was erased")
    finally:
        wiring.foundation.close_databases()
    print(f"{person_id} {'erased' if erased else 'was erased before'}")


def _person_id(arguments: list[str]) -> UUID:
    try:
        (argument,) = arguments
        return UUID(argument)
    except ValueError:
        sys.exit("usage: python -m panjareh_identity erase PERSON_ID")
