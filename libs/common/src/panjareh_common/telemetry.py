"""Traces: set up from OTEL_… variables, carried through calls, the event log and messages; metrics; log lines.

Spans carry names and ids, never payloads, tokens or addresses with passwords; metrics carry names only
(the table is docs/operations/slo.md).
"""

from __future__ import annotations

import logging
import os
import time
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import ClassVar

from opentelemetry import context, metrics, trace
from opentelemetry.propagators.textmap import default_setter
from opentelemetry.trace import Link, Span, SpanKind
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from panjareh_common.refusals import Unavailable

_tracer = trace.get_tracer("panjareh")
_meter = metrics.get_meter("panjareh")
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


def set_up_metrics(service: str, process: str, *, exposed: bool) -> None:
    """Counts and measures for /metrics when `exposed`, and over OTLP when OTEL_EXPORTER_OTLP_ENDPOINT names a
    collector; else costs nothing, and the SDK is never loaded.
    """
    collected = bool(os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT"))
    if not (exposed or collected):
        return
    from opentelemetry.sdk.resources import Resource

    from panjareh_common import telemetry_export

    resource = Resource.create({"service.name": service, "service.instance.id": process})
    metrics.set_meter_provider(
        telemetry_export.provider(resource, exposed=exposed, collected=collected)
    )


def log_handlers(service: str, process: str, formatter: logging.Formatter) -> list[logging.Handler]:
    """One that sends log lines over OTLP, where OTEL_EXPORTER_OTLP_ENDPOINT names a collector."""
    if not os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT"):
        return []
    from opentelemetry.sdk.resources import Resource

    from panjareh_common.log_export import OtlpHandler

    resource = Resource.create({"service.name": service, "service.instance.id": process})
    return [OtlpHandler(resource, formatter)]


def exposed() -> tuple[str, bytes]:
    """Content type and text of /metrics."""
    from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

    return CONTENT_TYPE_LATEST, generate_latest()


# Boundaries of durations, in seconds: the recommended ones for HTTP and RPC, and ours for what takes longer.
SHORT = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0)
LONG = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 900.0, 3600.0)


class Duration:
    """A histogram of seconds, kept in plain lists and handed to the SDK's readers when they ask.

    The SDK's own takes 6 µs for each value, this one 0.2 (measured), and calls and events are counted
    one by one. Made once, where its module is loaded. `of` are the attributes that tell its series apart.
    """

    made: ClassVar[list[Duration]] = []

    def __init__(
        self, name: str, description: str, of: Sequence[str], boundaries: Sequence[float] = SHORT
    ) -> None:
        self.name = name
        self.description = description
        self.of = tuple(of)
        self.boundaries = boundaries
        self.series: dict[tuple[str, ...], tuple[list[int], list[float]]] = {}
        Duration.made.append(self)

    def record(self, seconds: float, *values: str) -> None:
        """`values` are those of `of`; an empty one is left out."""
        series = self.series.get(values)
        if series is None:
            empty = ([0] * (len(self.boundaries) + 1), [0.0])
            series = self.series.setdefault(values, empty)
        counts, total = series
        # No lock: two threads at the same line may lose a value between them, which no alert would notice.
        counts[bisect_left(self.boundaries, seconds)] += 1
        total[0] += seconds

    @contextmanager
    def timed(self, *values: str) -> Iterator[None]:
        """Records how long a block took. The last attribute is to be `error.type`, which this fills in."""
        began, error = time.perf_counter(), ""
        try:
            yield
        except BaseException as failure:
            error = type(failure).__name__
            raise
        finally:
            self.record(time.perf_counter() - began, *values, error)


def counter(name: str, description: str) -> metrics.Counter:
    return _meter.create_counter(name, "1", description)


def gauge(
    name: str,
    unit: str,
    description: str,
    of: Sequence[str],
    look: Callable[[], Mapping[tuple[str, ...], float]],
) -> None:
    """Values that are looked at whenever metrics are read; `of` are the attributes that tell them apart."""

    def observe(_: metrics.CallbackOptions) -> Iterator[metrics.Observation]:
        try:
            seen = look()
        except Unavailable:
            return  # nothing is known, which is not the same as nothing
        for which, value in seen.items():
            yield metrics.Observation(value, dict(zip(of, which, strict=True)))

    _meter.create_observable_gauge(name, [observe], unit=unit, description=description)


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
def ask_span(method: str, other: str) -> Iterator[Span]:
    """An HTTP request to a system outside, by the name we have for it. The trace ends here: it is ours."""
    attributes = {"http.request.method": method, "server.address": other}
    with _tracer.start_as_current_span(
        f"{method} {other}", kind=SpanKind.CLIENT, attributes=attributes
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
