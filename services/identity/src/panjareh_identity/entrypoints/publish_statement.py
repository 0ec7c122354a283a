"""The operators' door: `publish-statement FILE` publishes a version of the privacy statement. Safe to repeat."""

from __future__ import annotations

import sys
from pathlib import Path

import yaml

from panjareh_common.event_store import Cause
from panjareh_common.refusals import InvalidInput, Refusal
from panjareh_common.schemas import load
from panjareh_identity.domain.privacy_statement import Statement
from panjareh_identity.schemas.privacy import PublishStatementSchema
from panjareh_identity.wiring import wire

_CAUSE = Cause(actor="identity", role="service", channel="platform", cause="publish_statement")


def main(arguments: list[str]) -> None:
    if len(arguments) != 1:
        sys.exit("usage: python -m panjareh_identity publish-statement FILE")
    statement = read(Path(arguments[0]))
    wiring = wire()
    wiring.foundation.open_databases()
    try:
        published = wiring.privacy_statements.publish(statement, cause=_CAUSE)
    except Refusal as refusal:
        sys.exit(f"version {statement.version} was not published: {refusal}")
    finally:
        wiring.foundation.close_databases()
    said = "published" if published else "was published before"
    print(f"privacy statement, version {statement.version}: {said}")


def read(path: Path) -> Statement:
    """The version in a file. Ends the process with a sentence when the file cannot be meant."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        statement: Statement = load(PublishStatementSchema(), content)
    except OSError as fault:
        sys.exit(f"{path} cannot be read: {fault.strerror}")
    except yaml.YAMLError as fault:
        sys.exit(f"{path} is no YAML: {fault}")
    except InvalidInput as refusal:
        points = "; ".join(f"{each['pointer']}: {each['detail']}" for each in refusal.errors)
        sys.exit(f"{path} does not fit: {points}")
    return statement
