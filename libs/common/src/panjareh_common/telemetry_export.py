"""How metrics leave a process: as /metrics, over OTLP, or both. Loaded only where one of them is wanted."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.prometheus import PrometheusMetricReader
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import (
    AggregationTemporality,
    Histogram,
    HistogramDataPoint,
    Metric,
    MetricExportResult,
    MetricReader,
    MetricsData,
    PeriodicExportingMetricReader,
    ResourceMetrics,
    ScopeMetrics,
)
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.util.instrumentation import InstrumentationScope

from panjareh_common.telemetry import Duration

_STARTED = time.time_ns()


def provider(resource: Resource, *, exposed: bool, collected: bool) -> MeterProvider:
    """For Prometheus where `exposed`, for the collector that OTEL_… variables name where `collected`."""
    readers: list[MetricReader] = []
    if exposed:
        readers.append(_Prometheus(scope_info_enabled=False))
    if collected:
        readers.append(PeriodicExportingMetricReader(_Otlp()))
    return MeterProvider(readers, resource=resource)


class _Prometheus(PrometheusMetricReader):
    def _receive_metrics(
        self, metrics_data: MetricsData, timeout_millis: float = 10_000, **options: Any
    ) -> None:
        super()._receive_metrics(with_durations(metrics_data), timeout_millis, **options)


class _Otlp(OTLPMetricExporter):
    def export(
        self, metrics_data: MetricsData, timeout_millis: float | None = 10_000, **options: Any
    ) -> MetricExportResult:
        return super().export(with_durations(metrics_data), timeout_millis, **options)


def with_durations(seen: MetricsData) -> MetricsData:
    """What the SDK has counted, and beside it the durations, which are kept without it."""
    now = time.time_ns()
    ours = [_metric(each, now) for each in Duration.made if each.series]
    scope = ScopeMetrics(InstrumentationScope("panjareh"), ours, "")
    return MetricsData(
        [
            ResourceMetrics(each.resource, [*each.scope_metrics, scope], each.schema_url)
            for each in seen.resource_metrics
        ]
    )


def _metric(duration: Duration, now: int) -> Metric:
    points = [_point(duration, values, now) for values in list(duration.series)]
    data = Histogram(points, AggregationTemporality.CUMULATIVE)
    return Metric(duration.name, duration.description, "s", data)


def _point(duration: Duration, values: Sequence[str], now: int) -> HistogramDataPoint:
    counts, (total,) = duration.series[tuple(values)]
    return HistogramDataPoint(
        attributes={name: value for name, value in zip(duration.of, values, strict=True) if value},
        start_time_unix_nano=_STARTED,
        time_unix_nano=now,
        count=sum(counts),
        sum=total,
        bucket_counts=list(counts),
        explicit_bounds=duration.boundaries,
        min=float("-inf"),  # neither is kept
        max=float("inf"),
    )
