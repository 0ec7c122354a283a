"""Metrics leave the process as slo.md names them, and where nobody asks for them nothing is loaded."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)

from panjareh_common import telemetry

ROOT = Path(__file__).parents[3]
# Made by the library that writes the text.
NOT_OURS = re.compile(r"process_\w+|up")
FIRST_OF_OTHERS = "`rabbitmq_detailed_queue_messages_ready`"
MAKING = re.compile(r'telemetry\.(Duration|counter|gauge)\(\s*"([a-z.]+)",\s*(?:"([^"]*)")?')

MEASURE = """
from opentelemetry import metrics
from panjareh_common import telemetry

took = telemetry.Duration("test.took", "how long", ("way", "error.type"), (1.0, 5.0))
done = telemetry.counter("test.done", "how often")
telemetry.set_up_metrics("requests", "rpc", exposed=True)
telemetry.gauge("test.lag", "s", "how late", ("kind",), lambda: {("ask",): 2.5})
took.record(0.5, "fast", "")
took.record(5.0, "slow", "TimeoutError")
took.record(60.0, "slow", "TimeoutError")
try:
    with took.timed("broken"):
        raise ValueError
except ValueError:
    pass
done.add(3, {"outcome": "granted"})
print(telemetry.exposed()[1].decode())
metrics.get_meter_provider().force_flush()
"""


class Collector(HTTPServer):
    """Takes what is exported over OTLP."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Taking)
        self.taken: list[ExportMetricsServiceRequest] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Taking(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.taken.append(ExportMetricsServiceRequest.FromString(body))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def collector() -> Iterator[Collector]:
    collector = Collector()
    thread = threading.Thread(target=collector.serve_forever)
    thread.start()
    yield collector
    collector.shutdown()
    thread.join()
    collector.server_close()


def run(program: str, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={"PATH": "/usr/bin:/bin", **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_what_was_measured_is_told_to_prometheus_and_to_a_collector(collector: Collector) -> None:
    text = run(
        MEASURE,
        OTEL_EXPORTER_OTLP_ENDPOINT=collector.url,
        OTEL_EXPORTER_OTLP_COMPRESSION="none",
    )

    for line in (
        'test_took_seconds_bucket{error_type="",le="1.0",way="fast"} 1.0',
        'test_took_seconds_bucket{error_type="TimeoutError",le="1.0",way="slow"} 0.0',
        'test_took_seconds_bucket{error_type="TimeoutError",le="5.0",way="slow"} 1.0',
        'test_took_seconds_bucket{error_type="TimeoutError",le="+Inf",way="slow"} 2.0',
        'test_took_seconds_sum{error_type="TimeoutError",way="slow"} 65.0',
        'test_took_seconds_count{error_type="ValueError",way="broken"} 1.0',
        'test_done_total{outcome="granted"} 3.0',
        'test_lag_seconds{kind="ask"} 2.5',
    ):
        assert line in text.splitlines()
    (resource,) = collector.taken[0].resource_metrics
    sent = {metric.name: metric for scope in resource.scope_metrics for metric in scope.metrics}
    assert {"test.took", "test.done", "test.lag"} <= set(sent)
    counts = [list(point.bucket_counts) for point in sent["test.took"].histogram.data_points]
    assert counts[:2] == [[1, 0, 0], [0, 1, 1]]


def test_without_a_reader_the_sdk_is_never_loaded() -> None:
    run(
        "import sys\n"
        "from panjareh_common import telemetry\n"
        "import panjareh_common.following_process\n"
        "telemetry.set_up_metrics('requests', 'follower', exposed=False)\n"
        "loaded = [name for name in sys.modules if name.startswith("
        "('opentelemetry.sdk', 'prometheus_client', 'http.server'))]\n"
        "assert not loaded, loaded\n"
    )


def test_boundaries_are_where_service_levels_are() -> None:
    assert {5.0, 60.0} <= set(telemetry.LONG)


def _named(kind: str, name: str, unit: str | None) -> str:
    plain = name.replace(".", "_")
    if kind == "counter":
        return f"{plain}_total"
    return f"{plain}_seconds" if kind == "Duration" or unit == "s" else plain


def test_the_table_of_metrics_is_true() -> None:
    table = (ROOT / "docs/operations/slo.md").read_text("utf-8").partition("\n## Metrics")[2]
    told = {
        name
        for row in table.partition(FIRST_OF_OTHERS)[0].splitlines()
        if row.startswith("| `")
        for name in re.findall(r"`([a-z_]+)`", row.split("|")[1])
        if not NOT_OURS.fullmatch(name)
    }
    made = {
        _named(*found)
        for folder in ("libs/common/src", "services")
        for file in (ROOT / folder).rglob("*.py")
        for found in MAKING.findall(file.read_text("utf-8"))
    }

    assert made == told
