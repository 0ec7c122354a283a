"""Log lines leave over OTLP as they stand on stderr: with the trace, and without what an exception says."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest

CANARY = "0499370899 from Tabriz"
TELL = f"""
import logging, structlog
from opentelemetry import trace
from panjareh_common import logs, telemetry

logs.set_up("requests", "INFO", process="clock")
telemetry.set_up("requests", "clock")
log = structlog.get_logger("some.place")
with trace.get_tracer("t").start_as_current_span("work"):
    log.warning("queue_is_long", length=5, waits=["a"])
try:
    raise LookupError("no such person: {CANARY}")
except LookupError:
    logging.getLogger("of.a.library").exception("it failed")
log.debug("not_told")
logging.getLogger("opentelemetry.exporter").warning("the collector is away")
logging.getLogger("urllib3").warning("so it is")
"""


class Collector(HTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Taking)
        self.taken: list[ExportLogsServiceRequest] = []


class _Taking(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        if self.path == "/v1/logs":
            self.server.taken.append(ExportLogsServiceRequest.FromString(body))
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
    """What it writes to stderr."""
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={"PATH": "/usr/bin:/bin", **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stderr


def test_what_is_logged_is_sent_with_its_trace_and_nothing_that_is_not_on_stderr(
    collector: Collector,
) -> None:
    url = f"http://127.0.0.1:{collector.server_address[1]}"

    written = run(TELL, OTEL_EXPORTER_OTLP_ENDPOINT=url)

    resources = [each for request in collector.taken for each in request.resource_logs]
    records = [r for each in resources for scope in each.scope_logs for r in scope.log_records]
    of = {a.key: a.value.string_value for a in resources[0].resource.attributes}
    assert (of["service.name"], of["service.instance.id"]) == ("requests", "clock")
    assert [record.body.string_value for record in records] == ["queue_is_long", "it failed"]
    assert [record.severity_text for record in records] == ["warning", "error"]
    assert [record.severity_number for record in records] == [13, 17]
    lines = [json.loads(line) for line in written.splitlines()]
    assert [line["message"] for line in lines[:2]] == ["queue_is_long", "it failed"]
    long, failed = records
    assert (long.trace_id.hex(), long.span_id.hex()) == (lines[0]["trace_id"], lines[0]["span_id"])
    attributes = {each.key: each.value for each in long.attributes}
    assert attributes["length"].int_value == 5
    assert json.loads(attributes["waits"].string_value) == ["a"]
    assert "builtins.LookupError" in str(failed)
    assert CANARY not in str(records) + written


def test_without_a_collector_nothing_of_it_is_loaded() -> None:
    run(
        "import sys\n"
        "from panjareh_common import logs\n"
        "logs.set_up('requests')\n"
        "assert not [name for name in sys.modules if name.startswith('opentelemetry.sdk')]\n"
    )
