# ruff: noqa: E402  # green comes before everything that reaches for threads or for psycopg
"""Tells every remote method of every service class, with its schemas, as JSON: for generate_contracts.py.

A program of its own, because Nameko's classes change what threads are.
"""

from __future__ import annotations

import importlib

importlib.import_module("panjareh_common.green")

import json
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin

from panjareh_common.schemas import Timestamp
from panjareh_common.settings import SERVICES


def read_doors() -> dict[str, Any]:
    found: dict[str, Any] = {"doors": {}, "schemas": {}}
    for service in SERVICES:
        module = importlib.import_module(f"panjareh_{service}.entrypoints.rpc")
        plugin = MarshmallowPlugin(schema_name_resolver=lambda _: None)
        spec = APISpec(service, "1", "3.1.0", plugins=[plugin])
        plugin.map_to_openapi_type(Timestamp, "string", "date-time")
        service_class = next(
            member
            for member in vars(module).values()
            if isinstance(member, type) and getattr(member, "name", None) == service
        )
        found["doors"][service] = doors_of(service, service_class, spec)
        found["schemas"] |= spec.to_dict()["components"].get("schemas", {})
    return found


def doors_of(service: str, service_class: type, spec: Any) -> dict[str, Any]:
    doors: dict[str, Any] = {}
    for name in sorted(dir(service_class)):
        door = getattr(getattr(service_class, name), "door", None)
        if door is None:
            continue
        doors[name] = {
            "takes": _component(spec, f"{service}.{name}.takes", door.takes),
            "gives": _component(spec, f"{service}.{name}.gives", door.gives),
            "callers": sorted(door.callers),
            "about": _first_sentence(getattr(service_class, name).__doc__),
        }
    return doors


def _component(spec: Any, name: str, schema: Any) -> str | None:
    if schema is None:
        return None
    spec.components.schema(name, schema=schema)
    return name


def _first_sentence(docstring: str | None) -> str | None:
    return " ".join(docstring.split()) if docstring else None


if __name__ == "__main__":
    print(json.dumps(read_doors()))
