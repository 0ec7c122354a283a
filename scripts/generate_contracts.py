"""Writes the contracts from the code: OpenAPI, AsyncAPI and the table of settings (`make docs`).

With --check nothing is written: exit 1 and the names of the files that are not as the code says.
The Nameko classes are read in a process of its own, because they change what threads are.
"""

from __future__ import annotations

import argparse
import importlib
import json
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import yaml

from panjareh_common.settings import SERVICES, all_settings
from panjareh_gateway.api.table import OPERATIONS
from panjareh_gateway.openapi import document, portable

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
DOORS = Path(__file__).with_name("read_doors.py")
SAMPLES = ROOT / "tests" / "contract" / "events"
_JSON = "application/json"
_CLOUD_EVENT = "application/cloudevents+json"
_AMQP = "0.3.0"


# OpenAPI


def openapi() -> str:
    return json.dumps(document(OPERATIONS), ensure_ascii=False, indent=2) + "\n"


# AsyncAPI


def listeners() -> dict[str, list[Any]]:
    """The subscriptions of every service that listens."""
    found: dict[str, list[Any]] = {}
    for service in SERVICES:
        name = f"panjareh_{service}.messaging.subscriptions"
        if (ROOT / "services" / service / "src" / f"{name.replace('.', '/')}.py").exists():
            found[service] = list(importlib.import_module(name).SUBSCRIPTIONS)
    return found


def publishers() -> dict[str, str]:
    """Each public message with the service that publishes it."""
    return {
        type_: service
        for service in SERVICES
        for type_, _ in importlib.import_module(
            f"panjareh_{service}.messaging.translation"
        ).PUBLISHED.values()
    }


def asyncapi() -> str:
    read = subprocess.run([sys.executable, str(DOORS)], check=True, capture_output=True, text=True)
    found = portable(json.loads(read.stdout))
    described: dict[str, Any] = {
        "asyncapi": "3.1.0",
        "info": {
            "title": "Panjareh between its services",
            "version": version("panjareh-common"),
            "description": (
                "Remote calls with their answers, and the events that services tell each other. "
                "Bodies of calls and answers are sealed with AES-256-GCM for the receiving service; "
                "the schemas describe what is inside. Events are CloudEvents 1.0, published at "
                "least once, in order within one subject; receivers drop repeats by `id`. "
                "`x-callers` lists who may call: `person` and `officer` by their own token, "
                "services by an assertion of theirs."
            ),
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": _JSON,
        "servers": {
            "broker": {
                "host": "rabbitmq:5672",
                "protocol": "amqp",
                "description": "RabbitMQ; its address is PANJAREH_AMQP_URL",
            }
        },
        "channels": {},
        "operations": {},
        "components": {"schemas": found["schemas"], "messages": {}},
    }
    for service, doors in found["doors"].items():
        for method, door in doors.items():
            _add_call(described, service, method, door)
    for type_, service in publishers().items():
        _add_event(described, type_, service)
    for service, subscriptions in listeners().items():
        for subscription in subscriptions:
            _add_listener(described, service, subscription)
    _add_broadcasts(described)
    return yaml.safe_dump(described, allow_unicode=True, sort_keys=False, width=100)


def _add_call(described: dict[str, Any], service: str, method: str, door: dict[str, Any]) -> None:
    name = f"{service}.{method}"
    messages = described["components"]["messages"]
    messages[f"{name}.call"] = {
        "name": f"{name}.call",
        "contentType": _JSON,
        "payload": {
            "type": "object",
            "required": ["payload", "token", "language", "channel"],
            "properties": {
                "payload": _schema(door["takes"]),
                "token": {"type": ["string", "null"], "description": "who asks: a signed JWT"},
                "language": {"enum": ["fa", "en"]},
                "channel": {"type": "string"},
                "key": {"type": ["string", "null"], "description": "the Idempotency-Key"},
            },
        },
        "correlationId": {"location": "$message.header#/correlation_id"},
    }
    messages[f"{name}.answer"] = {
        "name": f"{name}.answer",
        "contentType": _JSON,
        "payload": {
            "oneOf": [
                {
                    "type": "object",
                    "required": ["result"],
                    "properties": {"result": _schema(door["gives"])},
                },
                {"$ref": "#/components/schemas/Refused"},
                {"$ref": "#/components/schemas/Fault"},
            ]
        },
        "correlationId": {"location": "$message.header#/correlation_id"},
    }
    described["components"]["schemas"] |= {"Refused": _REFUSED, "Fault": _FAULT}
    described["channels"][name] = {
        "address": name,
        "messages": {"call": {"$ref": f"#/components/messages/{name}.call"}},
        "bindings": {
            "amqp": {
                "is": "routingKey",
                "exchange": {"name": "nameko-rpc", "type": "topic", "durable": True},
                "bindingVersion": _AMQP,
            }
        },
    }
    described["channels"][f"{name}.answer"] = {
        "address": None,
        "messages": {"answer": {"$ref": f"#/components/messages/{name}.answer"}},
    }
    operation: dict[str, Any] = {
        "action": "receive",
        "channel": {"$ref": f"#/channels/{name}"},
        "messages": [{"$ref": f"#/channels/{name}/messages/call"}],
        "reply": {
            "address": {"location": "$message.header#/reply_to"},
            "channel": {"$ref": f"#/channels/{name}.answer"},
            "messages": [{"$ref": f"#/channels/{name}.answer/messages/answer"}],
        },
        "tags": [{"name": service}],
        "x-callers": door["callers"],
    }
    if door["about"]:
        operation["summary"] = door["about"]
    described["operations"][name] = operation


def _schema(name: str | None) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"} if name else {"type": "object"}


_REFUSED = {
    "type": "object",
    "required": ["refusal"],
    "properties": {
        "refusal": {
            "type": "object",
            "required": ["code", "kind", "text", "details", "errors"],
            "properties": {
                "code": {"type": "string", "description": "stable; for programs"},
                "kind": {"type": "integer", "description": "the HTTP status that tells it"},
                "text": {"type": "string", "description": "for people, in the asked language"},
                "details": {"type": "object"},
                "errors": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "properties": {
                            "pointer": {"type": "string"},
                            "detail": {"type": "string"},
                        },
                    },
                },
            },
        }
    },
}
_FAULT = {"type": "object", "required": ["fault"], "properties": {"fault": {"const": True}}}


