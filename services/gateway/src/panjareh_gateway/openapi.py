"""The public API described: OpenAPI 3.1, generated from the table of operations."""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin, resolver
from marshmallow import Schema

from panjareh_common.problems import MEDIA_TYPE
from panjareh_gateway.api import shapes
from panjareh_gateway.operations import Access, Operation

_ABOUT = (
    "Panjareh (پنجره, window): find every public service, prove who you are to the level a service "
    "accepts, ask for it, and follow it. Errors are problem details (RFC 9457) in the language of "
    "`Accept-Language` (fa or en). Times are UTC, RFC 3339. Files go in and out at /api/v1/files, in pieces by "
    "tus 1.0.0, and are named in forms by their ids (docs/how-to/upload-a-file.md)."
)
_TAGS = {
    "identity": "Signing up, signing in, raising assurance",
    "catalog": "Public services, open to all",
    "requests": "A person's own requests",
    "documents": "Checking issued documents, open to all",
    "feedback": "What people say",
    "agency": "For officers and agencies' own systems",
}


def document(operations: Sequence[Operation]) -> dict[str, Any]:
    """The OpenAPI document as plain JSON."""
    plugin = MarshmallowPlugin(schema_name_resolver=_name)
    spec = APISpec(
        title="Panjareh",
        version=version("panjareh-gateway"),
        openapi_version="3.1.0",
        info={"description": _ABOUT, "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"}},
        servers=[{"url": "/"}],
        tags=[{"name": name, "description": text} for name, text in _TAGS.items()],
        plugins=[plugin],
    )
    spec.components.security_scheme(
        "token",
        {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "`access_token` of POST /api/v1/sessions",
        },
    )
    spec.components.schema("Problem", schema=shapes.Problem)
    spec.components.response(
        "Problem",
        {
            "description": "What went wrong, and what to do",
            "content": {MEDIA_TYPE: {"schema": shapes.Problem}},
        },
    )
    for operation in operations:
        spec.path(operation.path, operations={operation.method.lower(): _describe(operation)})
    described: dict[str, Any] = portable(spec.to_dict())
    return described


def portable(node: Any) -> Any:
    r"""Patterns as JSON Schema means them: Python's `\Z` is no anchor elsewhere, and its match begins at the start."""
    if isinstance(node, list):
        return [portable(inner) for inner in node]
    if not isinstance(node, dict):
        return node
    made = {name: portable(inner) for name, inner in node.items()}
    pattern = made.get("pattern")
    if isinstance(pattern, str) and pattern.endswith(r"\Z"):
        made["pattern"] = f"^{pattern[:-2]}$"
    return made


def _name(schema: type[Schema] | Schema) -> str:
    return str(resolver(schema))


def _describe(operation: Operation) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.id,
        "summary": operation.summary,
        "tags": [operation.tag],
        "parameters": _parameters(operation),
        "responses": {str(status): _success(operation, status) for status in operation.successes}
        | {"default": "Problem"},
        "security": [] if operation.access is Access.OPEN else [{"token": []}],
    }
    if operation.body:
        described["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": operation.body}},
        }
    return described


def _parameters(operation: Operation) -> list[Any]:
    parameters: list[Any] = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "string"},
        }
        for name in re.findall(r"{(\w+)}", operation.path)
    ]
    if operation.query:
        parameters.append({"in": "query", "schema": operation.query})
    if operation.keyed:
        parameters.append(
            {
                "name": "Idempotency-Key",
                "in": "header",
                "required": True,
                "schema": {"type": "string", "minLength": 1, "maxLength": 200},
                "description": "A repeat with the same key gives the identical answer.",
            }
        )
    if operation.live:
        parameters.append(
            {
                "name": "Last-Event-ID",
                "in": "header",
                "schema": {"type": "string"},
                "description": "The id of the last step that was received: those after it follow.",
            }
        )
    if operation.changes_version:
        parameters.append(
            {
                "name": "If-Match",
                "in": "header",
                "required": True,
                "schema": {"type": "string"},
                "description": "The ETag of what was seen; 412 when it was changed since. `*`: whatever is there.",
            }
        )
    return parameters


def _success(operation: Operation, status: int) -> dict[str, Any]:
    if operation.media_type:
        whole = {"schema": {"type": "string"}}
        return {"description": "As asked", "content": {operation.media_type: whole}}
    if operation.gives is None:
        return {"description": "Done"}
    described: dict[str, Any] = {
        "description": "Taken" if status == 202 else "As asked",
        "content": {"application/json": {"schema": operation.gives}},
    }
    headers = {}
    if operation.location:
        headers["Location"] = "where it is found"
    if operation.versioned:
        headers["ETag"] = "its version, for If-Match"
    if headers:
        described["headers"] = {
            name: {"schema": {"type": "string"}, "description": text}
            for name, text in headers.items()
        }
    return described
