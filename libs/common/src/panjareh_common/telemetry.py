"""Traces: set up from OTEL_… variables, carried through calls, the event log and messages.

Spans carry names and ids, never payloads, tokens or addresses with passwords.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from opentelemetry import context, trace
from opentelemetry.propagators.textmap import default_setter
from opentelemetry.trace import Link, Span, SpanKind
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

_tracer = trace.get_tracer("panjareh")
_propagator = TraceContextTextMapPropagator()


def set_up(service: str, process: str) -> None:
    """Exports spans over OTLP when OTEL_EXPORTER_OTLP_ENDPOINT names a collector; else costs nothing."""
    if not os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT"):
        return
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    resource = Resource.create({"service.name": service, "service.instance.id": process})
    provider = TracerProvider(resource=resource)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)


def inject() -> dict[str, str]:
    """Headers that carry the current trace; empty when there is none."""
    headers: dict[str, str] = {}
    _propagator.inject(headers, setter=default_setter)
    return headers


def traceparent() -> str | None:
    return inject().get("traceparent")


def _extracted(carrier: Mapping[str, object]) -> context.Context:
    return _propagator.extract({"traceparent": str(carrier.get("traceparent") or "")})


@contextmanager
def call_span(service: str, method: str) -> Iterator[Span]:
    """A remote call that this process makes."""
    attributes = {"rpc.system.name": "nameko", "rpc.method": f"{service}/{method}"}
    with _tracer.start_as_current_span(
        f"{service}/{method}", kind=SpanKind.CLIENT, attributes=attributes
    ) as span:
        yield span


@contextmanager
def serve_span(service: str, method: str, headers: Mapping[str, object]) -> Iterator[Span]:
    """A remote call that this process answers."""
    attributes = {"rpc.system.name": "nameko", "rpc.method": f"{service}/{method}"}
    with _tracer.start_as_current_span(
        f"{service}/{method}",
        context=_extracted(headers),
        kind=SpanKind.SERVER,
        attributes=attributes,
    ) as span:
        yield span


@contextmanager
def request_span(method: str, route: str, headers: Mapping[str, object]) -> Iterator[Span]:
    """A public HTTP request."""
    attributes = {"http.request.method": method, "http.route": route}
    with _tracer.start_as_current_span(
        f"{method} {route}",
        context=_extracted(headers),
        kind=SpanKind.SERVER,
        attributes=attributes,
    ) as span:
        yield span


@contextmanager
def send_span(type_: str, stored: str | None) -> Iterator[str | None]:
    """Publishing an event, in the trace in which it was stored. Gives the traceparent to send along."""
    carrier = {"traceparent": stored or ""}
    attributes = {
        "messaging.system": "rabbitmq",
        "messaging.operation.name": "send",
        "messaging.operation.type": "send",
        "messaging.destination.name": "panjareh.events",
        "messaging.rabbitmq.destination.routing_key": type_,
    }
    with _tracer.start_as_current_span(
        f"send {type_}",
        context=_extracted(carrier),
        kind=SpanKind.PRODUCER,
        attributes=attributes,
    ):
        yield traceparent() or stored


@contextmanager
def process_span(listener: str, type_: str, sent: str | None) -> Iterator[Span]:
    """Handling an event: in the sender's trace, with a link to where it was made."""
    parent = _extracted({"traceparent": sent or ""})
    origin = trace.get_current_span(parent).get_span_context()
    attributes = {
        "messaging.system": "rabbitmq",
        "messaging.operation.name": "process",
        "messaging.operation.type": "process",
        "messaging.destination.name": listener,
        "messaging.rabbitmq.destination.routing_key": type_,
    }
    with _tracer.start_as_current_span(
        f"process {listener}",
        context=parent,
        kind=SpanKind.CONSUMER,
        links=[Link(origin)] if origin.is_valid else [],
        attributes=attributes,
    ) as span:
        yield span


@contextmanager
def work_span(kind: str, stored: str | None) -> Iterator[Span]:
    """A wait that has come due, in the trace that stored it."""
    with _tracer.start_as_current_span(
        f"due {kind}", context=_extracted({"traceparent": stored or ""}), kind=SpanKind.INTERNAL
    ) as span:
        yield span


def ids() -> dict[str, str]:
    """Trace and span id for a log line."""
    current = trace.get_current_span().get_span_context()
    if not current.is_valid:
        return {}
    return {"trace_id": f"{current.trace_id:032x}", "span_id": f"{current.span_id:016x}"}
