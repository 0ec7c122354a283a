"""What travels in remote calls and their answers; shared by the server and both clients.

One AMQP message carries calls to one method of one service, or answers to one reply queue. Its body
is a JSON array, sealed once for the whole message (decision 0012); every item has an id of its own,
and an answer bears the id of its call:

    [{"id": 7, "payload": {…}, "token": "…", "language": "fa", "channel": "web", "key": null, "traceparent": null,
      "address": null, "agent": null}, …]
    [{"id": 7, "result": …}, {"id": 8, "refusal": {…}}, {"id": 9, "fault": true}, …]
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from panjareh_common.refusals import InvalidInput, Kind, Refusal, RemoteRefusal
from panjareh_common.texts import translate, translate_errors

EXCHANGE = "nameko-rpc"
CONTENT_TYPE = "application/data"  # kombu leaves a body of this type as the bytes it is
TIMEOUT_SECONDS = 5.0

# The most that rides in one message: so much that the cost of a message is shared by many, so little
# that a full message of small calls is handled within milliseconds and large ones do not pile up.
MOST_ITEMS = 64
MOST_BYTES = 256 * 1024

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass(frozen=True)
class Request:
    """One call as its maker says it. `payload` is plain JSON; `key` the Idempotency-Key of a command.

    `address` and `agent` are what a door to the outside saw of who asked there: the network address and
    the User-Agent. They are believed of such doors only (`serving.Call`).
    """

    payload: dict[str, Any]
    token: str | None = None
    language: str = "fa"
    channel: str = "web"
    key: str | None = None
    address: str | None = None
    agent: str | None = None


class Asked(NamedTuple):
    """One call as it arrives. `id` is the caller process's own number for it."""

    id: int
    request: Request
    traceparent: str | None


class CallFailed(Exception):
    """The far side has a fault of its own; it is in its log under the same trace."""


def queue_name(service: str) -> str:
    """Nameko's name for a service's RPC queue."""
    return f"rpc-{service}"


def request_context(service: str, method: str) -> str:
    return f"{service}.{method}"


def answer_context(reply_queue: str) -> str:
    """Answers open only for the process that asked: its reply queue has a name of its own."""
    return f"answer/{reply_queue}"


def write_call(call_id: int, request: Request, traceparent: str | None) -> bytes:
    """Raises TypeError or ValueError for a payload that is not plain JSON."""
    return _encode(
        {
            "id": call_id,
            "payload": request.payload,
            "token": request.token,
            "language": request.language,
            "channel": request.channel,
            "key": request.key,
            "traceparent": traceparent,
            "address": request.address,
            "agent": request.agent,
        }
    ).encode()


def read_calls(body: bytes) -> list[Asked]:
    """Raises ValueError for what is not a list of calls, and for an empty one."""
    try:
        calls = [
            Asked(
                item["id"],
                Request(
                    item["payload"],
                    item["token"],
                    item["language"],
                    item["channel"],
                    item["key"],
                    item.get("address"),  # the version before does not say it
                    item.get("agent"),
                ),
                item["traceparent"],
            )
            for item in json.loads(body)
        ]
    except (KeyError, TypeError, AttributeError, RecursionError) as cause:
        raise ValueError("not a list of calls") from cause
    if not calls:
        raise ValueError("no calls")
    return calls


def write_answer(call_id: int, body: dict[str, Any]) -> bytes:
    """Raises TypeError or ValueError for a result that is not plain JSON."""
    return _encode({"id": call_id, **body}).encode()


def read_answers(body: bytes) -> list[tuple[int, dict[str, Any]]]:
    """Each answer with the id of its call. Raises ValueError for what is not a list of answers."""
    try:
        return [(int(answer["id"]), answer) for answer in json.loads(body)]
    except (KeyError, TypeError, RecursionError) as cause:
        raise ValueError("not a list of answers") from cause


def join(items: Iterable[bytes]) -> bytes:
    """Items, each written already, as the body of one message."""
    return b"[" + b",".join(items) + b"]"


def fitting(items: Sequence[bytes]) -> int:
    """How many of the first items ride in one message: at least one, however large it is."""
    size = 0
    for count, item in enumerate(items[:MOST_ITEMS]):
        size += len(item)
        if size > MOST_BYTES and count:
            return count
    return min(len(items), MOST_ITEMS)


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
