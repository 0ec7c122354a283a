"""The operators' door: `appoint FILE` registers and appoints the officers of a YAML list. Safe to repeat."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from panjareh_common.event_store import Cause
from panjareh_common.refusals import InvalidInput, Refusal
from panjareh_common.schemas import load
from panjareh_identity.application.commands import AppointOfficer
from panjareh_identity.schemas.people import OfficersSchema
from panjareh_identity.wiring import wire

_CAUSE = Cause(actor="identity", role="service", channel="platform", cause="appoint")


def main(arguments: list[str]) -> None:
    if len(arguments) != 1:
        sys.exit("usage: python -m panjareh_identity appoint FILE")
    commands = read(Path(arguments[0]))
    wiring = wire()
    wiring.foundation.open_databases()
    left_out = 0
    for place, command in enumerate(commands, start=1):
        try:
            done = wiring.people.appoint(command, cause=_CAUSE)
        except Refusal as refusal:
            left_out += 1
            print(
                f"{command.authority}: officer {place} of the list not appointed: {_why(refusal)}"
            )
        else:
            roles = ", ".join(done.roles)
            print(f"{done.authority}: {done.person_id} {done.change} as {roles}")
    wiring.foundation.close_databases()
    if left_out:
        sys.exit(f"{left_out} of {len(commands)} not appointed; correct the list and repeat")


def read(path: Path) -> list[AppointOfficer]:
    """The officers of a list. Ends the process with a sentence when the file cannot be meant."""
    try:
        content = _plain(yaml.safe_load(path.read_text(encoding="utf-8")))
        commands: list[AppointOfficer] = load(OfficersSchema(), content)["officers"]
    except OSError as fault:
        sys.exit(f"{path} cannot be read: {fault.strerror}")
    except yaml.YAMLError as fault:
        sys.exit(f"{path} is no YAML: {fault}")
    except InvalidInput as refusal:
        sys.exit(f"{path} does not fit: {_why(refusal)}")
    return commands


def _plain(content: Any) -> Any:
    """YAML makes a date of an unquoted one; the list means the text."""
    if isinstance(content, dict):
        return {key: _plain(value) for key, value in content.items()}
    if isinstance(content, list):
        return [_plain(value) for value in content]
    return content.isoformat() if isinstance(content, date) else content


def _why(refusal: Refusal) -> str:
    if isinstance(refusal, InvalidInput):
        return "; ".join(f"{error['pointer']}: {error['detail']}" for error in refusal.errors)
    return str(refusal)
