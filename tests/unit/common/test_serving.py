"""From a call to its answer: each under its own span, and in the trace of its own caller."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from marshmallow import RAISE, Schema, fields
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from panjareh_common import telemetry
from panjareh_common.assurance import AssuranceLevel
from panjareh_common.refusals import NotAllowed, NotSignedIn, Refusal
from panjareh_common.rpc import serving as serving_module
from panjareh_common.rpc import wire
from panjareh_common.rpc.serving import Call, Door, Serving
from panjareh_common.security.caller import Caller, CallerKind

TRACES = [f"{number:032x}" for number in (0xA, 0xB, 0xC)]
PARENTS = [f"{number:016x}" for number in (0x1, 0x2, 0x3)]
CALLER = Caller(CallerKind.SERVICE, uuid4(), AssuranceLevel.SELF_ASSERTED, service="gateway")


class Text(Schema):
    class Meta:
        unknown = RAISE

    text = fields.String(required=True)


class Verifier:
    def caller(self, token: str | None) -> Caller:
        if token != "good":
            raise NotSignedIn()
        return CALLER


class Service:
    name = "requests"
    client_scope: str | None = None


class Accounts:
    name = "identity"
    client_scope = "account"


def serving(method: Any) -> Serving:
    return Serving(Door(Text, None, frozenset({"gateway"})), method, Verifier)  # type: ignore[arg-type]


def call(number: int, text: str, token: str = "good") -> wire.Asked:
    request = wire.Request({"text": text}, token, "en")
    return wire.Asked(number, request, f"00-{TRACES[number]}-{PARENTS[number]}-01")


def told(answer: bytes) -> Any:
    read = json.loads(answer)
    return read.get("result") or read.get("refusal", {}).get("code") or "fault"


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> InMemorySpanExporter:
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(telemetry, "_tracer", provider.get_tracer("panjareh"))
    return exporter


def test_a_call_is_answered_under_a_span_of_its_own_in_its_callers_trace(spans):
    seen = []

    def method(self: Any, command: dict[str, Any], call: Call) -> Any:
        seen.append((call.cause().traceparent, telemetry.traceparent()))
        return command["text"]

    assert told(serving(method).alone(Service(), call(1, "a"))) == "a"

    (span,) = spans.get_finished_spans()
    assert (span.name, span.kind) == ("requests/method", SpanKind.SERVER)
    assert f"{span.context.trace_id:032x}" == TRACES[1]
    assert f"{span.parent.span_id:016x}" == PARENTS[1]
    own = f"00-{TRACES[1]}-{span.context.span_id:016x}-01"
    assert seen == [(own, own)]


def test_calls_that_are_answered_together_have_their_spans_side_by_side(spans):
    seen = []

    def method(self: Any, asked: list[tuple[dict[str, Any], Call]]) -> Any:
        seen.extend(call.cause().traceparent for _, call in asked)
        return [command["text"] for command, _ in asked]

    answers = serving(method).together(Service(), [call(0, "a"), call(1, "b"), call(2, "c")])

    assert [told(answer) for answer in answers] == ["a", "b", "c"]
    finished = spans.get_finished_spans()
    assert [f"{span.context.trace_id:032x}" for span in finished] == TRACES
    assert [f"{span.parent.span_id:016x}" for span in finished] == PARENTS
    assert seen == [
        f"00-{trace}-{span.context.span_id:016x}-01"
        for trace, span in zip(TRACES, finished, strict=True)
    ]
    assert max(span.start_time for span in finished) < min(span.end_time for span in finished)
    assert telemetry.traceparent() is None


@pytest.mark.parametrize("raised", [NotAllowed(), RuntimeError("canary-77")])
def test_the_span_of_a_call_that_failed_says_so_and_the_others_do_not(spans, raised):
    def method(self: Any, asked: list[tuple[dict[str, Any], Call]]) -> Any:
        return [raised if command["text"] == "bad" else "good" for command, _ in asked]

    answers = serving(method).together(
        Service(), [call(0, "bad"), call(1, "fine"), call(2, "x", token="forged")]
    )

    expected = raised.code if isinstance(raised, Refusal) else "fault"
    assert [told(answer) for answer in answers] == [expected, "good", "not_signed_in"]
    status = {
        f"{span.context.trace_id:032x}": span.status.status_code
        for span in spans.get_finished_spans()
    }
    assert status == {
        TRACES[0]: StatusCode.ERROR,
        TRACES[1]: StatusCode.UNSET,
        TRACES[2]: StatusCode.ERROR,
    }
    assert b"canary-77" not in b"".join(answers)


def test_faults_of_calls_that_are_answered_together_are_logged_each_in_its_own_trace(
    spans, monkeypatch
):
    logged = []
    monkeypatch.setattr(
        serving_module.log, "error", lambda *_, **__: logged.append(telemetry.ids())
    )

    def method(self: Any, asked: list[tuple[dict[str, Any], Call]]) -> Any:
        raise RuntimeError("all of it")

    answers = serving(method).together(Service(), [call(0, "a"), call(1, "b"), call(2, "c")])

    assert [told(answer) for answer in answers] == ["fault"] * 3
    assert [ids["trace_id"] for ids in logged] == TRACES


@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_method_of_many_that_miscounts_has_answered_nobody(count):
    def method(self: Any, asked: list[tuple[dict[str, Any], Call]]) -> Any:
        return ["whose?"] * count

    answers = serving(method).together(Service(), [call(0, "a"), call(1, "b")])

    assert [told(answer) for answer in answers] == ["fault", "fault"]


def test_a_method_of_many_is_not_called_when_nobody_was_let_in():
    called = []

    def method(self: Any, asked: Any) -> Any:
        called.append(asked)
        return []

    answers = serving(method).together(Service(), [call(0, "a", token="forged")])

    assert [told(answer) for answer in answers] == ["not_signed_in"]
    assert called == []


def test_a_caller_who_is_not_listed_is_refused_before_the_method_is_called():
    called = []

    def method(self: Any, command: dict[str, Any], call: Call) -> Any:
        called.append(command)

    closed = Serving(Door(Text, None, frozenset({"inquiry"})), method, Verifier)  # type: ignore[arg-type]

    assert told(closed.alone(Service(), call(0, "a"))) == "not_allowed"
    assert called == []


def test_a_refusal_that_cannot_be_written_is_a_fault():
    class Odd(Refusal):
        code = "odd"
        message = "{thing}"

    def method(self: Any, command: dict[str, Any], call: Call) -> Any:
        raise Odd(thing=object())

    assert told(serving(method).alone(Service(), call(0, "a"))) == "fault"


def representative() -> Caller:
    return Caller(
        CallerKind.REPRESENTATIVE,
        uuid4(),
        AssuranceLevel.LOW,
        actor=uuid4(),
        mandate_scope=("INET-001",),
    )


def asked_by(caller: Caller, *callers: str, **request: Any) -> tuple[Any, list[Call]]:
    """What a door that lets in `callers` tells this one, and the call as its method sees it."""
    seen: list[Call] = []

    class Known:
        def caller(self, token: str | None) -> Caller:
            return caller

    def method(self: Any, command: dict[str, Any], call: Call) -> Any:
        seen.append(call)
        return "in"

    door = Serving(Door(Text, None, frozenset(callers)), method, Known)  # type: ignore[arg-type]
    asked = wire.Asked(1, wire.Request({"text": "a"}, "good", "en", **request), None)
    return told(door.alone(Service(), asked)), seen


@pytest.mark.parametrize(
    ("callers", "answer"),
    [
        (("person", "officer", "representative"), "in"),
        (("person", "officer"), "not_in_own_name"),
        (("officer",), "not_allowed"),
        (("gateway",), "not_allowed"),
    ],
)
def test_who_acts_for_another_comes_in_only_where_that_is_meant(callers, answer):
    assert asked_by(representative(), *callers)[0] == answer


@pytest.mark.parametrize("kind", list(CallerKind))
@pytest.mark.parametrize("open_to", [kind for kind in CallerKind if kind is not CallerKind.SERVICE])
def test_a_door_lets_in_the_kinds_it_lists_and_no_other(kind, open_to):
    caller = Caller(kind, uuid4(), AssuranceLevel.HIGH, service="requests", authority="police")

    answer, seen = asked_by(caller, str(open_to))

    assert (answer == "in") is (kind is open_to)
    assert bool(seen) is (kind is open_to)


OWN = Caller(CallerKind.PERSON, uuid4(), AssuranceLevel.LOW)


@pytest.mark.parametrize(
    ("caller", "service", "any_client", "answer"),
    [
        (OWN, Accounts, False, "in"),  # by no client: our own door
        (replace(OWN, client="window", scopes=("services", "account")), Accounts, False, "in"),
        (replace(OWN, client="shop", scopes=("services",)), Accounts, False, "scope_missing"),
        (replace(OWN, client="shop", scopes=()), Accounts, False, "scope_missing"),
        (replace(OWN, client="shop", scopes=("services",)), Accounts, True, "in"),
        (replace(OWN, client="shop", scopes=("services",)), Service, False, "in"),
    ],
)
def test_a_third_partys_client_does_nothing_about_the_account_itself(
    caller, service, any_client, answer
):
    class Known:
        def caller(self, token: str | None) -> Caller:
            return caller

    door = Door(Text, None, frozenset({"person"}), any_client)
    serves = Serving(door, lambda self, command, call: "in", Known)  # type: ignore[arg-type]

    assert told(serves.alone(service(), call(0, "a"))) == answer


@pytest.mark.parametrize("door", ["gateway", "identity"])
def test_a_door_to_the_outside_is_believed_whom_it_saw(door):
    caller = Caller(CallerKind.SERVICE, None, AssuranceLevel.SELF_ASSERTED, service=door)

    _, (call,) = asked_by(caller, door, address="192.0.2.7", agent="Firefox")

    assert (call.address, call.agent) == ("192.0.2.7", "Firefox")


@pytest.mark.parametrize(
    "caller",
    [
        Caller(CallerKind.PERSON, uuid4(), AssuranceLevel.HIGH),
        Caller(CallerKind.SERVICE, None, AssuranceLevel.SELF_ASSERTED, service="requests"),
    ],
)
def test_nobody_else_is_believed_whom_they_saw(caller):
    _, (call,) = asked_by(caller, "person", "requests", address="192.0.2.7", agent="Firefox")

    assert (call.address, call.agent) == (None, None)


def test_the_key_of_who_acts_for_another_is_none_of_the_others():
    acts = representative()
    clerk = Caller(CallerKind.OFFICER, uuid4(), AssuranceLevel.LOW, assisting=uuid4())

    for caller in (acts, clerk):
        _, (call,) = asked_by(caller, "representative", "officer", key="k-1")
        assert call.key == f"{caller.doer} k-1"
    _, (call,) = asked_by(CALLER, "gateway", key="k-1")
    assert call.key == "k-1"
    _, (call,) = asked_by(acts, "representative")
    assert call.key is None


def test_a_call_of_the_version_before_says_nothing_of_an_address():
    request = wire.Request({"text": "a"}, "t", address="192.0.2.7", agent="Firefox")
    written = json.loads(wire.write_call(7, request, None))
    (read,) = wire.read_calls(json.dumps([written]).encode())
    assert read.request == request

    del written["address"], written["agent"]

    (read,) = wire.read_calls(json.dumps([written]).encode())
    assert (read.request.address, read.request.agent) == (None, None)


@pytest.mark.parametrize("body", [b"[5]", b'["x"]', b"[null]", b"[[]]", b"{}", b"[]"])
def test_what_is_no_list_of_calls_is_told_as_such(body):
    with pytest.raises(ValueError, match="calls"):
        wire.read_calls(body)
