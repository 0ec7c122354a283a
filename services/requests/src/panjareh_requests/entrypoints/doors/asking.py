"""Who may ask at the doors of requests, and how a command comes in."""

from __future__ import annotations

from panjareh_common.rpc.server import Call
from panjareh_common.security import CallerKind
from panjareh_requests.application.handling import Asked

OFFICER = CallerKind.OFFICER
# An officer is a person, too; whoever acts for another does what the mandate covers.
ANYONE = {CallerKind.PERSON, CallerKind.REPRESENTATIVE, CallerKind.OFFICER}


def asked(call: Call) -> Asked:
    return Asked(call.caller, call.cause(), call.key, call.language)
