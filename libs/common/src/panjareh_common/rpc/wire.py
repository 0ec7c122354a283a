"""What travels in a remote call and its answer; shared by the server and both clients."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from panjareh_common.refusals import InvalidInput, Kind, Refusal, RemoteRefusal
from panjareh_common.texts import translate, translate_errors

EXCHANGE = "nameko-rpc"
CONTENT_TYPE = "application/data"  # kombu leaves a body of this type as the bytes it is
TIMEOUT_SECONDS = 5.0


@dataclass(frozen=True)
class Request:
    """One call as it travels. `payload` is plain JSON; `key` the Idempotency-Key of a command."""

    payload: dict[str, Any]
    token: str | None = None
    language: str = "fa"
    channel: str = "web"
    key: str | None = None

    def to_body(self) -> dict[str, Any]:
        return asdict(self)


class CallFailed(Exception):
    """The far side has a fault of its own; it is in its log under the same trace."""


def queue_name(service: str) -> str:
    """Nameko's name for a service's RPC queue."""
    return f"rpc-{service}"


def request_context(service: str, method: str) -> str:
    return f"{service}.{method}"


def answer_context(correlation_id: str) -> str:
    return f"answer/{correlation_id}"


def result_body(result: Any) -> dict[str, Any]:
    return {"result": result}


def refusal_body(refusal: Refusal, language: str) -> dict[str, Any]:
    return {
        "refusal": {
            "code": refusal.code,
            "kind": refusal.kind.value,
            "text": translate(refusal, language),
            "details": refusal.details,
            "errors": translate_errors(refusal, language),
        }
    }


def fault_body() -> dict[str, Any]:
    return {"fault": True}


def read_answer(body: dict[str, Any], service: str, method: str) -> Any:
    """The result. Raises RemoteRefusal as the far side said it, or CallFailed for a fault there."""
    if "result" in body:
        return body["result"]
    if "refusal" in body:
        said = body["refusal"]
        kind = Kind(said["kind"])
        if said["code"] == InvalidInput.code:
            invalid = InvalidInput(said["errors"])
            invalid.args = (said["text"],)
            return _raise(invalid)
        return _raise(
            RemoteRefusal(said["code"], kind, said["text"], said["details"], said["errors"])
        )
    raise CallFailed(f"{service}.{method}")


def _raise(refusal: Refusal) -> Any:
    raise refusal
