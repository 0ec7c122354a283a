"""The operators' door to the directory: takes a file of authorities' systems and what they offer."""

from __future__ import annotations

import sys
from pathlib import Path

import yaml
from marshmallow import ValidationError

from panjareh_common.event_store import Cause
from panjareh_inquiry.schemas import ProvidersSchema
from panjareh_inquiry.wiring import wire

_OPERATOR = Cause(actor="operator", role="operator", channel="internal")


def main(arguments: list[str]) -> None:
    if len(arguments) != 1:
        sys.exit("usage: python -m panjareh_inquiry connect FILE")
    path = Path(arguments[0])
    try:
        wanted = ProvidersSchema().load(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, yaml.YAMLError, ValidationError) as cause:
        sys.exit(f"{path}: nothing was taken: {cause}")
    wiring = wire()
    wiring.foundation.open_databases()
    news = wiring.offers.connect(wanted["providers"], wanted["withdrawn"], _OPERATOR)
    wiring.foundation.close_databases()
    for provider in wanted["providers"]:
        offers = ", ".join(offer["name"] for offer in provider["evidence_types"])
        print(f"connected {provider['code']}: {offers}")
    for name in wanted["withdrawn"]:
        print(f"withdrawn {name}")
    print(f"others are told of: {', '.join(news) or 'nothing new'}")