def _add_event(described: dict[str, Any], type_: str, service: str) -> None:
    sample = json.loads((SAMPLES / f"{type_}.json").read_text(encoding="utf-8"))
    described["components"]["messages"][type_] = {
        "name": type_,
        "contentType": _CLOUD_EVENT,
        "payload": {
            "type": "object",
            "required": [name for name in sample if name != "traceparent"],
            "properties": {
                name: _shape_of(value) if name == "data" else {"type": "string"}
                for name, value in sample.items()
            },
        },
        "examples": [{"name": "sample", "payload": sample}],
    }
    described["channels"][type_] = {
        "address": type_,
        "messages": {"event": {"$ref": f"#/components/messages/{type_}"}},
        "bindings": {
            "amqp": {
                "is": "routingKey",
                "exchange": {"name": "panjareh.events", "type": "topic", "durable": True},
                "bindingVersion": _AMQP,
            }
        },
    }
    described["operations"][f"{service}.publishes.{type_}"] = {
        "action": "send",
        "channel": {"$ref": f"#/channels/{type_}"},
        "messages": [{"$ref": f"#/channels/{type_}/messages/event"}],
        "tags": [{"name": service}],
    }


def _shape_of(data: dict[str, Any]) -> dict[str, Any]:
    """The first level of an event's data, as its sample shows it."""
    names: dict[type, str] = {
        str: "string", bool: "boolean", int: "integer", float: "number", list: "array", dict: "object",
    }  # fmt: skip
    return {
        "type": "object",
        "required": list(data),
        "properties": {
            name: {"type": names[type(value)]} if value is not None else {}
            for name, value in data.items()
        },
    }


def _add_listener(described: dict[str, Any], service: str, subscription: Any) -> None:
    for type_ in subscription.types:
        described["operations"][f"{subscription.name}.{type_}"] = {
            "action": "receive",
            "summary": f"queue `{subscription.name}`, each message once",
            "channel": {"$ref": f"#/channels/{type_}"},
            "messages": [{"$ref": f"#/channels/{type_}/messages/event"}],
            "tags": [{"name": service}],
        }


_BROADCASTS = {
    "session_ended.v1": "every process that checks tokens, beside its service's queue",
    "signing_key_published.v1": "every process that checks tokens, beside its service's queue",
    "person_erased.v1": "every process that may hold keys in memory, beside its service's queue",
}


def _add_broadcasts(described: dict[str, Any]) -> None:
    for type_, who in _BROADCASTS.items():
        described["operations"][f"everybody.on_{type_.partition('.')[0]}.{type_}"] = {
            "action": "receive",
            "summary": f"{who}, on a queue of its own while it runs",
            "channel": {"$ref": f"#/channels/{type_}"},
            "messages": [{"$ref": f"#/channels/{type_}/messages/event"}],
        }


# Settings

