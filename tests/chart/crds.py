"""The operators' own schemas (CloudNativePG, RabbitMQ), from the folder that PANJAREH_SPECS_DIR names."""

from __future__ import annotations

import os
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from tests.chart.rendering import ROOT

_FOLDER = Path(os.environ.get("PANJAREH_SPECS_DIR", ROOT.parent / "shared/specs"))


@lru_cache
def _schemas() -> dict[tuple[str, str], dict[str, Any]]:
    files = sorted(_FOLDER.glob("crd-*.yaml"))
    if not files:
        pytest.skip(f"the operators' schemas are not in {_FOLDER} (PANJAREH_SPECS_DIR)")
    found = {}
    for file in files:
        definition = yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)["spec"]
        for version in definition["versions"]:
            key = (f"{definition['group']}/{version['name']}", definition["names"]["kind"])
            found[key] = _strict(version["schema"]["openAPIV3Schema"])
    return found


def _strict(schema: Any) -> Any:
    """With every property that is not named refused, as server-side validation does."""
    if isinstance(schema, list):
        return [_strict(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: _strict(value) for key, value in schema.items()}
    if schema.get("x-kubernetes-int-or-string"):
        made.pop("type", None)
    named = isinstance(schema.get("properties"), dict)
    free = schema.get("x-kubernetes-preserve-unknown-fields") or "additionalProperties" in schema
    if named and schema.get("type") == "object" and not free:
        made["additionalProperties"] = False
    return made


def faults_of_custom_objects(objects: Iterable[dict[str, Any]]) -> list[str]:
    """What the operators would not take. Skips the test where their schemas are not to be had."""
    schemas = _schemas()
    found = []
    for each in objects:
        schema = schemas.get((each["apiVersion"], each["kind"]))
        if schema is not None:
            without = {**each, "metadata": {}}
            found += [
                f"{each['kind']} {each['metadata']['name']}: {fault.json_path}: {fault.message}"
                for fault in jsonschema.Draft202012Validator(schema).iter_errors(without)
            ]
    return found