# What is read outside panjareh_common.settings: by the command line, the sandbox and libraries.
_OF_THE_EXCHANGE = (
    (
        "PANJAREH_PROVIDER_<NAME>_URL",
        "base address of an authority's system, where the providers' file names it as `${…}`",
        "",
        False,
    ),
)
_OF_THE_COMMAND_LINE = (
    ("PANJAREH_URL", "the gateway that `panjareh` speaks to, instead of the one on this machine", "the running local platform", False),
    ("PANJAREH_HOME", "data folder of the local platform", "`.panjareh` in the checkout", False),
    ("PANJAREH_CASES_DIR", "folder in which `panjareh cases` and `panjareh demo` look for real case logs", "the usual one beside the project", False),
    ("PANJAREH_TOKEN", "access token to use instead of signing in", "", True),
    ("PANJAREH_PASSWORD", "the applicant's password, where nobody can be asked for it", "", True),
    ("PANJAREH_OFFICER_NATIONAL_ID", "the officer who imports cases", "the sandbox's officer, where there is a sandbox", False),
    ("PANJAREH_OFFICER_PASSWORD", "that officer's password", "", True),
    ("PANJAREH_DATABASE_ADMIN_PASSWORD", "administrator's password of the database that the platform starts itself", "made at the first start", True),
    ("PANJAREH_AMQP_PASSWORD", "password of the broker that the platform starts itself", "made at the first start", True),
)  # fmt: skip
_OF_THE_SANDBOX = (
    ("PANJAREH_SANDBOX_URL", "the sandbox, where `panjareh` reads one-time codes of demonstration people", "the running local platform", False),
    ("PANJAREH_SANDBOX_HOST", "address the sandbox listens on", "127.0.0.1", False),
    ("PANJAREH_SANDBOX_PORT", "port of the sandbox's control and SMS doors", "must be given", False),
    ("PANJAREH_SANDBOX_AUTHORITY_PORTS", "ports of the authorities that it plays, a JSON object", "must be given", False),
    ("PANJAREH_SANDBOX_SCANNER_PORT", "port on which it looks through files as clamd does", "none does", False),
    ("PANJAREH_SANDBOX_PAYMENT_PORT", "port on which it takes payments and gives them back", "none does", False),
    ("PANJAREH_SANDBOX_PAYMENT_SECRET", "shared with requests: its PANJAREH_PAYMENT_SECRET", "must be given with that port", True),
    ("PANJAREH_SANDBOX_PAYMENT_URL", "address at which people reach its pages for paying", "that port on 127.0.0.1", False),
    ("PANJAREH_SANDBOX_CARDS_DIR", "folder of its card authority, whose `authority.pem` identity has to know", "no smart cards", False),
    ("PANJAREH_SANDBOX_LEDGER_DIR", "folder in which it keeps what it was asked", "kept in memory", False),
)  # fmt: skip
_OF_LIBRARIES = (
    ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector that traces, metrics and log lines are sent to, over HTTP; without it none are", "", False),
)  # fmt: skip


def settings() -> str:
    platform = tuple((s.name, s.help, s.default, s.secret) for s in all_settings())
    parts = [
        "# Settings",
        "",
        "Every process reads its settings from environment variables, once, when it starts, and",
        "names all that are missing at once. This page is written by `make docs` from the code.",
        "A secret belongs into a secret store; `panjareh secrets` makes new ones.",
        "",
        "`python -m panjareh_<service> settings` prints what a process is told, with stars for what is secret;",
        "with `--check` it ends with 2 where a `PANJAREH_` variable is known to nobody or cannot be read.",
        "`panjareh ops doctor` asks the same of a whole release.",
        "",
        *_table("The platform", platform),
        *_table("Authorities' systems", _OF_THE_EXCHANGE),
        *_table("The command line and the local platform", _OF_THE_COMMAND_LINE),
        *_table("The sandbox", _OF_THE_SANDBOX),
        *_table("Telemetry", _OF_LIBRARIES),
    ]
    return "\n".join(parts).rstrip() + "\n"


def _table(title: str, rows: tuple[tuple[str, str, str | None, bool], ...]) -> list[str]:
    lines = [
        f"## {title}",
        "",
        "| variable | what it is for | default | secret |",
        "|---|---|---|---|",
    ]
    for name, about, default, secret in rows:
        shown = "must be given" if default is None else _shown(default)
        lines.append(f"| `{name}` | {about} | {shown} | {'yes' if secret else ''} |")
    return [*lines, ""]


def _shown(default: str) -> str:
    plain = " " in default or not default
    return default if plain else f"`{default}`"


CONTRACTS: dict[str, Callable[[], str]] = {
    "contracts/openapi.json": openapi,
    "contracts/asyncapi.yaml": asyncapi,
    "settings.md": settings,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 on drift")
    wanted = parser.parse_args()
    drifted = []
    for name, make in CONTRACTS.items():
        path, text = DOCS / name, make()
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        drifted.append(str(path.relative_to(ROOT)))
        if not wanted.check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    if wanted.check and drifted:
        sys.exit(
            f"Not as the code says; run `make docs` and look at the change: {', '.join(drifted)}"
        )
    for name in drifted:
        print(f"written: {name}")


if __name__ == "__main__":
    main()
